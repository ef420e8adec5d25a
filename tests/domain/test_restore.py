"""What somebody deleted can be brought back by whoever may delete such things."""

import pytest

from app.domain.contacts.commands import AddIdentity, DeleteContact, EditContact, RemoveIdentity
from app.domain.contacts.queries import contact
from app.domain.roles.commands import SetRoleRights
from app.domain.roles.rules import preset_id
from app.kernel.errors import BadValue, NotAllowed, NotHere
from app.kernel.ids import new_id
from app.kernel.restore import Restore
from app.kernel.undo import Undo
from tests.domain.conftest import House


def test_a_contact_comes_back_with_the_numbers_that_went_with_it_and_only_those(house: House) -> None:
    luca = house.contact(phones=("+390655501420",), emails=("luca@x.example",))
    house.do(AddIdentity(contact_id=luca, kind="email", value="old@x.example"))
    old = next(each for each in house.ask(lambda reader: contact(reader, luca)).identities if each.value == "old@x.example")
    house.do(RemoveIdentity(contact_id=luca, identity_id=old.id))
    house.do(DeleteContact(contact_id=luca), "supervisor")
    command_id = new_id()
    house.do(Restore(kind="contact", record_id=luca), command_id=command_id)
    house.do(EditContact(contact_id=luca, patch={"job_title": "Fleet lead"}))
    card = house.ask(lambda reader: contact(reader, luca))
    assert sorted(each.value for each in card.identities) == ["+390655501420", "luca@x.example"]
    assert card.job_title == "Fleet lead"


def test_restoring_can_be_undone(house: House) -> None:
    luca = house.contact()
    house.do(DeleteContact(contact_id=luca))
    command_id = new_id()
    house.do(Restore(kind="contact", record_id=luca), command_id=command_id)
    house.do(Undo(command_id=command_id))
    with pytest.raises(NotHere):
        house.ask(lambda reader: contact(reader, luca))


def test_it_takes_the_right_to_delete_and_sight(house: House) -> None:
    luca = house.contact(team_id=house.teams["care"])
    house.do(DeleteContact(contact_id=luca))
    with pytest.raises(NotHere):
        house.do(Restore(kind="contact", record_id=luca), "other")
    rights = dict.fromkeys(("contact:read", "contact:edit"), "all")
    house.do(SetRoleRights(role_id=preset_id(house.tenant_id, "agent"), rights=rights), "administrator")
    with pytest.raises(NotAllowed):
        house.do(Restore(kind="contact", record_id=luca))
    with pytest.raises(BadValue):
        house.do(Restore(kind="nothing", record_id=luca))
