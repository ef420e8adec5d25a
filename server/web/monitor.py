"""The door for who is here: colleagues, how they stand and what they work on, for who may watch them."""

from typing import Any

from aiohttp import web

from app.kernel.columns import moment_from_us
from app.protocol.monitor import WhoIsHere
from server.features.keys import SESSION, STORES
from server.sync.endpoints import live_of
from server.sync.monitor import who_is_here
from server.web.dispatch import Door


async def _presences(request: web.Request, _body: Any) -> WhoIsHere:
    session = request[SESSION]
    store = request.app[STORES].of(session.tenant_id)
    said = live_of(request.app, store).whereabouts.presences.all()
    now = moment_from_us(store.now_us())
    return await store.read(lambda reader: who_is_here(reader, said, now), session.user_id)


DOORS = (
    Door(
        method="GET", path="/presences", name="presences", tag="users",
        summary="Who is here, how they stand and what they work on.", serve=_presences, answers=WhoIsHere,
    ),
)  # fmt: skip
