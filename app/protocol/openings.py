"""What a console tells of the records that somebody only looked at."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

AT_ONCE = 200  # openings in one request
WINDOW_US = 15 * 60 * 1_000_000  # within which looking at a record again is the same looking


class Opening(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody had a record before them. `opened_at` in the server's time; without it: now."""

    kind: str
    record_id: UUID
    opened_at: Annotated[datetime, Meta(tz=True)] | None = None


class Openings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was opened, oldest first."""

    openings: Annotated[list[Opening], Meta(max_length=AT_ONCE)]


Way = Literal["console", "api", "history"]  # how a record came before somebody's eyes
