"""The doors for devices: one's own, and for administrators everybody's; a revoked one destroys its copy at its next contact."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from aiohttp import web
from msgspec import Meta

from app.domain.users.queries import user
from app.kernel.columns import moment_from_us
from app.kernel.errors import NotAllowed, NotHere
from app.kernel.reader import Reader
from server.database.devices import KnownDevice, devices_of, signed_in_devices
from server.features.keys import SESSION, STORES
from server.web.dispatch import Door, read_id
from server.web.sign_in import GATE

Text = Annotated[str, Meta(min_length=1, max_length=1000)]
State = Literal["signed_in", "signed_out", "revoked", "wiped"]


class DeviceCard(msgspec.Struct, frozen=True, kw_only=True):
    """A machine that somebody signed in from; `revoked` waits for its next contact, `wiped` has told that its copy is gone."""

    id: UUID
    name: str
    address: str
    first_seen: datetime
    last_seen: datetime
    state: State
    is_this_one: bool
    revoked_at: datetime | None = None
    revoked_for: str | None = None


class Revocation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why: `lost` shows whoever holds the device nothing at all; `retired` shows its person what was not sent yet."""

    reason: Literal["lost", "retired"] = "lost"


class Wiped(msgspec.Struct, frozen=True, kw_only=True):
    """The last refresh token of a revoked device, which says that it holds nothing any more."""

    refresh_token: Text
    device: Text


async def _own(request: web.Request, _body: Any) -> list[DeviceCard]:
    return await _cards(request, request[SESSION].user_id)


async def _cards(request: web.Request, user_id: UUID) -> list[DeviceCard]:
    own = request[SESSION]
    store = request.app[STORES].of(own.tenant_id)
    now = moment_from_us(store.now_us())
    known = await store.look(lambda each: devices_of(each, own.tenant_id, user_id))
    inside = await store.look(lambda each: signed_in_devices(each, own.tenant_id, user_id, now))
    return [
        DeviceCard(
            id=each.id, name=each.name, address=each.address, first_seen=each.first_seen, last_seen=each.last_seen,
            state=_state(each, is_inside=each.device in inside), revoked_at=each.revoked_at, revoked_for=each.revoked_for,
            is_this_one=user_id == own.user_id and each.device == own.device,
        )
        for each in known
    ]  # fmt: skip


def _state(device: KnownDevice, *, is_inside: bool) -> State:
    if device.revoked_at is not None:
        return "revoked" if device.wiped_at is None else "wiped"
    return "signed_in" if is_inside else "signed_out"


async def _revoke_own(request: web.Request, body: Revocation) -> None:
    await _revoke_one(request, request[SESSION].user_id, body)


async def _revoke_one(request: web.Request, user_id: UUID, body: Revocation) -> None:
    device_id = read_id(request.match_info["id"], request.path)
    if not await request.app[GATE].revoke(
        request[SESSION], user_id, reason=body.reason, only=device_id, address=request.remote or ""
    ):
        raise NotHere(kind="device", id=device_id.hex)


async def _revoke_others(request: web.Request, body: Revocation) -> list[UUID]:
    own = request[SESSION]
    return [
        each.id
        for each in await request.app[GATE].revoke(
            own, own.user_id, reason=body.reason, but=own.device, address=request.remote or ""
        )
    ]


async def _of_user(request: web.Request, _body: Any) -> list[DeviceCard]:
    return await _cards(request, await _somebody(request, "device:read"))


async def _revoke_of_user(request: web.Request, body: Revocation) -> None:
    await _revoke_one(request, await _somebody(request, "device:revoke"), body)


async def _revoke_all_of_user(request: web.Request, body: Revocation) -> list[UUID]:
    somebody = await _somebody(request, "device:revoke")
    return [
        each.id
        for each in await request.app[GATE].revoke(request[SESSION], somebody, reason=body.reason, address=request.remote or "")
    ]


async def _somebody(request: web.Request, permission: str) -> UUID:
    """The person that the path names, if the caller may do this to them."""
    own = request[SESSION]
    user_id = read_id(request.match_info["user_id"], request.path)

    def check(reader: Reader) -> None:
        if not reader.actor.may(permission):
            raise NotAllowed(permission=permission)
        user(reader, user_id)

    await request.app[STORES].of(own.tenant_id).read(check, own.user_id)
    return user_id


async def _wiped(request: web.Request, body: Wiped) -> None:
    await request.app[GATE].wiped(body.refresh_token, body.device)


DOORS = (
    Door(
        method="GET", path="/devices", name="devices", tag="devices", summary="The machines that you signed in from.", serve=_own,
        answers=list[DeviceCard],
    ),
    Door(
        method="POST", path="/devices/{id}/revoke", name="revoke_device", tag="devices",
        summary="End one of your devices: its copy is destroyed at its next contact.", serve=_revoke_own, body=Revocation,
    ),
    Door(
        method="POST", path="/devices/revoke-others", name="revoke_other_devices", tag="devices",
        summary="End all your devices but this one.", serve=_revoke_others, body=Revocation, answers=list[UUID],
    ),
    Door(
        method="GET", path="/users/{user_id}/devices", name="user_devices", tag="devices",
        summary="The machines that somebody signed in from.", serve=_of_user, answers=list[DeviceCard],
    ),
    Door(
        method="POST", path="/users/{user_id}/devices/{id}/revoke", name="revoke_user_device", tag="devices",
        summary="End one of somebody's devices for good.", serve=_revoke_of_user, body=Revocation,
    ),
    Door(
        method="POST", path="/users/{user_id}/devices/revoke", name="revoke_user_devices", tag="devices",
        summary="End all of somebody's devices.", serve=_revoke_all_of_user, body=Revocation, answers=list[UUID],
    ),
    Door(
        method="POST", path="/devices/wiped", name="device_wiped", tag="devices",
        summary="A revoked device tells that it holds nothing any more.", serve=_wiped, body=Wiped, is_public=True,
    ),
)  # fmt: skip
