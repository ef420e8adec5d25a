"""What is done for every workspace now and then, beside the web server."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from app.kernel.tasks import TaskRunner
from server.database.away import DatabaseAway
from server.database.store import Stores, TenantStore

log = logging.getLogger(__name__)
AWAY_PAUSE_S = 30.0


class Rounds:
    """A service. Several processes may make the same rounds: each finds less to do."""

    def __init__(
        self, stores: Stores, visit: Callable[[TenantStore], Awaitable[object]], every_s: float, *, name: str,
        is_last_made: bool = False,
    ) -> None:  # fmt: skip
        self._stores, self._visit, self._every_s, self._name = stores, visit, every_s, name
        self._is_last_made = is_last_made
        self._tasks = TaskRunner()

    async def start(self) -> None:
        """Begin at once: a server that is restarted daily must make them too."""
        self._tasks.start(self._go(), name=self._name)

    async def stop(self) -> None:
        """End now, or after a last round; the next one goes on where this one was."""
        await self._tasks.close()
        if self._is_last_made:
            await self._go_round()

    async def _go(self) -> None:
        while True:
            is_whole = await self._go_round()
            await asyncio.sleep(self._every_s if is_whole else min(self._every_s, AWAY_PAUSE_S))

    async def _go_round(self) -> bool:
        """Whether it was not broken off: while the database is out of reach nobody can be visited."""
        for store in self._stores.opened():
            try:
                await self._visit(store)
            except DatabaseAway:
                return False
            except Exception:  # the next workspace, and the next round, must not suffer from it
                log.exception("%s failed for the workspace %s", self._name, store.tenant_id)
        return True
