"""What is told to open screens after each commit of the replica."""

from collections.abc import Iterable
from uuid import UUID

import msgspec

MANY = 500


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of these kinds changed; which, unless they are too many to name."""

    kinds: frozenset[str]
    ids: frozenset[UUID] | None = None


def changed(touches: Iterable[str]) -> Changed:
    """From touches ("kind:id", "kind:*")."""
    split: list[tuple[str, str]] = [(kind, key) for kind, _, key in (touch.partition(":") for touch in touches)]
    keys = {key for _, key in split if key not in {"*", ""}}
    ids = frozenset(UUID(hex=key) for key in keys) if len(keys) <= MANY else None
    return Changed(kinds=frozenset(kind for kind, _ in split if kind), ids=ids)
