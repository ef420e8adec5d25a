"""What a unit of work asks of rights before and after a handler: none of it is left to handlers."""

from typing import TYPE_CHECKING

from app.kernel.command import Command
from app.kernel.erasing import check_erased
from app.kernel.errors import FieldNotAllowed, NotAllowed, NotInBulk
from app.kernel.going_along import goes_along
from app.kernel.guards import check_guards
from app.kernel.locking import check_unlocked
from app.kernel.permissions import governs
from app.kernel.record import KEY_FIELDS, KINDS, Record, Root, default_of, noun_of
from app.kernel.watch import Change

if TYPE_CHECKING:
    from app.kernel.work import UnitOfWork

BELONGS = {"owner_id": "user", "team_id": "team", "territory_id": "territory"}


def check_command(work: "UnitOfWork", command: Command) -> None:
    """The right is there, the records that the command names are in sight, and the right is over those of its noun."""
    if not work.actor.may(command.permission):
        raise NotAllowed(permission=command.permission)
    asked = (command.permission, *_asked_in_bulk(work, command))
    for mark, record_id in command.names():
        if mark.new:
            continue
        record = work.get(KINDS[mark.kind], record_id, even_deleted=mark.even_deleted)
        for permission in asked:
            if governs(permission, mark.kind) and not work.may_over(permission, record):
                raise NotAllowed(permission=permission)


def _asked_in_bulk(work: "UnitOfWork", command: Command) -> tuple[str, ...]:
    """The right to change many at once, over each of them; undoing asks for that of what was done, and for no other."""
    if work.issued.group is None:
        return ()
    if not command.in_bulk:
        raise NotInBulk(name=command.verb)
    return (f"{command.permission.partition(':')[0]}:bulk",)


def check_change(work: "UnitOfWork", command: Command, record: Record, change: Change) -> None:
    """No field that is not the actor's to set; nothing made or moved where they may not."""
    check_erased(work, record, change)
    withheld = work.actor.unwritable(change.kind)
    if withheld and record not in work.erased:
        set_fields = change.after.keys() if change.operation == "update" else _filled(record, change)
        for field in sorted((withheld - record.__kept__) & set_fields):
            raise FieldNotAllowed(field=field, kind=change.kind)
    check_unlocked(work, record, change)
    check_guards(work, record, change)
    if isinstance(record, Root) and (change.operation == "insert" or KEY_FIELDS & change.after.keys()):
        _check_belongs(work, record, change)
        _check_place(work, command, record, change)


def _check_belongs(work: "UnitOfWork", record: Root, change: Change) -> None:
    """It belongs to people, teams and territories of this tenant; what comes in by itself goes where it was told to go."""
    is_system = work.tenant_id in work.actor.own
    if is_system or record.__personal__:
        return
    known = work.actor.keys | {work.tenant_id, work.actor.user_id}
    for field, kind in BELONGS.items():
        key = change.after.get(field)
        if key is not None and key not in known:
            work.get(KINDS[kind], key)


def _check_place(work: "UnitOfWork", command: Command, record: Root, change: Change) -> None:
    """What is made is made where its right reaches; moving needs the right to assign where it was."""
    if change.operation == "insert":
        is_its = noun_of(change.kind) == command.permission.partition(":")[0]
        if is_its and not work.may_over(command.permission, record):
            raise NotAllowed(permission=command.permission)
    elif record not in work.returning and not _is_taken(work, change) and not _is_taken_along(work, record, change):
        before = frozenset(change.before.get(field, getattr(record, field)) for field in KEY_FIELDS) - {None}
        permission = f"{noun_of(change.kind)}:assign"
        if not work.actor.may(permission, before):
            raise NotAllowed(permission=permission)


def _is_taken_along(work: "UnitOfWork", record: Root, change: Change) -> bool:
    """It follows what it hangs on, which somebody had the right to move."""
    return change.after.keys() & KEY_FIELDS == {"team_id"} and goes_along(work, record)


def _filled(record: Record, change: Change) -> set[str]:
    """The fields of a new record that hold something else than any new record's."""
    return {field for field, value in change.after.items() if value != default_of(record, field)}


def _is_taken(work: "UnitOfWork", change: Change) -> bool:
    """Somebody makes their own what was nobody's."""
    is_owner_alone = change.after.keys() & KEY_FIELDS == {"owner_id"}
    return is_owner_alone and change.before["owner_id"] is None and change.after["owner_id"] == work.actor.user_id
