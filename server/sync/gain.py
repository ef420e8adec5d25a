"""What a sight has gained over another one, kind by kind."""

import msgspec

from app.kernel.permissions import Keys
from app.kernel.record import KINDS
from app.protocol.sight import NOBODY, Sight
from server.sync.news import CONFLICT

EVERYTHING = (1 << 63) - 1
NONE = -1


class Gain(msgspec.Struct, frozen=True):
    """Which older rows of a kind must be told now: of these keys, of roots up to a change number, of these roots."""

    keys: Keys = NOBODY
    below: int = NONE
    pins: Keys = NOBODY

    def __bool__(self) -> bool:
        return bool(self.keys or self.pins) or self.below > NONE


def gain(before: Sight, after: Sight, kind: str) -> Gain:
    """Of one kind."""
    had, has = before.of(kind), after.of(kind)
    below = NONE
    if after.floor_of(kind) < before.floor_of(kind):
        below = before.floor
    if (has is None and had is not None) or _is_shown_more(before, after, kind):
        below = EVERYTHING
    keys = has - had if has is not None and had is not None else NOBODY
    return Gain(keys, below, after.pins_of(kind) - before.pins_of(kind))


def _is_shown_more(before: Sight, after: Sight, kind: str) -> bool:
    """Whether a column is no longer hidden: every row of the kind is told anew, and so is what tells of its fields."""
    kinds = KINDS if kind == CONFLICT else (kind,)
    return any(before.hidden_of(each) - after.hidden_of(each) for each in kinds)
