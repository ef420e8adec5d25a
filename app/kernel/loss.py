"""What a conflict tells whose value gave way: both values, who set them and when, what stood before, and what was joined."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import msgspec

from app.kernel.log import Audit, Conflict, plain
from app.kernel.watch import Change


class Joined(msgspec.Struct, frozen=True, kw_only=True):
    """A field of the same record that only one side had changed: kept without asking."""

    field: str
    before: Any
    after: Any
    by: UUID


class Loss(msgspec.Struct, frozen=True, kw_only=True):
    """The two acts that met in one field; values as JSON holds them."""

    value: Any  # what gave way
    by: UUID
    acted_us: int
    won: Any
    won_by: UUID
    won_us: int
    original: Any  # what both had seen
    permission: str  # of the command that set the field: who may not give it may not bring the value back
    is_whole: bool = False  # set together with other fields: they are settled as one
    joined: list[Joined] = []


def loss_of(conflict: Conflict) -> Loss:
    """What the record keeps."""
    return msgspec.convert(dict(conflict.lost), Loss)


def original_of(field: str, unseen: Iterable[Audit]) -> Any:
    """The field as it was before the first of these changes (oldest first)."""
    return next(audit.fields[field][0] for audit in unseen if field in audit.fields)


def joined_of(lost: frozenset[str], own: Change | None, actor_id: UUID, unseen: Sequence[Audit], device: str) -> list[Joined]:
    """What both sides changed beside the fields that met, the last change of each field."""
    found = {
        field: Joined(field=field, before=before, after=after, by=audit.actor_id)
        for audit in unseen
        if audit.device != device
        for field, (before, after) in audit.fields.items()
    }
    if own is not None:
        found |= {
            field: Joined(field=field, before=plain(own.before[field]), after=plain(value), by=actor_id)
            for field, value in own.after.items()
        }
    return [each for field, each in sorted(found.items()) if field not in lost and field != "deleted_at"]
