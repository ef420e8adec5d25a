"""The doors for what the breaker holds: see it, and say that it is meant."""

from typing import Any

import msgspec
from aiohttp import web

from app.kernel.columns import moment_from_us
from app.kernel.errors import BadValue, NotHere
from app.kernel.text import storable
from server.database.breaker import Hold, allow, holds
from server.database.trail import Event, telling
from server.features.body import whole
from server.features.keys import SESSION, STORES

RIGHT = "device:confirm"
MOST_BYTES = 64 << 10


class Allow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The deletions of this device are meant."""

    device: str


class Holds(msgspec.Struct, frozen=True, kw_only=True):
    """What waits for a word of the caller's."""

    holds: list[Hold]


async def list_holds(request: web.Request) -> web.Response:
    """Of one's own devices; of everybody's for who may confirm them."""
    store, whose = await _whose(request)
    found = await store.look(lambda connection: holds(connection, store.tenant_id, whose))
    return web.Response(body=msgspec.json.encode(Holds(holds=found)), content_type="application/json")


async def allow_device(request: web.Request) -> web.Response:
    """Let a device's deletions through for a while; 404 when none of the caller's are held."""
    store, whose = await _whose(request)
    try:
        device = storable(msgspec.json.decode(await whole(request, MOST_BYTES), type=Allow).device)
    except msgspec.MsgspecError as error:
        raise BadValue(field="device", value="", hint=str(error)) from error
    session, now_us = request[SESSION], store.now_us()
    event = Event(
        verb="device.confirm", actor_id=session.user_id, device=session.device, address=request.remote or "", kind="device",
        fields={"device": device},
    )  # fmt: skip

    let_through = telling(
        store.tenant_id, event, now_us, lambda each: allow(each, store.tenant_id, device, whose, moment_from_us(now_us))
    )
    if not await store.change(let_through):
        raise NotHere(kind="hold", id=device)
    return web.Response(status=204)


async def _whose(request: web.Request) -> tuple[Any, Any]:
    """The store, and whose holds the caller may settle (nobody's in particular: everybody's)."""
    session = request[SESSION]
    store = request.app[STORES].of(session.tenant_id)
    actor = await store.look(lambda connection: store.authority.actor(session.user_id, connection))
    return store, None if actor.may(RIGHT) else session.user_id
