"""What a conflict tells whose value gave way: both values, who set them and when, what stood before, and what was joined."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any
from uuid import UUID

import msgspec

from app.kernel.log import Audit, Conflict, plain
from app.kernel.set_words import Turn, in_order
from app.kernel.watch import Change

VALUES = ("value", "won", "original", "lost_turn", "won_turn")  # of `Loss`


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
    lost_turn: Turn | None = None  # of a set field: what either act added and removed; `value` and `won` differ in what met
    won_turn: Turn | None = None

    @property
    def is_set(self) -> bool:
        """Whether the field holds a set: only the words that met gave way."""
        return self.lost_turn is not None

    @property
    def met(self) -> frozenset[str]:
        """Those words."""
        return frozenset(self.value).symmetric_difference(self.won)

    def words(self, choice: str) -> Turn:
        """What brings the words that met to mine, to the original, or keeps both."""
        wanted = {"mine": self.value, "original": self.original, "both": self.met}[choice]
        kept = self.met.intersection(wanted)
        return Turn(in_order(kept), in_order(self.met - kept))

    def is_kept(self, now: Any) -> bool:
        """Whether what won still stands there."""
        return not self.met.intersection(set(now).symmetric_difference(self.won)) if self.is_set else bool(now == self.won)


def loss_of(conflict: Conflict) -> Loss:
    """What the record keeps."""
    return msgspec.convert(dict(conflict.lost), Loss)


def veiled_loss(lost: Mapping[str, Any], field: str, hidden: AbstractSet[str]) -> dict[str, Any]:
    """What a conflict over a field keeps, for somebody from whom fields of its record are hidden: not what they held."""
    told = dict(lost)
    if field in hidden:
        told |= {name: None for name in VALUES if name in told}
    if "joined" in told:
        told["joined"] = [each for each in told["joined"] if each["field"] not in hidden]
    return told


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
