"""What of each kind belongs on a device: a cursor carries it, so that the next pull knows what was gained and lost since."""

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from app.kernel.permissions import Keys
from app.kernel.record import KINDS, root_of

MOST = (1 << 63) - 1  # what a database can compare with
Version = Annotated[int, Meta(ge=0, le=MOST)]
NOTHING: frozenset[str] = frozenset()
NOBODY: Keys = frozenset()


class Sight(msgspec.Struct, frozen=True, array_like=True):
    """Rows whose root has one of the keys and was changed lately enough, or is pinned; without what is hidden."""

    keys: frozenset[UUID] = NOBODY  # of every kind that has no keys of its own
    apart: dict[str, frozenset[UUID] | None] = {}  # kinds with other keys; None: no key is needed
    floor: Version = 0  # of kinds of which a device may keep the recent ones: roots last changed up to here are not on it
    pins: dict[str, frozenset[UUID]] = {}  # roots that are on the device whatever else is said; of a kind below, where others
    hidden: dict[str, frozenset[str]] = {}  # kind → columns that do not travel

    def of(self, kind: str) -> Keys | None:
        """The keys that bring a record of the kind into sight, by its root; None: all are."""
        return self.apart.get(kind, self.keys)

    def floor_of(self, kind: str) -> int:
        """The change number above which the kind's roots are on the device."""
        return self.floor if is_recent(kind) else 0

    def hidden_of(self, kind: str) -> frozenset[str]:
        """The kind's columns that do not travel."""
        return self.hidden.get(kind, NOTHING)

    def pins_of(self, kind: str) -> Keys:
        """The pinned roots of the kind, or above it."""
        if kind in self.pins:
            return self.pins[kind]
        root = root_of(KINDS[kind])
        return self.pins.get(root.__tablename__, NOBODY) if root is not None else NOBODY


def is_recent(kind: str) -> bool:
    """Whether a device may keep only the recent ones of the kind."""
    root = root_of(KINDS[kind])
    return root is not None and root.__recent__


def is_less(before: Sight, after: Sight) -> bool:
    """Whether something that was on the device before must go."""
    if after.floor > before.floor or any(pinned - after.pins_of(kind) for kind, pinned in before.pins.items() if kind in KINDS):
        return True
    return any(is_narrower(before.of(kind), after.of(kind)) or after.hidden_of(kind) - before.hidden_of(kind) for kind in KINDS)


def is_narrower(before: Keys | None, after: Keys | None) -> bool:
    """Whether a key that counted no longer does."""
    return after is not None and (before is None or bool(before - after))
