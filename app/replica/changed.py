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
    """From touches ("kind:id", "kind:*"); a kind that stands alone has changed in more rows than anybody named."""
    split: list[tuple[str, str]] = [(kind, key) for kind, _, key in (touch.partition(":") for touch in touches) if kind]
    kinds, keys = {kind for kind, _ in split}, {key for _, key in split if key not in {"*", ""}}
    is_named = kinds == {kind for kind, key in split if key not in {"*", ""}}
    ids = frozenset(UUID(hex=key) for key in keys) if is_named and len(keys) <= MANY else None
    return Changed(kinds=frozenset(kinds), ids=ids)
