"""The doors of sync: push, pull and live over aiohttp."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any
from uuid import UUID

from aiohttp import WSCloseCode, WSMsgType, web
from sqlalchemy import Connection

from app.kernel.errors import BadValue, NotAllowed, PatchbayError
from app.kernel.tasks import TaskRunner
from app.protocol.codec import CONTENT_TYPE, framed, pack, unpack
from app.protocol.converters import in_todays_words
from app.protocol.cursor import Cursor, cursor_from_text
from app.protocol.envelopes import Answer, Push, without_hold
from app.protocol.live import FromConsole, Hello, Welcome
from app.protocol.version import HOLDS, PROTOCOL, RIGHTS_FIRST, SIGHT, check_console
from server.database.sessions import SignedIn
from server.features.body import whole
from server.features.keys import SESSION, STORES
from server.sync.holds import allow_device, list_holds
from server.sync.hub import Line
from server.sync.live import Live
from server.sync.news import ORDER
from server.sync.ondemand import record, size
from server.sync.pull import Pull
from server.sync.scope import sight_on
from server.sync.sending import Sending
from server.sync.store import Store

MAX_PUSH_BYTES, MAX_UNPACKED_BYTES = 16 << 20, 64 << 20  # a console sends about 1 MiB at once, unless one command is longer
MAX_CURSOR_BYTES = 1 << 20
PAGES_A_SNAPSHOT = 8  # then the next snapshot: a slow console must not hold a reader's thread
HELLO_TIMEOUT_S = 10.0
HEARTBEAT_S, SOONEST = 20.0, 0.7  # each socket's own: those that came together must not be asked together
GOODBYES_A_SECOND, LONGEST_GOODBYE_S = 500, 3.0


class Lives:
    """The live side of every tenant that a console is connected to."""

    def __init__(self) -> None:
        self.tasks = TaskRunner()
        self.sockets: dict[web.WebSocketResponse, SignedIn] = {}
        self._lives: dict[UUID, Live] = {}

    def of(self, store: Store) -> Live:
        """A tenant's; begins to listen when first asked for."""
        live = self._lives.get(store.tenant_id)
        if live is None:
            live = self._lives[store.tenant_id] = Live(store, self.tasks)
        return live

    async def close(self) -> None:
        """End every connection's tasks and hear no more commits."""
        for live in self._lives.values():
            live.close()
        await self.tasks.close()


FROM_CONSOLE: Any = FromConsole  # a union, where the codec's signature knows classes
LIVES = web.AppKey("lives", Lives)


def add_sync_routes(app: web.Application) -> None:
    """Mount the doors; `request["session"]` must be there when they are knocked at, and `app["stores"]`."""
    app[LIVES] = Lives()
    app.router.add_post("/sync/push", push)
    app.router.add_get("/sync/pull", pull)
    app.router.add_post("/sync/pull", pull)
    app.router.add_get("/sync/live", live)
    app.router.add_get("/sync/record/{kind}/{id}", record)
    app.router.add_post("/sync/size", size)
    app.router.add_get("/sync/holds", list_holds)
    app.router.add_post("/sync/holds/allow", allow_device)
    app.on_shutdown.append(_hang_up)
    app.on_cleanup.append(_close)


def live_of(app: web.Application, store: Store) -> Live:
    """A tenant's connections and presences, for the parts of the server that tell people something."""
    return app[LIVES].of(store)


async def push(request: web.Request) -> web.Response:
    """Commands in, outcomes out."""
    session, store = _who(request)
    told = unpack(await whole(request, MAX_PUSH_BYTES), Push, most_bytes=MAX_UNPACKED_BYTES)
    check_console(told.protocol)
    if any(issued.actor_id != session.user_id for issued in told.commands):
        raise NotAllowed(permission="sync:push as somebody else")
    commands = [in_todays_words(issued) for issued in told.commands]
    address, device = request.remote or "", session.device
    outcomes = await store.write(lambda: store.authority.carry_out(commands, address=address, device=device))
    if told.protocol < HOLDS:
        outcomes = [without_hold(each) for each in outcomes]
    return web.Response(body=pack(Answer(server_us=store.now_us(), outcomes=outcomes)), content_type=CONTENT_TYPE)


async def pull(request: web.Request) -> web.StreamResponse:
    """Pages until there are no more; each can be the last that arrives."""
    session, store = _who(request)
    spoken = _protocol(request)
    check_console(spoken, SIGHT)
    text = (
        (await whole(request, MAX_CURSOR_BYTES)).decode("ascii", "replace")
        if request.method == "POST"
        else request.query.get("cursor", "")
    )
    cursor = cursor_from_text(text) if text else Cursor()
    order = ORDER if spoken >= RIGHTS_FIRST else 0
    pages, place = await _some_pages(store, session, cursor, order, is_first=True)
    response = web.StreamResponse(headers={"Content-Type": CONTENT_TYPE})
    with suppress(ConnectionResetError):  # the console went away: it begins where its last page ended
        await response.prepare(request)
        while place.place is not None:
            (pages, place), _ = await asyncio.gather(_some_pages(store, session, place, order), response.write(pages))
        await response.write(pages)
        await response.write_eof()
    return response


async def _some_pages(
    store: Store, session: SignedIn, cursor: Cursor, order: int, *, is_first: bool = False
) -> tuple[bytes, Cursor]:
    def read(connection: Connection) -> tuple[bytes, Cursor]:
        actor = store.authority.actor(session.user_id, connection)
        sight = sight_on(connection, store.tenant_id, actor, session.device, store.now_us())
        puller = Pull(connection, store.tenant_id, sight, store.now_us(), order=order)
        written, place = [], cursor
        for number in range(PAGES_A_SNAPSHOT):
            page = puller.page(place, is_first=is_first and not number)
            written.append(framed(pack(page)))
            place = page.end
            if place.place is None:
                break
        return b"".join(written), place

    return await store.look(read)


async def live(request: web.Request) -> web.WebSocketResponse:
    """The live socket: the console says hello and where it stands, and hears what concerns it."""
    session, store = _who(request)
    lives = request.app[LIVES]
    here = lives.of(store)
    glass = await here.glass_of(session.user_id, session.device)
    heartbeat_s = HEARTBEAT_S * random.uniform(SOONEST, 1)  # noqa: S311  # spreads, hides nothing
    socket = web.WebSocketResponse(heartbeat=heartbeat_s, compress=False, max_msg_size=MAX_CURSOR_BYTES)
    try:
        await socket.prepare(request)
    except ConnectionResetError:  # the console is gone already
        return socket
    lives.sockets[socket] = session
    line = Line(session.user_id, session.device, glass, Sending(socket, request))
    try:
        await _talk(socket, here, line, store)
    except PatchbayError as error:
        await socket.close(code=WSCloseCode.POLICY_VIOLATION, message=error.key.encode())
    finally:
        here.leave(line)
        lives.sockets.pop(socket, None)
    return socket


async def _talk(socket: web.WebSocketResponse, here: Live, line: Line, store: Store) -> None:
    async for message in _messages(socket):
        if isinstance(message, Hello):
            check_console(message.protocol)
            here.hub.join(line)
            line.send(pack(Welcome(server_us=store.now_us())))
        elif line not in here.hub.lines:
            raise BadValue(field="message", value=type(message).__name__, hint="Say hello first.")
        await here.hear(line, message)


async def _messages(socket: web.WebSocketResponse) -> AsyncIterator[FromConsole]:
    timeout_s: float | None = HELLO_TIMEOUT_S
    while True:
        try:
            message = await socket.receive(timeout_s)
        except TimeoutError:
            return
        if message.type is not WSMsgType.BINARY:
            return
        said: FromConsole = unpack(message.data, FROM_CONSOLE, most_bytes=MAX_CURSOR_BYTES)
        yield said
        timeout_s = None


def _protocol(request: web.Request) -> int:
    text = request.query.get("protocol", str(PROTOCOL))
    return int(text) if text.isdecimal() else 0


def _who(request: web.Request) -> tuple[SignedIn, Store]:
    session = request[SESSION]
    return session, request.app[STORES].of(session.tenant_id)


async def _hang_up(app: web.Application) -> None:
    """Many are told over a moment: they come back at once, and to somebody."""
    sockets = set(app[LIVES].sockets)
    spread_s = min(len(sockets) / GOODBYES_A_SECOND, LONGEST_GOODBYE_S)

    async def say_goodbye(socket: web.WebSocketResponse) -> None:
        await asyncio.sleep(random.uniform(0, spread_s))  # noqa: S311  # spreads, hides nothing
        await socket.close(code=WSCloseCode.GOING_AWAY)

    await asyncio.gather(*(say_goodbye(socket) for socket in sockets))


async def _close(app: web.Application) -> None:
    await app[LIVES].close()
