"""Numbers and addresses: read, never guessed, shared, and found in whatever form they arrive."""

from functools import partial

import pytest

from app.domain.contacts.commands import AddIdentity
from app.domain.contacts.matching import who_calls, who_writes
from app.domain.contacts.queries import contact
from app.domain.identities.commands import MarkBounced
from app.domain.identities.queries import identity
from app.domain.identities.rules import read_email, read_number
from tests.domain.conftest import House


@pytest.mark.parametrize(
    "form", ["+49 30 901820", "0049 30 901820", "030 901820", "030/901820", "4930901820", "+4930901820", "030901820"]
)
def test_a_caller_is_found_in_whatever_form_the_number_arrives(house: House, form: str) -> None:
    house.contact("Berlin Office", phones=("+49 30 901820",))
    found = house.ask(lambda reader: who_calls(reader, form, "DE"))
    assert [match.name for match in found.matches] == ["Berlin Office"]


def test_an_extension_is_found_only_when_it_is_the_same(house: House) -> None:
    house.contact("Reception", phones=("142",))
    assert [match.name for match in house.ask(lambda reader: who_calls(reader, "142", "DE")).matches] == ["Reception"]
    assert house.ask(lambda reader: who_calls(reader, "42", "DE")).matches == []


def test_two_people_may_share_a_number_and_both_are_offered(house: House) -> None:
    house.contact("Anna", phones=("+390655501420",))
    house.contact("Bruno", phones=("+39 06 5550 1420",))
    found = house.ask(lambda reader: who_calls(reader, "+390655501420", "DE"))
    assert {match.name for match in found.matches} == {"Anna", "Bruno"}
    assert {match.how for match in found.matches} == {"exact"}


def test_nobody_has_an_unknown_number_which_is_still_shown_well(house: House) -> None:
    found = house.ask(lambda reader: who_calls(reader, "+39065550199", "DE"))
    assert (found.matches, found.country, found.shown) == ([], "IT", "+39 06 555 0199")


def test_what_is_no_number_is_kept_as_typed_and_marked(house: House) -> None:
    contact_id = house.contact("Odd", phones=("call the bakery",))
    [kept] = house.ask(lambda reader: contact(reader, contact_id)).identities
    assert (kept.value, kept.is_valid) == ("call the bakery", False)


def test_a_national_number_without_a_country_is_not_guessed() -> None:
    assert not read_number("030 901820", "").is_valid
    assert read_number("030 901820", "DE").value == "+4930901820"


@pytest.mark.parametrize(("typed", "is_valid"), [("Ana@Example.COM", True), ("ana@localhost", False), ("a b@c.de", False)])
def test_addresses_are_read_in_lower_case_or_kept_as_typed(typed: str, is_valid: bool) -> None:
    read = read_email(typed)
    assert read.is_valid is is_valid
    assert read.value == (typed.lower() if is_valid else typed)


def test_the_same_address_written_otherwise_is_the_same_identity(house: House) -> None:
    one, two = house.contact("One", emails=("shared@Example.com",)), house.contact("Two")
    house.do(AddIdentity(contact_id=two, kind="email", value="SHARED@example.com"))
    ids = {each.id for who in (one, two) for each in house.ask(partial(contact, contact_id=who)).identities}
    assert len(ids) == 1
    assert len(house.ask(lambda reader: who_writes(reader, "shared@example.COM")).matches) == 2


def test_a_bounce_hangs_on_the_address_and_can_be_taken_back(house: House) -> None:
    contact_id = house.contact("Back", emails=("back@example.com",))
    [address] = house.ask(lambda reader: contact(reader, contact_id)).identities
    house.do(MarkBounced(identity_id=address.id, reason="no such user"), "system")
    assert house.ask(lambda reader: identity(reader, address.id)).bounced == "no such user"
    house.do(MarkBounced(identity_id=address.id, reason=None))
    assert house.ask(lambda reader: identity(reader, address.id)).bounced is None
