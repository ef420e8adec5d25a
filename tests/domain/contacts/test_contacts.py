"""People outside: made with their numbers, edited field by field, deleted and brought back."""

from functools import partial

import pytest

from app.domain.accounts.commands import CreateAccount, DeleteAccount
from app.domain.contacts.commands import AssignContact, CreateContact, DeleteContact, EditContact, RemoveIdentity
from app.domain.contacts.queries import ContactRow, contact, contacts
from app.kernel.errors import AlreadyExists, BadValue, NotHere
from app.kernel.ids import new_id
from app.kernel.undo import Undo
from tests.domain.conftest import House


def test_a_person_is_made_with_numbers_and_addresses_the_first_of_each_primary(house: House) -> None:
    contact_id = house.contact(phones=("+390655501420", "+393475550142"), emails=("luca@example.com",), is_vip=True)
    card = house.ask(lambda reader: contact(reader, contact_id))
    assert card.is_vip
    assert [(each.kind, each.is_primary) for each in card.identities] == [("phone", True), ("phone", False), ("email", True)]


def test_replaying_a_command_returns_its_first_answer(house: House) -> None:
    command_id, contact_id = new_id(), new_id()
    command = CreateContact(contact_id=contact_id, name="Once")
    first = house.do(command, command_id=command_id)
    assert house.do(command, command_id=command_id) == first
    with pytest.raises(AlreadyExists):
        house.do(command)
    assert len(house.ask(contacts).rows) == 1


@pytest.mark.parametrize(
    ("patch", "field"), [({"name": " "}, "name"), ({"is_vip": "perhaps"}, "is_vip"), ({"tenant_id": "x"}, "tenant_id")]
)
def test_a_bad_field_is_named_and_nothing_is_half_written(house: House, patch: dict[str, object], field: str) -> None:
    contact_id = house.contact("Same")
    with pytest.raises(BadValue) as refused:
        house.do(EditContact(contact_id=contact_id, patch={"job_title": "Changed", **patch}))
    assert refused.value.values["field"] == field
    assert house.ask(lambda reader: contact(reader, contact_id)).job_title is None


def test_undo_takes_an_edit_and_a_deletion_back(house: House) -> None:
    contact_id = house.contact("Before", emails=("a@example.com",))
    edited, deleted = new_id(), new_id()
    house.do(EditContact(contact_id=contact_id, patch={"name": "After"}), command_id=edited)
    house.do(Undo(command_id=edited))
    assert house.ask(lambda reader: contact(reader, contact_id)).name == "Before"
    house.do(DeleteContact(contact_id=contact_id), command_id=deleted)
    with pytest.raises(NotHere):
        house.ask(lambda reader: contact(reader, contact_id))
    house.do(Undo(command_id=deleted))
    assert len(house.ask(lambda reader: contact(reader, contact_id)).identities) == 1


def test_a_person_of_one_team_is_out_of_the_other_teams_sight(house: House) -> None:
    contact_id = house.contact("Ours")
    house.do(AssignContact(contact_id=contact_id, owner_id=None, team_id=house.teams["care"]))
    assert house.ask(lambda reader: contact(reader, contact_id)).name == "Ours"
    assert house.ask(lambda reader: contact(reader, contact_id), "supervisor").name == "Ours"
    with pytest.raises(NotHere):
        house.ask(lambda reader: contact(reader, contact_id), "other")
    with pytest.raises(NotHere):
        house.do(EditContact(contact_id=contact_id, patch={"name": "Theirs"}), "other")


def test_a_number_can_be_taken_away(house: House) -> None:
    contact_id = house.contact(phones=("+390655501420",))
    [number] = house.ask(lambda reader: contact(reader, contact_id)).identities
    house.do(RemoveIdentity(contact_id=contact_id, identity_id=number.id))
    assert house.ask(lambda reader: contact(reader, contact_id)).identities == []


def test_pages_of_names_hold_everybody_once_in_order(house: House) -> None:
    for number in range(23):
        house.contact(f"Person {number % 7}")
    seen: list[ContactRow] = []
    after: str | None = None
    while True:
        page = house.ask(partial(contacts, after=after, limit=5))
        seen += page.rows
        after = page.next
        if after is None:
            break
    assert len({row.id for row in seen}) == 23
    assert [row.name for row in seen] == sorted(row.name for row in seen)


def test_a_place_that_is_none_is_refused(house: House) -> None:
    with pytest.raises(BadValue) as refused:
        house.ask(lambda reader: contacts(reader, after="nonsense"))
    assert refused.value.values["field"] == "after"


def test_nobody_is_made_to_work_for_an_account_that_is_gone(house: House) -> None:
    firm, gone, luca = new_id(), new_id(), house.contact()
    for each in (firm, gone):
        house.do(CreateAccount(account_id=each, name="Firm"))
    house.do(EditContact(contact_id=luca, patch={"account_id": str(gone)}))
    house.do(DeleteAccount(account_id=gone))
    house.do(EditContact(contact_id=luca, patch={"account_id": str(gone), "job_title": "Lead"}))
    house.do(EditContact(contact_id=luca, patch={"account_id": str(firm)}))
    with pytest.raises(NotHere) as refused:
        house.do(EditContact(contact_id=luca, patch={"account_id": str(gone)}))
    assert refused.value.values["kind"] == "account"
