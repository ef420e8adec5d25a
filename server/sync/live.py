"""One tenant's live side: commits come in from the writing thread, and go out to the consoles they concern."""

import asyncio
from collections import deque
from uuid import UUID

from app.kernel.permissions import Keys
from app.kernel.tasks import TaskRunner
from app.protocol.live import FromConsole, FromServer, Hello, Presence, Standing
from server.database.batch import Committed
from server.sync.changes import changed_rows
from server.sync.hub import Hub, Line
from server.sync.presence import Presences
from server.sync.store import Store


class Live:
    """Made on the event loop on which it works."""

    def __init__(self, store: Store, tasks: TaskRunner) -> None:
        self.hub, self.presences = Hub(), Presences(store.now_us)
        self._store, self._tasks = store, tasks
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[Committed] = deque()
        self._is_telling = False
        store.authority.on_commit.append(self._committed)

    def close(self) -> None:
        """Hear no more commits."""
        self._store.authority.on_commit.remove(self._committed)

    async def keys_of(self, user_id: UUID) -> Keys:
        """Whose records somebody sees now."""
        return (await self._store.look(lambda connection: self._store.authority.actor(user_id, connection))).keys

    async def hear(self, line: Line, message: FromConsole) -> None:
        """What a console says."""
        match message:
            case Hello():
                pass  # it pulls next, and says where it stands then
            case Standing(cursor=cursor):
                self.hub.rekey(line, await self.keys_of(line.user_id))
                self.hub.standing(line, cursor)
            case Presence():
                self.tell_others(line.user_id, self.presences.say(line.user_id, message))

    def leave(self, line: Line) -> None:
        """A connection ended."""
        self.hub.leave(line)
        if not any(other.user_id == line.user_id for other in self.hub.lines):
            told = self.presences.gone(line.user_id)
            if told is not None:
                self.tell_others(line.user_id, told)

    def tell_others(self, user_id: UUID, message: FromServer) -> None:
        """To everybody's consoles but one's own."""
        for line in list(self.hub.lines):
            if line.user_id != user_id:
                line.send(message)

    def _committed(self, told: Committed) -> None:
        """On the writing thread."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._heard, told)

    def _heard(self, told: Committed) -> None:
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
        kinds: set[str] = set()
        for told in commits:
            concerned = self.hub.hear(told)
            lines |= concerned
            kinds |= told.kinds if concerned else set()
        if not lines:
            return
        after, until = commits[0].from_version, commits[-1].to_version
        rows = await self._store.look(
            lambda connection: changed_rows(connection, self._store.tenant_id, frozenset(kinds), after, until)
        )
        self.hub.tell(lines, rows, until, self._store.now_us())
