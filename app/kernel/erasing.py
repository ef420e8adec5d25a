"""Erasing a person: what is left of a record that told of them, and why nothing of them comes back into it."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from app.kernel.columns import moment_from_us, us_from_moment
from app.kernel.errors import Refused
from app.kernel.record import ERASED_AT, ERASED_BY, KINDS, Record
from app.kernel.watch import Change

if TYPE_CHECKING:
    from app.kernel.work import UnitOfWork

R = TypeVar("R", bound=Record)
Ending = Callable[[Any], None]
ENDINGS: dict[type[Record], Ending] = {}  # what else becomes of a record when the person is erased
# By which columns a record belongs to somebody, and the kinds that they name.
BELONGS_BY = {"contact_id": "contact", "conversation_id": "conversation", "call_id": "call", "message_id": "message"}
MERGED_INTO = "merged_into"
OWNING = frozenset([*BELONGS_BY, MERGED_INTO])


class ErasedPerson(Refused):
    """The person was erased: nothing is written about them any more, and nothing of what was is brought back."""

    key = "person_erased"
    text = "This person's data was erased ({when}). Nothing can be kept about them here any more, and nothing be brought back."


def when_erased(kind: type[R]) -> Callable[[Callable[[R], None]], Callable[[R], None]]:
    """Registers what else becomes of a record of a kind."""

    def register(ending: Callable[[R], None]) -> Callable[[R], None]:
        ENDINGS[kind] = ending
        return ending

    return register


def mark(at: datetime, by: UUID) -> dict[str, Any]:
    """What says in a record that it is erased."""
    return {ERASED_AT: us_from_moment(at), ERASED_BY: str(by)}


def erased_at(custom: Mapping[str, Any]) -> datetime | None:
    """When the record was erased, if it was."""
    return moment_from_us(custom[ERASED_AT]) if ERASED_AT in custom else None


def erased_by(custom: Mapping[str, Any]) -> UUID | None:
    """Who did it."""
    return UUID(custom[ERASED_BY]) if ERASED_BY in custom else None


def refuse_erased(record: Record) -> None:
    """`ErasedPerson` when it is."""
    if record.is_erased:
        when = erased_at(record.custom)
        raise ErasedPerson(when=when.isoformat(sep=" ", timespec="minutes") if when else "", id=record.id.hex)


def check_erased(work: "UnitOfWork", record: Record, change: Change) -> None:
    """Nothing is put into an erased record, no record with words in it to an erased person, and none taken from them."""
    if not record.__erased__ or record in work.erased:
        return
    is_moved = not OWNING.isdisjoint(change.after)
    if not (is_moved or record.is_erased):
        return
    is_telling = any(change.after[field] != left for field, left in record.__erased__.items() if field in change.after)
    if record.is_erased and (is_telling or is_moved):
        refuse_erased(record)
    if is_telling or change.operation == "update":
        for owner in _owners(work, change):
            refuse_erased(owner)


def _owners(work: "UnitOfWork", change: Change) -> Iterator[Record]:
    """The records to which it is put."""
    for column, kind in (*BELONGS_BY.items(), (MERGED_INTO, "contact")):
        owner_id = change.after.get(column)
        owner = work.peek(KINDS[kind], owner_id) if owner_id is not None and kind in KINDS else None
        if owner is not None:
            yield owner
