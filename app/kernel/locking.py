"""Locks: a root that is locked, and all that is below it, is changed by nobody without the right to lock it."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement

from app.kernel.errors import Refused
from app.kernel.record import KINDS, Lockable, Record, noun_of
from app.kernel.sharing import Share
from app.kernel.watch import Change

if TYPE_CHECKING:
    from app.kernel.work import UnitOfWork

L = TypeVar("L", bound=Lockable)


class Locked(Refused):
    """The record, or the one that it is below, is locked, and the actor may not lock."""

    key = "locked"
    text = "This {kind} was locked by {by}. Only who may lock and unlock it can change it."


def lock(work: "UnitOfWork", record: L) -> L:
    """From now on; who did it and when belong together, and stay theirs when somebody locks it again."""
    if record.locked_at is None:
        record.locked_at, record.locked_by = work.now, work.issued.actor_id
    return record


def unlock(record: L) -> L:
    """Nobody's word is asked but the one who has the right."""
    record.locked_at = record.locked_by = None
    return record


def locked_or_not(kind: type[Lockable], *, is_locked: bool | None) -> list[ColumnElement[bool]]:
    """What narrows a list to those that are locked, or to the others; nothing where it is all the same."""
    if is_locked is None:
        return []
    return [kind.locked_at.is_not(None) if is_locked else kind.locked_at.is_(None)]


def check_unlocked(work: "UnitOfWork", record: Record, change: Change) -> None:
    """`Locked` when the change is under a lock, or is one itself, and the actor may not lock there."""
    for root in _roots(work, record, change):
        is_own = root is record
        is_locked = root.locked_at is not None or (is_own and change.before.get("locked_at") is not None)
        if is_locked and not (is_own and change.after.keys() <= root.__unlocked__) and not work.may("lock", root):
            by = change.before.get("locked_by") if is_own else None
            raise Locked(kind=noun_of(root.__tablename__), id=root.id.hex, by=_name_of(work, by or root.locked_by))


def _roots(work: "UnitOfWork", record: Record, change: Change) -> Iterable[Lockable]:
    """What stands above it, and above where it was before; of a share what is shared."""
    if isinstance(record, Lockable):
        return (record,)
    places = [work.root_of(record)]
    if isinstance(record, Share):
        places.append(work.root_of(shared) if (shared := work.peek(KINDS[record.record_kind], record.record_id)) else None)
    if record.__parent__ is not None:
        kind, column = record.__parent__
        before = change.before.get(column)
        above = work.peek(KINDS[kind], before) if before is not None else None
        places.append(work.root_of(above) if above is not None else None)
    return (root for root in places if isinstance(root, Lockable))


def _name_of(work: "UnitOfWork", user_id: UUID | None) -> str:
    user = work.peek(KINDS["user"], user_id) if user_id is not None else None
    return str(getattr(user, "name", "")) or "the server"
