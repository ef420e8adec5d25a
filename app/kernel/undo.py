"""Taking back what a command did, as a command of its own."""

from uuid import UUID

from app.kernel.command import Command, handles
from app.kernel.errors import ChangedSince, Refused
from app.kernel.record import KINDS
from app.kernel.work import UnitOfWork


class NothingToUndo(Refused):
    """The command is not known here, or changed nothing."""

    key = "nothing_to_undo"
    text = "There is nothing left to undo."


class Undo(Command, name="undo", permission="undo:create", offline=True, on_conflict="reject"):
    """Take a command back: the inverse of what it changed."""

    command_id: UUID


@handles(Undo)
def undo(work: UnitOfWork, command: Undo) -> None:
    """All or nothing: refused as soon as one field no longer holds what the command put there."""
    past = work.past(command.command_id)
    if not past:
        raise NothingToUndo
    for change in reversed(past):
        record = work.get(KINDS[change.kind], change.record_id, even_deleted=True)
        for field, value in change.after.items():
            if getattr(record, field) != value:
                raise ChangedSince(field=field, id=record.id.hex)
        if change.operation == "insert":
            work.delete(record)
        else:
            for field, value in change.before.items():
                setattr(record, field, value)
