"""Lets go of files that no attachment and no mail names any more, once nobody can be on the way to naming them."""

import asyncio
import logging
from datetime import timedelta
from functools import partial

from app.kernel.columns import moment_from_us
from app.kernel.tasks import TaskRunner
from server.database.files import let_go, unnamed
from server.database.store import Stores, TenantStore
from server.database.tombstones import keeping_time

log = logging.getLogger(__name__)
EVERY_S = 6 * 3600.0
SHORTEST_GRACE = timedelta(days=30)  # a laptop may have given a file, and say only weeks later what it is for


class FileKeeper:
    """A service: looks at every workspace now and then. Several processes may do so; each file goes once."""

    def __init__(self, stores: Stores, *, every_s: float = EVERY_S) -> None:
        self._stores, self._every_s = stores, every_s
        self._tasks = TaskRunner()

    async def start(self) -> None:
        """Begin at once: a server that is restarted daily must look too."""
        self._tasks.start(self._keep(), name="file keeper")

    async def stop(self) -> None:
        """End now; what is left goes with the next look."""
        await self._tasks.close()

    async def _keep(self) -> None:
        while True:
            for store in self._stores.opened():
                try:
                    await sweep(store)
                except Exception:  # the next workspace, and the next time, must not suffer from it
                    log.exception("sweeping the files of the workspace %s failed", store.tenant_id)
            await asyncio.sleep(self._every_s)


async def sweep(store: TenantStore) -> int:
    """Let go of what has been unnamed for as long as a workspace keeps what is deleted; how many files that were."""
    kept = await store.look(partial(keeping_time, tenant_id=store.tenant_id))
    if kept is None:
        return 0
    now = moment_from_us(store.now_us())
    before, count = now - max(kept, SHORTEST_GRACE), 0
    while some := await store.look(lambda each: unnamed(each, store.tenant_id, before)):
        gone = await store.change(partial(let_go, tenant_id=store.tenant_id, hashes=some, before=before, now=now))
        if not gone:
            break  # another process was quicker, or somebody named them meanwhile
        count += gone
    return count
