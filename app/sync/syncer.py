"""Drives the protocol: holds the live socket, pushes when something waits, pulls when something is new."""

import asyncio
import logging
import random
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import WebSocketException

from app.kernel.clock import NowUs, system_now_us
from app.kernel.command import Command
from app.kernel.errors import NeedsServer, NotHere, PatchbayError
from app.kernel.tasks import Refresh, TaskRunner
from app.protocol.codec import pack, unpack
from app.protocol.envelopes import Block, Outcome, refusal_of
from app.protocol.live import FromConsole, FromServer, Hello, News, Poke, Presence, Standing, Welcome
from app.protocol.ondemand import Rules, Size
from app.protocol.sign_in import DeviceRevoked
from app.protocol.version import check_server
from app.replica.thread import ReplicaThread
from app.sync.backoff import Backoff
from app.sync.errors import ServerAway, ServerTrouble, SignedOut
from app.sync.exchange import Exchange
from app.sync.line import PING_S, LineWatch
from app.sync.server import NOT_FOUND, ServerLink, Token
from app.sync.state import SyncState

if TYPE_CHECKING:
    from app.domain.search.queries import Found

log = logging.getLogger(__name__)
FROM_SERVER: Any = FromServer  # a union, where the codec's signature knows classes
WAKE_PING_S = 2.0
LOOK_S, LEAP_S = 1.0, 3.0  # how often the two clocks are compared; by how much they may differ


class Syncer:
    """Keeps one replica and its server equal, as long as it is started."""

    def __init__(
        self, replica: ReplicaThread, url: str, *, token: Token, refresh: Token, now_us: NowUs = system_now_us, verify: Any = True
    ) -> None:
        self.state = SyncState()
        self._replica, self._now_us = replica, now_us
        self.on_contact: Callable[[int], None] = lambda _server_us: None  # told the server's time whenever it greets
        self.link = self._server = ServerLink(url, token, refresh, verify=verify)
        self.on_skew: Callable[[int], None] = lambda _skew_us: None  # what this device's clock lacks to the server's
        self._exchange = Exchange(replica, self._server, now_us)
        self._tasks = TaskRunner()
        self._counting = Refresh(self._tasks, self.recount, name="sync-count")
        self._backoff = Backoff(random.random)
        self._wake, self._due = asyncio.Event(), asyncio.Event()
        self._is_news = self._is_pulling = False
        self._socket: ClientConnection | None = None
        self._fault: PatchbayError | None = None
        self._skew_us = 0
        self._watchers: list[Callable[[SyncState], None]] = []
        self._presence_watchers: list[Callable[[Presence], None]] = []
        self._stop_listening: Callable[[], None] = lambda: None

    # ── for the desk ───────────────────────────────────────────────────────────────────────────────────────────────────

    def start(self) -> None:
        """Begin, or begin again after `stop`; with the event loop running."""
        self._stop_listening = self._replica.on_queued(self._queued)
        self._tasks.start(self._stay_connected(), name="sync")
        self._tasks.start(self._watch_clock(), name="sync-clock")

    async def stop(self) -> None:
        """End; what waits is sent next time."""
        self._stop_listening()
        await self._tasks.close()
        await self._server.close()
        self._set(kind="offline")

    def wake(self) -> None:
        """The network is back, or the lid was opened: try at once, and do not trust the old line."""
        self._wake.set()
        if self._socket is not None:
            self._tasks.start(self._test_line(self._socket), name="sync-test")

    async def search(self, typed: str, limit: int, after: str | None = None) -> "Found":
        """What the server finds; `after` goes on with one kind. `ServerAway` or `ServerTrouble` when it can't be asked."""
        from app.domain.search.queries import Found  # not before the first search

        query = {"q": typed, "limit": str(limit), "typing": "true"} | ({"after": after} if after else {})
        return msgspec.json.decode(await self._server.ask("/search", query), type=Found)

    async def ask(self, command: Command) -> Outcome:
        """Have the server do it now; raises what it refuses with, and `NeedsServer` when it is out of reach."""
        issued = await self._replica.issue(command)
        try:
            outcome = await self._exchange.push_one(issued)
        except (ServerAway, ServerTrouble) as error:
            raise NeedsServer from error
        if outcome.status == "rejected":
            raise refusal_of(outcome)
        await self._replica.note_done(issued, outcome.version)
        self._pull_soon()
        return outcome

    async def recount(self) -> None:
        """Something was taken out of the outbox: say how much waits now."""
        self._set(waiting=await self._replica.count_waiting())

    async def fetch(self, kind: str, record_id: UUID) -> list[Block]:
        """A record that is not on this device, to be looked at; `NotHere` when it is not in sight, `NeedsServer` without one.

        It stays on the server. Who wants it here, and kept up to date, pins it (app.domain.scopes).
        """
        try:
            blocks = await self._server.record(kind, record_id)
        except (ServerAway, ServerTrouble) as error:
            raise NeedsServer from error
        if not blocks:
            raise NotHere(kind=kind, id=record_id.hex)
        return blocks

    async def size_under(self, rules: Rules) -> Size:
        """What this device would hold under these rules; raises `NeedsServer` when it is out of reach."""
        try:
            return await self._server.size(rules)
        except (ServerAway, ServerTrouble) as error:
            raise NeedsServer from error

    async def confirm_deletions(self) -> None:
        """The person means the deletions that the server holds; raises `NeedsServer` when it is out of reach."""
        try:
            await self._server.allow_deletions(self._replica.device)
        except ServerTrouble as error:
            if error.values["status"] != NOT_FOUND:  # an administrator was quicker
                raise NeedsServer from error
        except ServerAway as error:
            raise NeedsServer from error
        await self._replica.release()

    async def present(self, doing: str, about: UUID | None = None) -> None:
        """Tell the others what one is doing right now; lost when there is no connection."""
        if self._socket is not None:
            with suppress(WebSocketException):
                await self._say(self._socket, Presence(doing=doing, about=about))

    def subscribe(self, watcher: Callable[[SyncState], None]) -> Callable[[], None]:
        """Be told of every new state; call the result to end it."""
        self._watchers.append(watcher)
        return partial(self._watchers.remove, watcher)

    def on_presence(self, watcher: Callable[[Presence], None]) -> Callable[[], None]:
        """Be told what others are doing; call the result to end it."""
        self._presence_watchers.append(watcher)
        return partial(self._presence_watchers.remove, watcher)

    # ── the line ───────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _stay_connected(self) -> None:
        self._set(as_of_us=await self._replica.as_of_us(), waiting=await self._replica.count_waiting())
        while True:
            self._wake.clear()
            self._set(kind="connecting" if self.state.kind != "offline" or not self.state.error else "offline")
            try:
                async with self._server.live() as socket:
                    await self._session(socket)
                fault = self._fault
            except PatchbayError as error:
                fault = error
            except (OSError, WebSocketException) as error:  # TimeoutError is an OSError
                fault = ServerAway(hint=type(error).__name__)
            self._lost(fault or ServerAway(hint="closed"))
            if isinstance(fault, SignedOut | DeviceRevoked):
                return
            with suppress(TimeoutError):
                async with asyncio.timeout(self._backoff.next_s()):
                    await self._wake.wait()

    async def _session(self, socket: ClientConnection) -> None:
        """Until the line ends, whoever ends it."""
        self._fault = None
        sent_us = self._now_us()
        await self._say(socket, Hello(cursor=await self._replica.cursor()))
        welcome = unpack(_binary(await socket.recv()), FROM_SERVER)
        if not isinstance(welcome, Welcome):
            raise ServerTrouble(status=0)
        check_server(welcome.protocol, welcome.lowest)
        self._skew_us = await self._replica.measure_skew(sent_us, welcome.server_us, self._now_us())
        self.on_skew(self._skew_us)
        self.on_contact(welcome.server_us)
        self._backoff.reset()
        self._socket, self._is_news = socket, True
        self._due.set()
        line = LineWatch(socket, self._server.is_filled)
        beside = [self._tasks.task(line.watch(), name="sync-line"), self._tasks.task(self._work(socket), name="sync-work")]
        try:
            async for message in socket:
                line.heard()
                await self._hear(unpack(_binary(message), FROM_SERVER))
        finally:
            self._socket = None
            for task in beside:
                task.cancel()
            await asyncio.wait(beside)

    async def _hear(self, message: Any) -> None:
        match message:
            case News(server_us=server_us):
                if await self._exchange.take_in(message):
                    if self.state.kind == "live":
                        self._set(as_of_us=server_us)
                else:
                    self._pull_soon()
            case Poke():
                self._pull_soon()
            case Presence():
                for watcher in list(self._presence_watchers):
                    watcher(message)
            case _:
                log.warning("the server said %s out of turn", type(message).__name__)

    async def _work(self, socket: ClientConnection) -> None:
        """Push and pull whenever there is something to; a fault ends the session."""
        try:
            while True:
                await self._due.wait()
                self._due.clear()
                await self._exchange.push()
                if self._is_news:
                    self._is_news = False
                    await self._pull(socket)
                    await self._say(socket, Standing(cursor=await self._replica.cursor()))
                as_of_us, waiting = await self._replica.as_of_us(), await self._replica.count_waiting()
                if self._socket is socket:
                    self._set(kind="live", done=0, total=0, as_of_us=as_of_us, waiting=waiting, error="")
        except PatchbayError as error:
            self._fault = error
            await socket.close()
        except WebSocketException:
            await socket.close()

    async def _pull(self, socket: ClientConnection) -> None:
        """What is done meanwhile goes out between the pages: a first download may take minutes."""
        self._is_pulling = True
        pushing = self._tasks.task(self._push_meanwhile(socket), name="sync-push")
        try:
            await self._exchange.pull(self._progress)
            self._is_pulling = False
            self._due.set()  # for it to end, and for what came too late for it
            await asyncio.wait([pushing])
        finally:
            self._is_pulling = False
            pushing.cancel()
        if self._is_news:  # of which the other may have taken note
            self._due.set()

    async def _push_meanwhile(self, socket: ClientConnection) -> None:
        try:
            while self._is_pulling:
                await self._due.wait()
                self._due.clear()
                await self._exchange.push()
                if self.state.kind != "live":  # else it is told with what comes of it
                    await self.recount()
        except PatchbayError as error:
            self._fault = error
            await socket.close()

    async def _watch_clock(self) -> None:
        """A machine that slept stands where it stood, by its own count; and so does one whose clock was set."""
        before_us, counted_s = self._now_us(), time.monotonic()
        while True:
            await asyncio.sleep(LOOK_S)
            now_us, now_s = self._now_us(), time.monotonic()
            if abs((now_us - before_us) / 1_000_000 - (now_s - counted_s)) > LEAP_S:
                self._leapt(before_us)
            before_us, counted_s = now_us, now_s

    def _leapt(self, before_us: int) -> None:
        """What was true before is known; the line is begun anew, and with it the server's time is measured again."""
        log.info("the machine slept, or its clock was set")
        if self.state.kind == "live":
            known_us = before_us + self._skew_us - int(2 * PING_S * 1_000_000)
            self._set(kind="connecting", as_of_us=max(self.state.as_of_us or 0, known_us))
        self._wake.set()
        socket, self._socket = self._socket, None  # what comes on it yet makes nothing live
        if socket is not None:
            socket.transport.abort()

    async def _test_line(self, socket: ClientConnection) -> None:
        try:
            async with asyncio.timeout(WAKE_PING_S):
                await (await socket.ping())
        except (TimeoutError, WebSocketException):
            socket.transport.abort()

    # ── details ────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _say(self, socket: ClientConnection, message: FromConsole) -> None:
        await socket.send(pack(message))

    def _queued(self) -> None:
        self._set(waiting=self.state.waiting + 1)
        self._counting.ask()
        self._due.set()

    def _pull_soon(self) -> None:
        self._is_news = True
        self._due.set()

    def _progress(self, done: int, total: int) -> None:
        if self.state.kind != "live":
            self._set(kind="catching_up", done=done, total=total)

    def _lost(self, fault: PatchbayError) -> None:
        as_of_us = self.state.as_of_us
        if self.state.kind == "live":  # the line was alive until at most this long ago
            as_of_us = max(as_of_us or 0, self._now_us() + self._skew_us - int(2 * PING_S * 1_000_000))
        values = {name: str(value) for name, value in fault.values.items()}
        self._set(kind="offline", as_of_us=as_of_us, done=0, total=0, error=fault.key, values=values)
        self._counting.ask()  # it may have been cut before what was answered was counted

    def _set(self, **changes: Any) -> None:
        state = msgspec.structs.replace(self.state, **changes)
        if state != self.state:
            self.state = state
            for watcher in list(self._watchers):
                watcher(state)


def _binary(message: str | bytes) -> bytes:
    if isinstance(message, str):
        raise ServerTrouble(status=0)
    return message
