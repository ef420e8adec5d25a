"""The line between the server processes of one PostgreSQL: each hears what the others commit.

Nothing depends on it for being right: who hears nothing looks by itself, only later. What was missed while the line was
down is looked for when it is up again.
"""

import asyncio
import logging
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from uuid import UUID

import psycopg
from sqlalchemy.engine import make_url

from app.kernel.ids import new_id
from app.kernel.tasks import TaskRunner
from server.database.at_work import HOLD, KEPT_OUT
from server.database.away import first_line
from server.database.batch import Committed
from server.database.engines import CONNECT_ARGUMENTS
from server.database.notices import CHANNEL, Word, decode, encode, joined, payload_of, unsealed
from server.database.store import Stores, TenantStore
from server.database.vault import Vault

log = logging.getLogger(__name__)
PURPOSE = "rows between server processes"
WINDOW_S = 0.02  # at most one NOTIFY a window, of everything in it
PROBE_S = 5.0  # a line on which nothing was heard for so long is tried
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.2, 5.0
MOST_WAITING = 2_000  # payloads; with more, those who hear are told to look instead


class Neighbours:
    """A service: two connections of its own beside the pool, one to speak and one to hear.

    Without a key that all processes have, commits are told of without their rows.
    """

    def __init__(self, stores: Stores, vault: Vault | None = None) -> None:
        self.process = new_id().hex[-12:]
        self._box = vault.box(PURPOSE) if vault is not None else None
        self._stores = stores
        self._url = make_url(stores.place.url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._tasks = TaskRunner()
        self._commits: dict[UUID, list[Committed]] = {}
        self._words: list[Word] = []
        self._unsaid: list[str] = []
        self._broken = set[str]()  # which of the two lines is
        self._due, self._is_listening = asyncio.Event(), asyncio.Event()
        self._is_kept_out = False  # by a command that must be alone with the database

    async def start(self) -> None:
        """Begin; returns once it hears, or when the database does not answer at once. Waits for a command that must be alone."""
        self._loop = asyncio.get_running_loop()
        self._stores.on_open.append(self._follow)
        for store in self._stores.opened():
            self._follow(store)
        self._tasks.start(self._hear(), name="neighbours, hearing")
        self._tasks.start(self._speak(), name="neighbours, speaking")
        while not await self._hears_soon():
            if not self._is_kept_out:
                log.warning("the other server processes cannot be heard yet")
                return
            log.warning(KEPT_OUT)

    async def _hears_soon(self) -> bool:
        try:
            async with asyncio.timeout(PROBE_S):
                await self._is_listening.wait()
        except TimeoutError:
            return False
        return True

    async def stop(self) -> None:
        """Say what is still to be said, and end."""
        self._stores.on_open.remove(self._follow)
        if self._commits or self._words:
            await asyncio.sleep(2 * WINDOW_S)
        await self._tasks.close()
        for store in self._stores.opened():
            store.authority.is_told = False

    def _follow(self, store: TenantStore) -> None:
        store.authority.is_told = self._is_listening.is_set()
        store.authority.on_commit.append(self._committed)
        store.outward = self._say

    # ── speaking ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _committed(self, told: Committed) -> None:
        """On the writing thread."""
        if told.is_ours and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._note, told)

    def _note(self, told: Committed) -> None:
        self._commits.setdefault(told.tenant_id, []).append(told)
        self._due.set()

    def _say(self, tenant_id: UUID, topic: str, body: bytes) -> None:
        self._words.append(Word(self.process, tenant_id, topic, body))
        self._due.set()

    async def _speak(self) -> None:
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                async with self._line() as line:
                    pause_s = FIRST_PAUSE_S
                    self._broken.discard("told")
                    while True:
                        await self._say_all(line)
                        await asyncio.sleep(WINDOW_S)
                        await self._due.wait()
            except (psycopg.Error, OSError, TimeoutError) as error:
                self._broke("told", error)
            await asyncio.sleep(pause_s * random.uniform(0.5, 1.0))  # noqa: S311  # spreads retries, hides nothing
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    async def _say_all(self, line: "psycopg.AsyncConnection[tuple[object, ...]]") -> None:
        self._due.clear()
        self._unsaid += self._gather()
        if len(self._unsaid) > MOST_WAITING:  # after an outage: they look by themselves as soon as their line is up
            self._unsaid = self._unsaid[-MOST_WAITING:]
        if self._unsaid:
            async with asyncio.timeout(PROBE_S):
                await line.execute("SELECT pg_notify(%s, payload) FROM unnest(%s::text[]) AS payload", (CHANNEL, self._unsaid))
            self._unsaid = []

    def _gather(self) -> list[str]:
        commits, words = self._commits, self._words
        self._commits, self._words = {}, []
        runs = [replace(run, process=self.process) for each in commits.values() for run in joined(each)]
        told = [payload_of(run, self._box) for run in runs]
        return told + [encode(word) for word in words]

    # ── hearing ────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _hear(self) -> None:
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                async with self._line() as line:
                    self._is_kept_out = True
                    await line.execute(HOLD)  # as long as this line is there
                    await line.execute(f"LISTEN {CHANNEL}")
                    self._up()
                    pause_s = FIRST_PAUSE_S
                    while True:
                        async for notice in line.notifies(timeout=PROBE_S):
                            self._heard(notice.payload)
                        async with asyncio.timeout(PROBE_S):
                            await line.execute("SELECT 1")
            except (psycopg.Error, OSError, TimeoutError) as error:
                self._broke("heard", error)
            finally:
                self._down()
            await asyncio.sleep(pause_s * random.uniform(0.5, 1.0))  # noqa: S311  # spreads retries, hides nothing
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    def _up(self) -> None:
        """From here on everything is heard; what was said before may have been missed."""
        self._is_listening.set()
        self._is_kept_out = False
        self._broken.discard("heard")
        for store in self._stores.opened():
            store.authority.is_told = True
            store.doubt()

    def _down(self) -> None:
        self._is_listening.clear()
        self._is_kept_out = False
        for store in self._stores.opened():
            store.authority.is_told = False

    def _heard(self, payload: str) -> None:
        notice = decode(payload)
        store = None if notice is None or notice.process == self.process else self._stores.if_open(notice.tenant_id)
        if store is None:
            return
        match notice:
            case Committed():
                store.authority.heard(unsealed(notice, self._box))
            case Word(topic=topic, body=body):
                store.hear(topic, body)

    def _broke(self, what: str, error: Exception) -> None:
        """Said once, however often it is tried again."""
        if what not in self._broken:
            self._broken.add(what)
            log.warning("the other server processes cannot be %s for now: %s", what, first_line(error))

    @asynccontextmanager
    async def _line(self) -> "AsyncIterator[psycopg.AsyncConnection[tuple[object, ...]]]":
        connection = await psycopg.AsyncConnection.connect(self._url, autocommit=True, **CONNECT_ARGUMENTS)
        try:
            yield connection
        finally:
            await connection.close()
