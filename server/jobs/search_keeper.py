"""Indexes what was there before the index, or was indexed by another version of the program; a little at a time."""

import asyncio
import logging
from functools import partial

from app.kernel.tasks import TaskRunner
from server.database.away import DatabaseAway
from server.database.search import go_on
from server.database.store import Stores, TenantStore

log = logging.getLogger(__name__)
AWAY_PAUSE_S = 2.0
PAUSE_S = 0.02  # between two transactions: whoever waits to write comes first


class SearchKeeper:
    """A service: once for each workspace that is opened."""

    def __init__(self, stores: Stores) -> None:
        self._stores, self._tasks = stores, TaskRunner()

    async def start(self) -> None:
        """Begin with every workspace that is open, and with those that open later."""
        self._stores.on_open.append(self._begin)
        for store in self._stores.opened():
            self._begin(store)

    async def stop(self) -> None:
        """End now; the next start goes on where this one was."""
        self._stores.on_open.remove(self._begin)
        await self._tasks.close()

    def _begin(self, store: TenantStore) -> None:
        self._tasks.start(self._complete(store), name="search keeper")

    async def _complete(self, store: TenantStore) -> None:
        is_more = True
        try:
            while is_more:
                try:
                    is_more = await store.change(partial(go_on, tenant_id=store.tenant_id))
                except DatabaseAway:  # which was told once, for all
                    await asyncio.sleep(AWAY_PAUSE_S)
                await asyncio.sleep(PAUSE_S)
        except Exception:  # search finds less than there is; everything else goes on
            log.exception("indexing the workspace %s failed", store.tenant_id)
