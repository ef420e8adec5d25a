"""A value that gave way waits for its author, who takes it back, leaves it, or goes back to what both had seen."""

from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.conflicts.commands import SettleConflict
from app.domain.conflicts.queries import ConflictCard, conflict, conflicts
from app.domain.contacts.commands import DeleteContact, EditContact
from app.domain.contacts.queries import contact
from app.domain.contacts.records import Contact
from app.domain.conversations.commands import AssignConversation
from app.domain.conversations.queries import conversation
from app.domain.roles.commands import SetRoleRights
from app.domain.roles.rules import preset_id
from app.kernel.columns import moment_from_us
from app.kernel.command import Command, Issued, body_of
from app.kernel.errors import NotAllowed, NotHere
from app.kernel.ids import new_id
from app.kernel.log import Conflict
from app.kernel.record import KINDS
from app.kernel.undo import Undo
from app.protocol.envelopes import Outcome
from tests.domain.conftest import House
from tests.domain.messages.test_messages import receive


def late(house: House, command: Command, by: str, *, record_id: UUID, kind: str = "contact", seen: int, at_us: int) -> Outcome:
    """Somebody's act from a laptop that had seen the record at that version, and acted at that time."""
    assert KINDS[kind]
    issued = Issued(
        id=new_id(), name=command.verb, body=body_of(command), actor_id=house.people[by], device=f"laptop-{by}", acted_us=at_us,
        seen={record_id: seen},
    )  # fmt: skip
    [outcome] = house.authority.carry_out([issued])
    return outcome


def version_of(house: House, contact_id: UUID) -> int:
    with Session(house.engine) as session:
        return session.get_one(Contact, (house.tenant_id, contact_id)).version


def clash(house: House, contact_id: UUID, loser: str, winner: str) -> list[ConflictCard]:
    """Both change the job title (and each something else); the winner acted later, the loser's laptop comes home last."""
    seen = version_of(house, contact_id)
    house.time_us += 1_000_000
    acted_us = house.time_us
    house.do(EditContact(contact_id=contact_id, patch={"job_title": "Head of fleet", "language": "it"}), winner)
    mine = EditContact(contact_id=contact_id, patch={"job_title": "Fleet lead", "pinned_note": "Call before noon"})
    assert late(house, mine, loser, record_id=contact_id, seen=seen, at_us=acted_us).lost == ["job_title"]
    return house.ask(conflicts, loser)


def title_of(house: House, contact_id: UUID) -> str | None:
    return house.ask(lambda reader: contact(reader, contact_id)).job_title


@pytest.fixture
def luca(house: House) -> UUID:
    return house.contact(job_title="Clerk")


def test_its_author_sees_both_values_who_when_and_what_was_joined(house: House, luca: UUID) -> None:
    [card] = clash(house, luca, "agent", "supervisor")
    [met] = card.met
    assert (met.field, met.mine, met.theirs, met.original) == ("job_title", "Fleet lead", "Head of fleet", "Clerk")
    assert (card.title, card.is_here, card.is_changed_since) == ("Luca Bianchi", True, False)
    assert (card.mine_by, card.theirs_by) == (house.people["agent"], house.people["supervisor"])
    assert card.names[str(card.theirs_by)] == "Supervisor"
    assert card.theirs_at > card.mine_at
    assert [(each.field, each.after, card.names[str(each.by)]) for each in card.joined] == [
        ("language", "it", "Supervisor"), ("pinned_note", "Call before noon", "Agent"),
    ]  # fmt: skip


def test_nobody_else_is_asked(house: House, luca: UUID) -> None:
    [card] = clash(house, luca, "agent", "supervisor")
    assert house.ask(conflicts, "supervisor") == []
    assert house.ask(conflicts, "other") == []
    with pytest.raises(NotHere):
        house.do(SettleConflict(conflict_id=card.id, choice="mine"), "other")


@pytest.mark.parametrize(("choice", "title"), [("mine", "Fleet lead"), ("theirs", "Head of fleet"), ("original", "Clerk")])
def test_each_choice_does_what_it_says_is_not_asked_again_and_can_be_undone(
    house: House, luca: UUID, choice: str, title: str
) -> None:
    [card] = clash(house, luca, "agent", "supervisor")
    command_id = new_id()
    house.do(SettleConflict(conflict_id=card.id, choice=choice), command_id=command_id)  # type: ignore[arg-type] # as parametrized
    assert title_of(house, luca) == title
    assert house.ask(conflicts) == []
    with pytest.raises(NotHere):
        house.do(SettleConflict(conflict_id=card.id, choice="mine"))
    house.do(Undo(command_id=command_id))
    assert title_of(house, luca) == "Head of fleet"
    assert [each.id for each in house.ask(conflicts)] == [card.id]


def test_what_others_set_since_is_shown_as_theirs(house: House, luca: UUID) -> None:
    clash(house, luca, "agent", "supervisor")
    house.do(EditContact(contact_id=luca, patch={"job_title": "Director"}), "administrator")
    [card] = house.ask(conflicts)
    assert card.is_changed_since
    assert (card.met[0].theirs, card.theirs_by) == ("Director", house.people["administrator"])
    house.do(SettleConflict(conflict_id=card.id, choice="mine"))
    assert title_of(house, luca) == "Fleet lead"


def test_an_author_who_was_overwritten_later_is_asked_too(house: House, luca: UUID) -> None:
    seen = version_of(house, luca)
    house.do(EditContact(contact_id=luca, patch={"job_title": "Fleet lead"}), "agent")
    house.time_us += 1_000_000
    later = EditContact(contact_id=luca, patch={"job_title": "Head of fleet"})
    assert late(house, later, "supervisor", record_id=luca, seen=seen, at_us=house.time_us).status == "applied"
    [card] = house.ask(conflicts)
    [met] = card.met
    assert (met.mine, met.theirs, met.original) == ("Fleet lead", "Head of fleet", "Clerk")
    assert card.mine_by == house.people["agent"]


def test_a_deleted_record_can_only_be_left_as_it_is(house: House, luca: UUID) -> None:
    [card] = clash(house, luca, "agent", "supervisor")
    house.do(DeleteContact(contact_id=luca))
    assert not house.ask(lambda reader: conflict(reader, card.id)).is_here
    with pytest.raises(NotHere):
        house.do(SettleConflict(conflict_id=card.id, choice="mine"))
    house.do(SettleConflict(conflict_id=card.id, choice="theirs"))
    assert house.ask(conflicts) == []


def test_fields_that_were_set_together_are_settled_together(house: House) -> None:
    talk = receive(house)
    with Session(house.engine) as session:
        seen = session.get_one(KINDS["conversation"], (house.tenant_id, talk)).version
    house.do(AssignConversation(conversation_id=talk, assignee_id=house.people["agent"], team_id=house.teams["care"]))
    house.time_us += 1_000_000
    taken = AssignConversation(conversation_id=talk, assignee_id=house.people["supervisor"], team_id=house.teams["care"])
    late(house, taken, "supervisor", record_id=talk, kind="conversation", seen=seen, at_us=house.time_us)
    [card] = house.ask(conflicts)
    fields = {each.field for each in card.met}
    assert len(fields) > 1
    assert card.names[str(house.people["supervisor"])] == "Supervisor"
    house.do(SettleConflict(conflict_id=card.id, choice="mine"))
    with Session(house.engine) as session:
        left = session.scalars(select(Conflict).where(Conflict.deleted_at.is_(None))).all()
    assert left == []
    assert house.ask(lambda reader: conversation(reader, talk)).owner_id == house.people["agent"]


def test_the_right_to_settle_gives_no_right_to_change_the_record(house: House, luca: UUID) -> None:
    [card] = clash(house, luca, "agent", "supervisor")
    rights = {"contact:read": "team"}
    house.do(SetRoleRights(role_id=preset_id(house.tenant_id, "agent"), rights=rights), "administrator")
    with pytest.raises(NotAllowed):
        house.do(SettleConflict(conflict_id=card.id, choice="mine"))
    house.do(SettleConflict(conflict_id=card.id, choice="theirs"))
    assert title_of_as(house, luca) == "Head of fleet"


def title_of_as(house: House, contact_id: UUID) -> str | None:
    return house.ask(lambda reader: contact(reader, contact_id), "administrator").job_title


def test_the_time_of_a_side_is_when_its_author_acted(house: House, luca: UUID) -> None:
    [card] = clash(house, luca, "agent", "supervisor")
    with Session(house.engine) as session:
        kept = session.get_one(Conflict, (house.tenant_id, card.id))
        assert card.mine_at == moment_from_us(kept.lost["acted_us"])
