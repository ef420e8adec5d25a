"""Moves what was committed from SQLite's log into the file, beside the writer: else some commit would have to wait for it."""

import asyncio
import logging
from collections.abc import Callable
from functools import partial

from app.kernel.tasks import TaskRunner
from server.database.batch import Committed
from server.database.engines import move_log
from server.database.store import Stores, TenantStore

log = logging.getLogger(__name__)
EVERY_S = 20.0  # often enough that the log stays short, seldom enough that it is not begun anew, and synced, at each commit


class LogKeeper:
    """A service, for files. Without it, or when it is too slow, the commit that makes the log too long moves it all."""

    def __init__(self, stores: Stores, every_s: float = EVERY_S) -> None:
        self._stores, self._every_s, self._tasks = stores, every_s, TaskRunner()
        self._written = set[TenantStore]()
        self._following: list[tuple[TenantStore, Callable[[Committed], None]]] = []

    async def start(self) -> None:
        """Begin with what is written from now on."""
        self._stores.on_open.append(self._follow)
        for store in self._stores.opened():
            self._follow(store)
        self._tasks.start(self._go(), name="moving logs")

    async def stop(self) -> None:
        """End now; whoever closes a file last moves its log."""
        self._stores.on_open.remove(self._follow)
        for store, hear in self._following:
            store.authority.on_commit.remove(hear)
        await self._tasks.close()

    def _follow(self, store: TenantStore) -> None:
        def hear(_told: Committed) -> None:
            self._written.add(store)

        store.authority.on_commit.append(hear)
        self._following.append((store, hear))

    async def _go(self) -> None:
        while True:
            await asyncio.sleep(self._every_s)
            while self._written:
                store = self._written.pop()
                try:
                    await store.aside(partial(move_log, store.engine))
                except Exception:  # a commit will move it; nothing is lost
                    log.exception("the log of the workspace %s could not be moved", store.tenant_id)
