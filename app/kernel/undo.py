"""Taking back what a command did, as a command of its own."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, TypeVar
from uuid import UUID

from app.kernel.coming_back import bring_back
from app.kernel.command import COMMANDS, Command, handles
from app.kernel.erasing import refuse_erased
from app.kernel.errors import ChangedSince, FieldNotAllowed, NotAllowed, NotHere, Refused
from app.kernel.permissions import governs
from app.kernel.record import KEY_FIELDS, KINDS, Record, Root
from app.kernel.set_fields import set_fields
from app.kernel.set_words import holds_turn, turn_of, turned
from app.kernel.watch import Change
from app.kernel.work import UnitOfWork

Check = Callable[[UnitOfWork, Sequence[Change]], None]
C = TypeVar("C", bound=Check)


class NothingToUndo(Refused):
    """The command is not known here, or changed nothing."""

    key = "nothing_to_undo"
    text = "There is nothing left to undo."


class CannotUndo(Refused):
    """Commands of this kind are not taken back."""

    key = "cannot_undo"
    text = "This can't be undone. {reason}"


class ChangedSinceDone(ChangedSince):
    """Something newer stands where the command put its value."""

    key = "changed_since_done"
    text = "This can't be undone: {field} was changed since. Set it by hand."


class BuiltUpon(Refused):
    """Others have come to stand on the record that would go."""

    key = "built_upon"
    text = "This can't be undone: {count} {kind} belong to it by now. Remove them first."


class UndoOutOfSight(Refused):
    """Somebody else's act changed what this person does not see; nobody is told which records that are."""

    key = "undo_out_of_sight"
    text = "Some of what this changed is out of your sight. Whoever did it, or somebody who sees all of it, can take it back."


class Undo(Command, name="undo", permission="undo:create", offline=True, on_conflict="reject", in_bulk=True):
    """Take a command back: the inverse of what it changed."""

    command_id: UUID


CHECKS: dict[type[Command], Check] = {}


def before_undoing(command: type[Command]) -> Callable[[C], C]:
    """Registers what refuses, in words of its own, to take back a command of this kind."""

    def register(check: C) -> C:
        CHECKS[command] = check
        return check

    return register


@handles(Undo)
def undo(work: UnitOfWork, command: Undo) -> None:
    """All or nothing: refused as soon as one field no longer holds what the command put there."""
    past = work.past(command.command_id)
    if not past.changes:
        raise NothingToUndo
    done = COMMANDS.get(past.verb)
    _check_right(work, done, past.actor_id)
    for change in past.changes:
        _refuse_erased(work, change)
    if done is not None and done in CHECKS:
        CHECKS[done](work, past.changes)
    own = {change.record_id for change in past.changes}
    is_mine = past.actor_id == work.issued.actor_id
    for change in reversed(past.changes):
        _take_back(work, change, done, own, is_mine=is_mine)


def _refuse_erased(work: UnitOfWork, change: Change) -> None:
    """What was captured about an erased person is gone."""
    record = work.peek(KINDS[change.kind], change.record_id)
    if record is not None:
        refuse_erased(record)


def _record_of(work: UnitOfWork, change: Change, done: type[Command] | None, *, is_mine: bool) -> Record:
    """What one's own act moved along unseen (a merge does) it gives back unseen; what others moved, only who sees it."""
    is_moved_along = is_mine and done is not None and not governs(done.permission, change.kind)
    record = work.peek(KINDS[change.kind], change.record_id) if is_moved_along else None
    try:
        return record or work.get(KINDS[change.kind], change.record_id, even_deleted=True)
    except NotHere as error:
        if not is_mine:
            raise UndoOutOfSight from error
        return _returning(work, change, done)


def _returning(work: UnitOfWork, change: Change, done: type[Command] | None) -> Record:
    """Who gave a record away takes that back, as long as nobody has changed it since and they may still do it to what was theirs
    to give; `NotHere` else.
    """
    record = work.peek(KINDS[change.kind], change.record_id)
    is_given = isinstance(record, Root) and record.updated_by == work.issued.actor_id and not KEY_FIELDS.isdisjoint(change.after)
    if record is None or done is None or not is_given:
        raise NotHere(kind=change.kind, id=change.record_id.hex)
    before = frozenset(change.before.get(field, getattr(record, field)) for field in KEY_FIELDS) - {None}
    if not (work.actor.sees(change.kind, before) and work.actor.may(done.permission, before)):
        raise NotHere(kind=change.kind, id=change.record_id.hex)
    work.returning.add(record)
    return record


def _take_back(work: UnitOfWork, change: Change, done: type[Command] | None, own: set[UUID], *, is_mine: bool) -> None:
    record = _record_of(work, change, done, is_mine=is_mine)
    if done is not None and governs(done.permission, change.kind) and not _may(work, done.permission, record):
        raise NotAllowed(permission=done.permission)
    for field in sorted(work.actor.hidden(change.kind) & change.after.keys()) if change.operation == "update" else ():
        raise FieldNotAllowed(field=field, kind=change.kind)  # first: what it holds by now is not to be told
    sets = set_fields(change.kind) if change.operation == "update" else frozenset[str]()
    for field in change.after:
        if not _stands(change, field, getattr(record, field), is_set=field in sets):
            raise ChangedSinceDone(field=field, id=record.id.hex)
    if change.operation == "insert":
        _check_alone(work, record, own)
        work.delete(record)
        return
    for field, value in change.before.items():
        is_set = field in sets
        if field == "deleted_at" and value is None:
            bring_back(work, record)
            continue
        setattr(record, field, turned(getattr(record, field), turn_of(change.after[field], value)) if is_set else value)


def _may(work: UnitOfWork, permission: str, record: Record) -> bool:
    return record in work.returning or work.may_over(permission, record)


def _stands(change: Change, field: str, held: Any, *, is_set: bool) -> bool:
    """Whether a field still holds what was put there; of a set, the words that came are there and those that went are not."""
    done = change.after[field]
    return bool(held == done) or (is_set and holds_turn(held, turn_of(change.before[field], done)))


def _check_right(work: UnitOfWork, done: type[Command] | None, actor_id: UUID | None) -> None:
    """Nobody undoes what they could not have done, nor, without a right of its own, what others did."""
    if done is not None and done.no_undo:
        raise CannotUndo(reason=done.no_undo)
    if done is not None and not work.actor.may(done.permission):
        raise NotAllowed(permission=done.permission)
    if actor_id != work.issued.actor_id and not work.actor.may("undo:force"):
        raise NotAllowed(permission="undo:force")


def _check_alone(work: UnitOfWork, record: Record, own: set[UUID]) -> None:
    for kind, column in pointing_at(record.__tablename__):
        others = [each for each in work.find(kind, getattr(kind, column) == record.id) if each.id not in own]
        if others:
            raise BuiltUpon(kind=kind.__tablename__, count=len(others))


@cache
def pointing_at(name: str) -> tuple[tuple[type[Record], str], ...]:
    """The kinds that name a record of this kind, and by which column."""
    found: dict[tuple[type[Record], str], Any] = {}
    for kind in KINDS.values():
        columns = kind.__mapper__.columns.keys()
        if f"{name}_id" in columns:
            found[kind, f"{name}_id"] = None
        if kind.__parent__ and kind.__parent__[0] == name:
            found[kind, kind.__parent__[1]] = None
    return tuple(found)
