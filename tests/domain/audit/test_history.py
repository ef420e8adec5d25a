"""What became of a record, with what belongs to it."""

from uuid import UUID

import pytest

from app.domain.audit.queries import AuditRow, history
from app.domain.contacts.commands import AddIdentity, EditContact, RemoveIdentity
from app.domain.contacts.queries import contact, reached_ever
from app.kernel.errors import NotHere
from tests.domain.conftest import House

PHONE, MAIL = "+390655501420", "luca@x.example"


def told(house: House, contact_id: UUID, field: str | None = None) -> list[AuditRow]:
    rows: list[AuditRow] = house.ask(lambda reader: history(reader, contact_id, kind="contact", field=field)).rows
    return rows


def test_the_history_of_a_person_has_their_numbers_and_an_old_one_put_back_is_a_new_row(house: House) -> None:
    luca, other = house.contact(phones=(PHONE,), emails=(MAIL,)), house.contact("Other", phones=(PHONE,))
    phone = next(each for each in house.ask(lambda reader: contact(reader, luca)).identities if each.value == PHONE)
    house.do(EditContact(contact_id=luca, patch={"job_title": "Lead"}))
    house.do(RemoveIdentity(contact_id=luca, identity_id=phone.id))
    assert [row.verb for row in told(house, luca)] == ["contact.remove_identity", "contact.edit", *["contact.create"] * 3]
    uses = told(house, luca, "identity_id")
    assert [(row.kind, row.verb) for row in uses] == [
        ("contact_identity", verb) for verb in ("contact.remove_identity", "contact.create", "contact.create")
    ]
    was = house.ask(lambda reader: reached_ever(reader, luca))[uses[0].record_id]
    assert (was.kind, was.value) == ("phone", PHONE)
    house.do(AddIdentity(contact_id=luca, kind=was.kind, value=was.value, label=was.label))
    again = told(house, luca, "identity_id")
    assert (again[0].verb, len(again)) == ("contact.add_identity", 4)
    assert PHONE in {each.value for each in house.ask(lambda reader: contact(reader, luca)).identities}
    assert [row.verb for row in told(house, luca, "job_title")] == ["contact.edit"]
    assert len(told(house, other)) == 2, "each person's own"


def test_the_numbers_of_whom_one_may_not_see_are_in_no_history(house: House) -> None:
    luca = house.contact(phones=(PHONE,), team_id=house.teams["care"])
    with pytest.raises(NotHere):
        house.ask(lambda reader: history(reader, luca, kind="contact", field="identity_id"), "other")
    assert house.ask(lambda reader: reached_ever(reader, luca), "other") == {}
