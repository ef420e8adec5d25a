"""What a person does with a value of theirs that gave way; the unit of work keeps such values (`app.kernel.loss`)."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

import msgspec

from app.domain.conflicts.rules import Choice
from app.kernel.command import Command, Ref, handles
from app.kernel.errors import BadValue, NotAllowed
from app.kernel.log import Conflict
from app.kernel.loss import Loss, loss_of
from app.kernel.record import KINDS, Record
from app.kernel.work import UnitOfWork

ConflictId = Annotated[UUID, Ref("conflict")]


class SettleConflict(Command, name="conflict.settle", permission="conflict:settle", offline=True):
    """Mine: set the lost value again over what stands there now. Theirs: leave it. Original: what both had seen.

    Both, of fields that hold sets: every word that either has.
    """

    conflict_id: ConflictId
    choice: Choice


@handles(SettleConflict)
def settle_conflict(work: UnitOfWork, command: SettleConflict) -> Conflict:
    """Fields that were set together are settled together. Nothing is lost: all values stay in the history."""
    conflict = work.get(Conflict, command.conflict_id)
    losses = {each: loss_of(each) for each in _together(work, conflict)}
    if command.choice == "both" and not all(each.is_set for each in losses.values()):
        raise BadValue(field="choice", value="both", hint="Only sets keep both: choose mine, theirs or original.")
    if command.choice != "theirs":
        _set(work, conflict, losses, command.choice)
    for each in losses:
        work.delete(each)
    return conflict


def _together(work: UnitOfWork, conflict: Conflict) -> Sequence[Conflict]:
    if not loss_of(conflict).is_whole:
        return [conflict]
    of_it = (Conflict.command_id == conflict.command_id, Conflict.record_id == conflict.record_id)
    return [each for each in work.find(Conflict, *of_it) if loss_of(each).is_whole and each.owner_id == conflict.owner_id]


def _set(work: UnitOfWork, conflict: Conflict, losses: dict[Conflict, Loss], choice: Choice) -> None:
    """As the command that set the fields would: for the right to settle gives no right to change a record."""
    record = work.get(KINDS[conflict.record_kind], conflict.record_id)
    for loss in losses.values():
        if not work.may_over(loss.permission, record):
            raise NotAllowed(permission=loss.permission)
    for each, loss in losses.items():
        work.edit(record, {each.field: loss.words(choice) if loss.is_set else _value(record, each.field, loss, choice)})


def _value(record: Record, field: str, loss: Loss, choice: Choice) -> Any:
    value = loss.value if choice == "mine" else loss.original
    return value if value is None else msgspec.convert(value, type(record).__mapper__.columns[field].type.python_type)
