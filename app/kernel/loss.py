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
    """A field of the same record in which nothing met: kept without asking. Of a set that several acts changed, one of them."""

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


def joined_of(
    left_out: frozenset[str], own: Change | None, actor_id: UUID, others: Sequence[Audit], sets: AbstractSet[str]
) -> list[Joined]:
    """What both sides changed beside the fields that met: the last change of each field, and of a set the change of each act."""
    found: dict[str, list[Joined]] = {}
    told = [(field, Joined(field=field, before=was, after=now, by=audit.actor_id)) for audit in others
            for field, (was, now) in audit.fields.items()]  # fmt: skip
    if own is not None:
        told += [(field, Joined(field=field, before=plain(own.before[field]), after=plain(now), by=actor_id))
                 for field, now in own.after.items()]  # fmt: skip
    for field, each in told:
        found[field] = [*(found.get(field, ()) if field in sets else ()), each]
    return [each for field, acts in sorted(found.items()) if field not in left_out and field != "deleted_at" for each in acts]
