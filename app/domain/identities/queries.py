"""Numbers and addresses, one at a time."""

from uuid import UUID

import msgspec

from app.domain.identities.records import Identity
from app.kernel.reader import Reader
from app.kernel.shown import shows


@shows(Identity)
class IdentityRow(msgspec.Struct, frozen=True, kw_only=True):
    """A number or address by itself."""

    id: UUID
    kind: str
    value: str
    shown: str
    is_valid: bool
    country: str
    bounced: str | None
    version: int


def identity(reader: Reader, identity_id: UUID) -> IdentityRow:
    """One number or address; `NotHere` when there is none."""
    return msgspec.convert(reader.get(Identity, identity_id), IdentityRow, from_attributes=True)
