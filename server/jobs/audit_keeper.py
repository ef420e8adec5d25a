"""Cuts the beginning off the audits whose workspaces keep them for so many days and no longer."""

import asyncio
import logging
from datetime import timedelta
from functools import partial

from app.kernel.tasks import TaskRunner
from server.database.append_only import drop_cut
from server.database.store import Stores, TenantStore
from server.database.trail import cut, days_kept

log = logging.getLogger(__name__)
EVERY_S = 3600.0


class AuditKeeper:
    """A service: looks at every workspace now and then. Several processes may do so; each row is cut once."""

    def __init__(self, stores: Stores, *, every_s: float = EVERY_S) -> None:
        self._stores, self._every_s = stores, every_s
        self._tasks = TaskRunner()

    async def start(self) -> None:
        """Begin at once: a server that is restarted daily must cut too."""
        self._tasks.start(self._keep(), name="audit keeper")

    async def stop(self) -> None:
        """End now; what is cut and not yet deleted goes with the next look."""
        await self._tasks.close()

    async def _keep(self) -> None:
        while True:
            for store in self._stores.opened():
                try:
                    await keep_within(store)
                except Exception:  # the next workspace, and the next time, must not suffer from it
                    log.exception("cutting the audit of the workspace %s failed", store.tenant_id)
            await asyncio.sleep(self._every_s)


async def keep_within(store: TenantStore) -> int:
    """Cut what is older than the workspace says; how many rows were deleted."""
    days = await store.look(partial(days_kept, tenant_id=store.tenant_id))
    if days is not None:
        age = timedelta(days=days)
        await store.change(lambda each: cut(each, store.tenant_id, age, store.now_us()))
    gone = 0
    while some := await store.change(partial(drop_cut, tenant_id=store.tenant_id)):
        gone += some
    return gone
