"""Who is here, as the server tells those who may watch: how colleagues stand, and what they work on right now."""

from datetime import datetime
from uuid import UUID

import msgspec


class CallNow(msgspec.Struct, frozen=True, kw_only=True):
    """The call that somebody is on; where it can be found only for who sees it."""

    direction: str
    since: datetime
    conversation_id: UUID | None = None
    title: str = ""


class DoingNow(msgspec.Struct, frozen=True, kw_only=True):
    """The conversation that somebody looks at or types in, and when their console last said so."""

    doing: str
    conversation_id: UUID
    title: str
    said_at: datetime


class Colleague(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody whom one may watch; what they work on only as far as it is in sight."""

    user_id: UUID
    name: str
    state: str
    state_since: datetime | None
    call: CallNow | None = None
    doing: DoingNow | None = None
    may_force: bool = False  # whether the caller may set their state


class WhoIsHere(msgspec.Struct, frozen=True, kw_only=True):
    """Everybody whom one may watch, by name, as of a moment."""

    as_of: datetime
    colleagues: list[Colleague]
