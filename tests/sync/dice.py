"""Commands at random, most of them about the same few records: that is where things clash."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.domain.conflicts.commands import SettleConflict
from app.domain.contacts.commands import AssignContact, CreateContact, DeleteContact, EditContact
from app.domain.contacts.records import Contact
from app.domain.conversations.commands import AssignConversation, SetConversationStatus, StartConversation
from app.domain.conversations.records import Conversation
from app.domain.messages.commands import Reply
from app.domain.scopes.commands import PinRecord, SetDeviceScope, UnpinRecord
from app.kernel.command import Command
from app.kernel.ids import new_id
from app.kernel.log import Conflict
from app.kernel.undo import Undo
from tests.kernel.nouns import CreateDeal, HandOver, MergeContacts, MoveStage, RaiseScore, SetAmount, TDeal
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
    return EditContact(contact_id=dice.one(Contact), patch={("name", "job_title", "pinned_note")[dice.draw(3)]: dice.value()})


def _edit_two(dice: Dice) -> Command:
    return EditContact(contact_id=dice.one(Contact), patch={"job_title": dice.value(), "pinned_note": dice.value()})


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
    (3, lambda dice: Reply(conversation_id=dice.one(Conversation), message_id=new_id(), text=dice.value())),
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


def ids_of(disk: Any, kind: Any) -> list[UUID]:
    with disk.connect() as connection:
        return list(connection.execute(select(kind.__table__.c.id).order_by(kind.__table__.c.id)).scalars())
