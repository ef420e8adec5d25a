"""Codes with which people choose their passwords, as the server tells of them."""

from datetime import datetime
from uuid import UUID

import msgspec


class NewCode(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody chooses a password with; it is told once and kept nowhere."""

    code: str
    workspace: str
    email: str
    expires_at: datetime


class CodeCard(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who was given a code and has not used it. `is_reset`: they have a password already."""

    user_id: UUID
    is_reset: bool
    created_at: datetime
    created_by: UUID
    expires_at: datetime
    is_over: bool
