"""Ids: time-ordered for what is made once (UUIDv7, RFC 9562), derived for what two sides must name alike."""

from typing import NewType
from uuid import UUID, uuid5

from uuid_utils.compat import uuid7

TenantId = NewType("TenantId", UUID)

NAMESPACE = UUID("6f1d7d2e-2f3b-5c1a-9a51-7f0a8c2f9b10")


def new_id() -> UUID:
    """A fresh id; ids made later sort later."""
    return uuid7()


def derived_id(*parts: UUID | str) -> UUID:
    """The same id for the same parts, on every device: so that the same thing made twice is one thing."""
    return uuid5(NAMESPACE, "\x1f".join(part.hex if isinstance(part, UUID) else part for part in parts))
