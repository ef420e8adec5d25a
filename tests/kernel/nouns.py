"""A noun of the tests alone, with everything that makes a kernel sweat; known only while `test_nouns` is open."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, ClassVar
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from app.domain.contacts.records import Contact, ContactId
from app.domain.conversations.records import Conversation
from app.kernel.command import COMMANDS, HANDLERS, Command, Ref, handles
from app.kernel.errors import REGISTRY, Refused
from app.kernel.record import KINDS, Base, Root
from app.kernel.set_words import in_order
from app.kernel.undo import pointing_at
from app.kernel.work import UnitOfWork

DealId = Annotated[UUID, Ref("t_deal")]
CLOSED = frozenset({"won", "lost"})


class TDealClosed(Refused):
    """A deal that is won or lost stays as it is."""

    key = "t_deal_closed"


class TDeal(Root):
    """Amounts and stages that nobody overwrites unseen, and a score that only grows."""

    __guarded__: ClassVar[frozenset[str]] = frozenset({"amount_minor", "stage"})

    contact_id: Mapped[UUID]
    amount_minor: Mapped[int] = mapped_column(default=0)
    stage: Mapped[str] = mapped_column(default="new")
    score: Mapped[int] = mapped_column(default=0)


class CreateDeal(Command, name="t_deal.create", permission="t_deal:edit", offline=True):
    deal_id: Annotated[UUID, Ref("t_deal", new=True)]
    contact_id: ContactId
    owner_id: UUID
    team_id: UUID


class SetAmount(Command, name="t_deal.set_amount", permission="t_deal:edit", offline=True):
    deal_id: DealId
    amount_minor: int


class MoveStage(Command, name="t_deal.move_stage", permission="t_deal:edit", offline=True):
    deal_id: DealId
    stage: str


class RaiseScore(Command, name="t_deal.raise_score", permission="t_deal:edit", offline=True, on_conflict="commute"):
    deal_id: DealId
    by: int


class MergeContacts(Command, name="t_deal.merge_contacts", permission="t_deal:edit", offline=True, on_conflict="reject"):
    winner_id: ContactId
    loser_id: ContactId


class Stumble(Command, name="t_deal.stumble", permission="t_deal:edit", offline=True):
    """A handler with a bug."""

    deal_id: DealId


class HandOver(Command, name="t_deal.hand_over", permission="t_deal:edit", offline=True):
    """A conversation's owner and team at once, as one whole."""

    conversation_id: Annotated[UUID, Ref("conversation")]
    owner_id: UUID
    team_id: UUID


@handles(CreateDeal)
def create_deal(work: UnitOfWork, command: CreateDeal) -> TDeal:
    return work.add(TDeal(id=command.deal_id, contact_id=command.contact_id, owner_id=command.owner_id, team_id=command.team_id))


@handles(SetAmount)
def set_amount(work: UnitOfWork, command: SetAmount) -> None:
    _open(work, command.deal_id).amount_minor = command.amount_minor


@handles(MoveStage)
def move_stage(work: UnitOfWork, command: MoveStage) -> None:
    _open(work, command.deal_id).stage = command.stage


def _open(work: UnitOfWork, deal_id: UUID) -> TDeal:
    deal = work.get(TDeal, deal_id)
    if deal.stage in CLOSED:
        raise TDealClosed(id=deal.id)
    return deal


@handles(RaiseScore)
def raise_score(work: UnitOfWork, command: RaiseScore) -> None:
    work.get(TDeal, command.deal_id).score += command.by


@handles(MergeContacts)
def merge_contacts(work: UnitOfWork, command: MergeContacts) -> None:
    if command.winner_id == command.loser_id:
        raise TDealClosed(id=command.winner_id)
    winner, loser = work.get(Contact, command.winner_id), work.get(Contact, command.loser_id)
    for conversation in work.find(Conversation, Conversation.contact_id == loser.id):
        conversation.contact_id = winner.id
    for deal in work.find(TDeal, TDeal.contact_id == loser.id):
        deal.contact_id = winner.id
    winner.job_title = winner.job_title or loser.job_title
    winner.tags = in_order((*winner.tags, *loser.tags))
    loser.merged_into = winner.id
    work.delete(loser)


@handles(Stumble)
def stumble(work: UnitOfWork, command: Stumble) -> None:
    work.get(TDeal, command.deal_id).score = 1 // 0


@handles(HandOver)
def hand_over(work: UnitOfWork, command: HandOver) -> None:
    conversation = work.get(Conversation, command.conversation_id)
    conversation.owner_id, conversation.team_id = command.owner_id, command.team_id


COMMANDS_OF_TESTS = (CreateDeal, SetAmount, MoveStage, RaiseScore, MergeContacts, Stumble, HandOver)
HANDLERS_OF_TESTS = {command: HANDLERS[command] for command in COMMANDS_OF_TESTS}
TABLE = TDeal.__table__


def _hide() -> None:
    """So that importing this disturbs no other test."""
    del KINDS["t_deal"], REGISTRY["t_deal_closed"]
    Base.metadata.remove(TABLE)
    for command in COMMANDS_OF_TESTS:
        del COMMANDS[command.verb], HANDLERS[command]
    pointing_at.cache_clear()


@contextmanager
def test_nouns() -> Iterator[None]:
    """The tests' noun is one of the nouns."""
    KINDS["t_deal"], REGISTRY["t_deal_closed"] = TDeal, TDealClosed
    Base.metadata._add_table("t_deal", None, TABLE)  # the opposite of `remove` has no public name
    for command in COMMANDS_OF_TESTS:
        COMMANDS[command.verb], HANDLERS[command] = command, HANDLERS_OF_TESTS[command]
    pointing_at.cache_clear()
    try:
        yield
    finally:
        _hide()


test_nouns.__test__ = False  # type: ignore[attr-defined]  # pytest must not take it for a test
_hide()
