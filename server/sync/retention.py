"""Purges, now and then, what was deleted longer ago than a workspace keeps it."""

import asyncio
import logging

from app.kernel.columns import moment_from_us
from app.kernel.tasks import TaskRunner
from server.database.store import Stores, TenantStore
from server.database.tombstones import horizon, keeping_time, mark, purge_some

log = logging.getLogger(__name__)
EVERY_S = 6 * 3600.0  # times of deletion are known as precisely as this


class Retention:
    """A service; several server processes may run it, each finds less to do."""

    def __init__(self, stores: Stores, every_s: float = EVERY_S) -> None:
        self._stores, self._every_s = stores, every_s
        self._tasks = TaskRunner()

    async def start(self) -> None:
        """Begin at once: a server that is restarted daily must purge too."""
        self._tasks.start(self._work(), name="retention")

    async def stop(self) -> None:
        """End; what was begun goes on where it was."""
        await self._tasks.close()

    async def _work(self) -> None:
        while True:
            for store in self._stores.opened():
                try:
                    await purge(store)
                except Exception:  # the next workspace, and the next time, must not suffer from it
                    log.exception("purging the workspace %s failed", store.tenant_id)
            await asyncio.sleep(self._every_s)


async def purge(store: TenantStore) -> None:
    """Note the time, and drop the tombstones that are old enough; consoles away for longer will begin anew."""
    now = moment_from_us(store.now_us())
    kept = await store.look(lambda connection: keeping_time(connection, store.tenant_id))
    if kept is None:
        return
    await store.change(lambda connection: mark(connection, store.tenant_id, now))
    until = await store.look(lambda connection: horizon(connection, store.tenant_id, now - kept))
    while until and await store.change(lambda connection: purge_some(connection, store.tenant_id, until)):
        pass
