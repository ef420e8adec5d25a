"""One tenant's live side: commits come in, this process's and others', and go out to the consoles they concern."""

import asyncio
from collections import deque
from contextlib import suppress
from itertools import chain
from uuid import UUID

from sqlalchemy import Connection

from app.kernel.errors import BadValue
from app.kernel.tasks import TaskRunner
from app.protocol.cursor import Cursor
from app.protocol.live import FromConsole, Hello, Presence, Standing
from server.database.authority import no_rows
from server.database.away import DatabaseAway
from server.database.batch import Committed, Row
from server.sync.changes import Glass, change_of, changed_rows, newest
from server.sync.hub import Hub, Line
from server.sync.order import InOrder
from server.sync.scope import sight_on
from server.sync.store import Store
from server.sync.whereabouts import PRESENCE, Whereabouts

LONGEST_DOING = 40  # characters
WATCH_S = 5.0
TOLD_AT_ONCE = 1_000  # consoles
MOST_BROUGHT = 10  # commands, whose rows are read while they hold up those who write
DAY_US = 86_400_000_000


class Live:
    """Made on the event loop on which it works."""

    def __init__(self, store: Store, tasks: TaskRunner) -> None:
        self.hub = Hub()
        self.whereabouts = Whereabouts(store, self.hub, tasks)
        self._store, self._tasks = store, tasks
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[Committed] = deque()
        self._is_telling = False
        self._glasses: dict[tuple[UUID, str, int], Glass] = {}  # while nobody's rights, teams, scopes or pins change
        self._order = InOrder(self._in_turn, self._loop.call_later)
        store.authority.on_commit.append(self._committed)
        store.authority.rows_of = self._rows_of
        store.on_doubt.append(self._look_soon)
        store.on_word[PRESENCE] = self.whereabouts.hear
        tasks.start(self._watch(), name="live, watching")

    def close(self) -> None:
        """Hear no more commits."""
        self._store.authority.on_commit.remove(self._committed)
        self._store.authority.rows_of = no_rows
        self._store.on_doubt.remove(self._look_soon)
        del self._store.on_word[PRESENCE]

    async def glass_of(self, user_id: UUID, device: str) -> Glass:
        """What belongs on somebody's device now; asked twice for each console that comes, and many may come at once."""
        kept, whose = self._glasses, (user_id, device, self._store.now_us() // DAY_US)

        def look(connection: Connection) -> Glass:
            actor = self._store.authority.actor(user_id, connection)
            return Glass(sight_on(connection, self._store.tenant_id, actor, device, self._store.now_us()))

        if whose not in kept:
            kept[whose] = await self._store.look(look)  # into those of the time at which it was asked
        return kept[whose]

    def _forget_glasses(self) -> None:
        """Somebody's may have changed."""
        self._glasses = {}

    async def hear(self, line: Line, message: FromConsole) -> None:
        """What a console says."""
        match message:
            case Hello():
                pass  # it pulls next, and says where it stands then
            case Standing(cursor=cursor):
                await self._stand(line, cursor)
            case Presence(doing=doing):
                if len(doing) > LONGEST_DOING:
                    raise BadValue(field="doing", value=doing[:LONGEST_DOING], hint=f"At most {LONGEST_DOING} characters.")
                self.whereabouts.say(line, message)

    async def _stand(self, line: Line, cursor: Cursor) -> None:
        doubts, line.is_asked = line.doubts, False
        glass = await self.glass_of(line.user_id, line.device)
        if glass.sight != cursor.sight:  # what is kept of sights may be older than what the console has pulled with
            self._forget_glasses()
            glass = await self.glass_of(line.user_id, line.device)
        is_news = not line.is_sure or glass.sight != line.glass.sight
        self.hub.resight(line, glass)
        line.is_sure = line.doubts == doubts  # else it was poked meanwhile, and comes back
        self.hub.standing(line, cursor)
        if is_news:
            self.whereabouts.come(line)

    def leave(self, line: Line) -> None:
        """A connection ended."""
        self.hub.leave(line)
        self.whereabouts.leave(line)

    def _look_soon(self) -> None:
        self._tasks.start(self._look(), name="live, looking")

    async def _watch(self) -> None:
        """Whether something was committed that nobody told: by a process that died before it could, or by a command line."""
        await self._look()
        while True:
            with suppress(DatabaseAway):
                seen = await self._change()
                await asyncio.sleep(WATCH_S)  # what was committed until then must have been told by now
                self._compare(seen)
                continue
            await asyncio.sleep(WATCH_S)

    async def _look(self) -> None:
        with suppress(DatabaseAway):
            self._compare(await self._change())

    def _compare(self, seen: int) -> None:
        if self._order.last is None or self._order.last < seen:
            self._forget_glasses()
            self.whereabouts.doubt()
            self._store.authority.forget_actors()
            self._order.skip_to(seen)
            self.hub.noticed(seen)

    async def _change(self) -> int:
        return await self._store.look(lambda connection: change_of(connection, self._store.tenant_id))

    def _committed(self, told: Committed) -> None:
        """On the writing thread, or for another process's on the event loop's."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._hear, told)

    def _hear(self, told: Committed) -> None:
        self.whereabouts.changed(told)
        self._order.take(told)

    def _in_turn(self, told: Committed) -> None:
        self._waiting.append(told)
        if not self._is_telling:
            self._is_telling = True
            self._tasks.start(self._tell(), name="live")

    async def _tell(self) -> None:
        try:
            while self._waiting:
                await self._tell_some()
        finally:
            self._is_telling = False

    async def _tell_some(self) -> None:
        """All that has come in meanwhile at once."""
        commits = list(self._waiting)
        self._waiting.clear()
        lines: set[Line] = set()
        heard: list[Committed] = []
        for told in commits:
            is_gap = self.hub.misses(told)
            if is_gap or told.is_actor_changed or told.is_scope_changed:
                self._forget_glasses()
            if is_gap:
                self.whereabouts.doubt()
            concerned = self.hub.hear(told)
            lines |= concerned
            heard += [told] if concerned else []
        if not lines:
            return
        until = commits[-1].to_version
        try:
            rows = await self._rows(heard, commits[0].from_version, until)
        except DatabaseAway:  # they pull as soon as it is back
            self.hub.poke(lines)
            return
        now_us, waiting = self._store.now_us(), list(lines)
        for start in range(0, len(waiting), TOLD_AT_ONCE):
            self.hub.tell(waiting[start : start + TOLD_AT_ONCE], rows, until, now_us)
            await asyncio.sleep(0)  # others have requests

    async def _rows(self, commits: list[Committed], after: int, until: int) -> list[Row] | None:
        """What the commits brought along; if one of them did not, what all of them changed is looked for."""
        brought = [told.rows for told in commits if told.rows is not None]
        if len(brought) == len(commits):
            return newest(chain.from_iterable(brought))
        kinds = frozenset[str]().union(*(told.kinds for told in commits))
        return await self._store.look(lambda connection: changed_rows(connection, self._store.tenant_id, kinds, after, until))

    def _rows_of(self, connection: Connection, told: Committed) -> tuple[Row, ...] | None:
        """Within a commit's transaction, on the writing thread: what it has to tell, where somebody is there to hear it.

        Many at once are read beside the writer, together with what comes after them; what cannot be told row by row is not read.
        """
        is_little = told.to_version - told.from_version <= MOST_BROUGHT
        if not is_little or not self.hub.lines or told.is_scope_changed or told.is_actor_changed:
            return None
        rows = changed_rows(connection, told.tenant_id, told.kinds, told.from_version, told.to_version)
        return None if rows is None else tuple(rows)
