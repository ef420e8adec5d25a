"""Whatever a person does can be taken back, or says why it cannot; and never over something newer."""

from contextlib import suppress
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.contacts.commands import AssignContact, CreateContact, DeleteContact, EditContact
from app.domain.contacts.queries import contact
from app.domain.messages.commands import AlreadyLeft, Reply, SetMessageState
from app.domain.notes.commands import AddNote
from app.domain.roles.commands import GrantRole, RevokeRole
from app.domain.roles.rules import preset_id
from app.domain.teams.commands import AddTeamMember, RemoveTeamMember
from app.kernel.command import COMMANDS
from app.kernel.errors import NotAllowed, NotHere
from app.kernel.ids import new_id
from app.kernel.log import CHANGES, Audit
from app.kernel.record import KINDS, fields_of
from app.kernel.undo import BuiltUpon, CannotUndo, ChangedSinceDone, NothingToUndo, Undo
from tests.domain.conftest import House
from tests.domain.messages.test_messages import receive
from tests.domain.test_every_command import SAMPLES, _command, author_of, sample


def _held(house: House, changed: list[Audit]) -> dict[tuple[str, UUID], dict[str, Any] | None]:
    """What the records hold; nothing for one that is not there, or deleted."""
    with Session(house.engine) as session:
        found = {
            (each.kind, each.record_id): session.get(KINDS[each.kind], (house.tenant_id, each.record_id)) for each in changed
        }
        return {
            key: None if record is None or record.deleted_at else {
                field: getattr(record, field) for field in fields_of(type(record))
            }
            for key, record in found.items()
        }  # fmt: skip


def _changed_by(house: House, command_id: UUID) -> list[Audit]:
    with Session(house.engine) as session:
        mine = (Audit.command_id == command_id, Audit.operation.in_(CHANGES))
        return list(session.scalars(select(Audit).where(*mine)))


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_a_command_is_taken_back_or_says_why_not(house: House, name: str) -> None:
    command, command_id = _command(name, **sample(house, name)), new_id()
    by = author_of(name)
    with Session(house.engine) as session:
        last = max(session.scalars(select(Audit.seq)))
    house.do(command, by, command_id=command_id)
    changed = _changed_by(house, command_id)
    assert changed
    after = _held(house, changed)
    if COMMANDS[name].no_undo:
        with pytest.raises(CannotUndo, match=COMMANDS[name].no_undo.split(".", maxsplit=1)[0]):
            house.do(Undo(command_id=command_id), by)
        assert _held(house, changed) == after
        return
    house.do(Undo(command_id=command_id), by)
    held = _held(house, changed)
    for each in changed:
        record = held[each.kind, each.record_id]
        if each.operation == "insert":
            assert record is None
        else:
            was_deleted = each.fields.get("deleted_at", [None])[0] is not None
            assert (record is None) == was_deleted
            before = {field: values[0] for field, values in each.fields.items()}
            with Session(house.engine) as session:
                rows = session.scalars(select(Audit).where(Audit.record_id == each.record_id).order_by(Audit.seq)).all()
            assert {field: rows[-1].fields[field][1] for field in before} == before
    assert last < min(each.seq for each in changed)


def test_undo_of_an_undo_does_it_again(house: House) -> None:
    contact_id = house.contact()
    ids = [new_id() for _ in range(2)]
    house.do(EditContact(contact_id=contact_id, patch={"job_title": "Baker"}), command_id=ids[0])
    house.do(Undo(command_id=ids[0]), command_id=ids[1])
    assert house.ask(lambda reader: contact(reader, contact_id)).job_title is None
    house.do(Undo(command_id=ids[1]))
    assert house.ask(lambda reader: contact(reader, contact_id)).job_title == "Baker"


def test_what_was_changed_since_is_not_overwritten(house: House) -> None:
    contact_id, edit = house.contact(), new_id()
    house.do(EditContact(contact_id=contact_id, patch={"job_title": "Baker", "pinned_note": "x"}), command_id=edit)
    house.do(EditContact(contact_id=contact_id, patch={"job_title": "Miller"}), "supervisor")
    with pytest.raises(ChangedSinceDone, match="job_title was changed since"):
        house.do(Undo(command_id=edit))
    assert house.ask(lambda reader: contact(reader, contact_id)).pinned_note == "x", "all or nothing"


def test_a_record_that_others_stand_on_stays(house: House) -> None:
    contact_id, made = new_id(), new_id()
    house.do(CreateContact(contact_id=contact_id, name="Ada"), command_id=made)
    house.do(AddNote(note_id=new_id(), text="Called", contact_id=contact_id), "supervisor")
    with pytest.raises(BuiltUpon, match="1 note belong"):
        house.do(Undo(command_id=made))


def test_a_deletion_brings_everything_back(house: House) -> None:
    contact_id, gone = house.contact("Luca", phones=("+390655501420",)), new_id()
    before = house.ask(lambda reader: contact(reader, contact_id))
    house.do(DeleteContact(contact_id=contact_id), command_id=gone)
    with pytest.raises(NotHere):
        house.ask(lambda reader: contact(reader, contact_id))
    house.do(Undo(command_id=gone))
    after = house.ask(lambda reader: contact(reader, contact_id))
    assert (after.name, after.identities) == (before.name, before.identities)


def test_nobody_undoes_what_others_did_or_what_they_may_not_do(house: House) -> None:
    contact_id, edit, grant = house.contact(), new_id(), new_id()
    house.do(EditContact(contact_id=contact_id, patch={"job_title": "Baker"}), "supervisor", command_id=edit)
    with pytest.raises(NotAllowed, match="undo:force"):
        house.do(Undo(command_id=edit))
    agent_role = preset_id(house.tenant_id, "agent")
    house.do(GrantRole(role_id=agent_role, user_id=house.people["supervisor"]), "administrator", command_id=grant)
    with pytest.raises(NotAllowed, match="role:grant"):
        house.do(Undo(command_id=grant))
    house.do(Undo(command_id=edit), "administrator")
    house.do(Undo(command_id=grant), "administrator")
    with pytest.raises(NothingToUndo):
        house.do(Undo(command_id=new_id()))


def test_an_answer_is_taken_back_until_it_leaves(house: House) -> None:
    conversation_id = receive(house)
    ids = [new_id() for _ in range(4)]
    for number in (0, 2):
        house.do(Reply(conversation_id=conversation_id, message_id=ids[number], text="Hello"), command_id=ids[number + 1])
        if number:
            house.do(SetMessageState(message_id=ids[number], state="sending"), "system")
            with pytest.raises(AlreadyLeft, match="has left already"):
                house.do(Undo(command_id=ids[number + 1]))
        else:
            house.do(Undo(command_id=ids[number + 1]))


def test_who_gave_a_record_away_takes_that_back_though_they_do_not_see_it_any_more(house: House) -> None:
    contact_id, given, again = house.contact(team_id=house.teams["care"]), new_id(), new_id()
    away = AssignContact(contact_id=contact_id, owner_id=house.people["other"], team_id=house.teams["sales"])

    def sees() -> bool:
        with suppress(NotHere):
            return house.ask(lambda reader: contact(reader, contact_id)).owner_id == house.people["agent"]
        return False

    house.do(away, command_id=given)
    assert not sees()
    house.do(Undo(command_id=given))
    assert sees()
    house.do(away, command_id=again)
    house.do(AssignContact(contact_id=contact_id, owner_id=None, team_id=house.teams["sales"]), "other")
    with pytest.raises(NotHere):
        house.do(Undo(command_id=again))
    last = new_id()
    house.do(AssignContact(contact_id=contact_id, owner_id=None, team_id=house.teams["care"]), "administrator")
    house.do(away, command_id=last)
    house.do(RemoveTeamMember(team_id=house.teams["care"], user_id=house.people["agent"]), "administrator")
    with pytest.raises(NotHere):
        house.do(Undo(command_id=last))
    house.do(AddTeamMember(team_id=house.teams["care"], user_id=house.people["agent"]), "administrator")
    house.do(RevokeRole(role_id=preset_id(house.tenant_id, "agent"), user_id=house.people["agent"]), "administrator")
    with pytest.raises(NotAllowed):
        house.do(Undo(command_id=last))
