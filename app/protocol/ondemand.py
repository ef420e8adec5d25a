"""What a console asks about that it does not hold: one record, and how much it would hold under other rules."""

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

MOST_DAYS = 3650  # as of a device's scope


class Rules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a device would keep (app.domain.scopes)."""

    groups: list[UUID] | None = None
    days: Annotated[int, Meta(ge=0, le=MOST_DAYS)] = 0


class KindSize(msgspec.Struct, frozen=True, kw_only=True):
    """Of one kind; the bytes are those of the rows themselves, told from a sample."""

    rows: int
    size_bytes: int


class Size(msgspec.Struct, frozen=True, kw_only=True):
    """What a device would hold."""

    kinds: dict[str, KindSize]

    @property
    def rows(self) -> int:
        """Of all kinds."""
        return sum(each.rows for each in self.kinds.values())

    @property
    def size_bytes(self) -> int:
        """Of all kinds."""
        return sum(each.size_bytes for each in self.kinds.values())
