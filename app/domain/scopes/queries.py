"""What a person keeps on their devices."""

from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row

from app.domain.scopes.records import DeviceScope, Pin
from app.kernel.reader import Reader


class ScopeCard(msgspec.Struct, frozen=True, kw_only=True):
    """The rules of one device."""

    device: str
    groups: list[UUID] | None  # nothing: all
    days: int  # 0: all


class PinCard(msgspec.Struct, frozen=True, kw_only=True):
    """A pinned record."""

    kind: str
    record_id: UUID
    device: str  # empty: on all


def device_scopes(reader: Reader) -> list[ScopeCard]:
    """The rules of the reader's own devices."""
    mine = reader.select(DeviceScope).where(DeviceScope.owner_id == reader.actor.user_id)
    return [_scope(row) for row in reader.all(mine.order_by(DeviceScope.device))]


def pins(reader: Reader) -> list[PinCard]:
    """What the reader has pinned."""
    rows = reader.all(reader.select(Pin).where(Pin.owner_id == reader.actor.user_id).order_by(Pin.id))
    return [PinCard(kind=row.kind, record_id=row.record_id, device=row.device) for row in rows]


def _scope(row: Row[Any]) -> ScopeCard:
    only = row.groups.get("only")
    return ScopeCard(device=row.device, groups=None if only is None else [UUID(each) for each in only], days=row.days)
