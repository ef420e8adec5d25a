"""The machines that people are signed in from, as the server lists them; ending one for good."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from app.sync.rest import Rest

Reason = Literal["lost", "retired"]


class DeviceCard(msgspec.Struct, frozen=True, kw_only=True):
    """One machine. `state`: signed_in, signed_out, revoked (waits for its next contact), wiped."""

    id: UUID
    name: str
    address: str
    first_seen: datetime
    last_seen: datetime
    state: str
    is_this_one: bool
    revoked_at: datetime | None = None
    revoked_for: str | None = None


class Revocation(msgspec.Struct, frozen=True, kw_only=True):
    """Why a device is ended."""

    reason: Reason


class HeldDevice(msgspec.Struct, frozen=True, kw_only=True):
    """A device whose deletions the server has stopped because they are so many."""

    device: str
    user_id: UUID
    kind: str
    count: int
    total: int
    held_at: datetime


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """All of them."""

    holds: list[HeldDevice] = []


class Devices:
    """Asks the server: without it nothing is known and nothing can be ended."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest

    async def list(self, user_id: UUID | None = None) -> list[DeviceCard]:
        """One's own, or somebody's; `NotAllowed` without the right to."""
        return await self._rest.get(_path(user_id), list[DeviceCard])

    async def revoke(self, device_id: UUID, reason: Reason, user_id: UUID | None = None) -> None:
        """End one: its copy is destroyed at its next contact, and its live socket cut now."""
        await self._rest.post(f"{_path(user_id)}/{device_id}/revoke", Revocation(reason=reason))

    async def revoke_others(self, reason: Reason, user_id: UUID | None = None) -> None:
        """End all of one's own but this one, or all of somebody's."""
        await self._rest.post(f"{_path(user_id)}/{'revoke-others' if user_id is None else 'revoke'}", Revocation(reason=reason))

    async def held(self) -> Sequence[HeldDevice]:
        """Those whose deletions wait for a word: one's own, or everybody's for who may confirm them."""
        async with self._rest.link.asked("GET", "/sync/holds", is_told=True) as response:
            return msgspec.json.decode(await response.aread(), type=Held).holds

    async def allow(self, device: str) -> None:
        """Let a device's deletions through for a while; its person still sends them."""
        await self._rest.link.allow_deletions(device)


def _path(user_id: UUID | None) -> str:
    return "/devices" if user_id is None else f"/users/{user_id}/devices"
