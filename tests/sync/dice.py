"""Commands at random, most of them about the same few records: that is where things clash."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.domain.conflicts.commands import SettleConflict
from app.domain.contacts.commands import AssignContact, CreateContact, DeleteContact, EditContact, LockContact, UnlockContact
from app.domain.contacts.records import Contact
from app.domain.conversations.commands import (
    AssignConversation,
    LinkContact,
    LockConversation,
    SetConversationStatus,
    StartConversation,
    UnlockConversation,
)
from app.domain.conversations.records import Conversation
from app.domain.messages.commands import Reply
from app.domain.notes.commands import AddNote
from app.domain.scopes.commands import PinRecord, SetDeviceScope, UnpinRecord
from app.kernel.command import Command
from app.kernel.ids import new_id
from app.kernel.log import Conflict
from app.kernel.undo import Undo
from tests.kernel.nouns import CreateDeal, HandOver, MergeContacts, MoveStage, RaiseScore, SetAmount, TDeal
from tests.sync.fences import mark_of
from tests.sync.world import TEAMS, Desk, World


@dataclass(frozen=True)
class Dice:
    """`draw(n)` gives a number below n."""

    draw: Callable[[int], int]
    world: World
    desk: Desk

    def one(self, kind: Any) -> UUID:
        """Crowded on purpose: that is where things clash."""
        ids = ids_of(self.desk.disk, kind)
        return ids[self.draw(min(len(ids), 3))] if ids else new_id()

    def value(self) -> str:
        return f"v{self.draw(9)}"

    def told(self, record_id: UUID) -> str:
        """A value that names what it is about: it must be nowhere once that is erased."""
        return f"{self.value()} {mark_of(record_id)}"

    def owner(self) -> UUID:
        return self.world.desks[self.draw(len(self.world.desks))].actor_id

    def team(self) -> UUID:
        return TEAMS[self.draw(3)]


def _create_contact(dice: Dice) -> Command:
    phones = (f"+49301234500{dice.draw(3)}",) if dice.draw(2) else ()
    return CreateContact(contact_id=new_id(), name=f"name{dice.draw(5)}", team_id=TEAMS[0], phones=phones)


def _start_conversation(dice: Dice) -> Command:
    return StartConversation(
        conversation_id=new_id(), channel="email", address="a@example.com", contact_id=dice.one(Contact),
        team_id=TEAMS[dice.draw(2)],
    )  # fmt: skip


def _edit_one(dice: Dice) -> Command:
    contact, place = dice.one(Contact), dice.draw(3)
    value = dice.value() if place == 0 else dice.told(contact)
    return EditContact(contact_id=contact, patch={("job_title", "pinned_note", "name")[place]: value})


def _edit_two(dice: Dice) -> Command:
    contact = dice.one(Contact)
    return EditContact(contact_id=contact, patch={"job_title": dice.value(), "pinned_note": dice.told(contact)})


def _note(dice: Dice) -> Command:
    contact = dice.one(Contact)
    return AddNote(note_id=new_id(), text=dice.told(contact), contact_id=contact)


def _reply(dice: Dice) -> Command:
    talk = dice.one(Conversation)
    return Reply(conversation_id=talk, message_id=new_id(), text=dice.told(talk))


def _lock(dice: Dice) -> Command:
    if dice.draw(3):
        return (LockContact, UnlockContact)[dice.draw(2)](contact_id=dice.one(Contact))
    return (LockConversation, UnlockConversation)[dice.draw(2)](conversation_id=dice.one(Conversation))


def _tag(dice: Dice) -> Command:
    words = [f"t{number}" for number in range(4) if dice.draw(2)]
    kept = tuple(word for word in words if dice.draw(3))
    turn = {"add": kept, "remove": tuple(word for word in words if word not in kept)}
    return EditContact(contact_id=dice.one(Contact), patch={"tags": turn if dice.draw(6) else kept})


def _undo(dice: Dice) -> Command:
    known = [each.id for each in dice.desk.issued]
    return Undo(command_id=known[dice.draw(len(known))] if known else new_id())


def _scope(dice: Dice) -> Command:
    groups = None if dice.draw(2) else [team for team in TEAMS if dice.draw(2)]
    return SetDeviceScope(device=dice.desk.name, groups=groups, days=dice.draw(3))


def _pin(dice: Dice) -> Command:
    kind = (Contact, Conversation, TDeal)[dice.draw(3)]
    record_id, device = dice.one(kind), (dice.desk.name, "")[dice.draw(2)]
    if dice.draw(3):
        return PinRecord(kind=kind.__tablename__, record_id=record_id, device=device)
    return UnpinRecord(record_id=record_id, device=device)


COMMANDS: tuple[tuple[int, Callable[[Dice], Command]], ...] = (
    (3, _create_contact),
    (6, _edit_one),
    (9, _edit_two),
    (6, _tag),
    (1, lambda dice: DeleteContact(contact_id=dice.one(Contact))),
    (3, lambda dice: AssignContact(contact_id=dice.one(Contact), owner_id=dice.owner(), team_id=dice.team())),
    (3, lambda dice: MergeContacts(winner_id=dice.one(Contact), loser_id=dice.one(Contact))),
    (3, _start_conversation),
    (3, _reply),
    (2, _note),
    (2, _lock),
    (1, lambda dice: LinkContact(conversation_id=dice.one(Conversation), contact_id=dice.one(Contact))),
    (3, lambda dice: HandOver(conversation_id=dice.one(Conversation), owner_id=dice.owner(), team_id=dice.team())),
    (3, lambda dice: AssignConversation(
        conversation_id=dice.one(Conversation), assignee_id=dice.owner(), team_id=dice.team())),
    (3, lambda dice: SetConversationStatus(
        conversation_id=dice.one(Conversation), status=("open", "resolved")[dice.draw(2)])),
    (3, lambda dice: CreateDeal(
        deal_id=new_id(), contact_id=dice.one(Contact), owner_id=dice.desk.actor_id, team_id=TEAMS[0])),
    (3, lambda dice: RaiseScore(deal_id=dice.one(TDeal), by=1 + dice.draw(9))),
    (3, lambda dice: SetAmount(deal_id=dice.one(TDeal), amount_minor=dice.draw(9))),
    (3, lambda dice: MoveStage(deal_id=dice.one(TDeal), stage=("new", "offer", "won")[dice.draw(3)])),
    (3, lambda dice: SettleConflict(
        conflict_id=dice.one(Conflict), choice=("mine", "theirs", "original", "both")[dice.draw(4)])),
    (4, _undo),
    (1, _scope),
    (2, _pin),
)  # fmt: skip
BAG = tuple(make for weight, make in COMMANDS for _ in range(weight))


def random_command(draw: Callable[[int], int], world: World, desk: Desk) -> Command:
    """The command may well be refused."""
    return BAG[draw(len(BAG))](Dice(draw, world, desk))


def _of_contacts(dice: Dice) -> Callable[[UUID], Command]:
    value, owner, team = dice.value(), dice.owner(), dice.team()
    makers: tuple[Callable[[UUID], Command], ...] = (
        lambda contact: EditContact(contact_id=contact, patch={"job_title": value, "tags": {"add": [value], "remove": ["t1"]}}),
        lambda contact: EditContact(contact_id=contact, patch={"pinned_note": f"{value} {mark_of(contact)}"}),
        lambda contact: AssignContact(contact_id=contact, owner_id=owner, team_id=team),
        lambda contact: DeleteContact(contact_id=contact),
        lambda contact: LockContact(contact_id=contact),
        lambda contact: UnlockContact(contact_id=contact),
    )
    return makers[dice.draw(len(makers))]


def _of_conversations(dice: Dice) -> Callable[[UUID], Command]:
    status, owner = ("open", "resolved")[dice.draw(2)], dice.owner()
    makers: tuple[Callable[[UUID], Command], ...] = (
        lambda talk: SetConversationStatus(conversation_id=talk, status=status),
        lambda talk: AssignConversation(conversation_id=talk, assignee_id=owner),
    )
    return makers[dice.draw(len(makers))]


def random_group(draw: Callable[[int], int], world: World, desk: Desk) -> list[Command]:
    """One act on some records, or what takes such an act back."""
    dice = Dice(draw, world, desk)
    if desk.groups and not draw(3):
        members = desk.replica.members(desk.groups[draw(len(desk.groups))])
        return [Undo(command_id=each) for each in members]
    kind, made = (Contact, _of_contacts(dice)) if draw(3) else (Conversation, _of_conversations(dice))
    return [made(each) for each in ids_of(desk.disk, kind)[: 2 + draw(3)]]


def ids_of(disk: Any, kind: Any) -> list[UUID]:
    with disk.connect() as connection:
        return list(connection.execute(select(kind.__table__.c.id).order_by(kind.__table__.c.id)).scalars())
