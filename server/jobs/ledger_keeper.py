"""Keeps the ledger of what no restore may take back: at once, and once from all that the database knows of."""

import logging
from functools import partial
from uuid import UUID

from server.database.devices import ended_devices
from server.database.erasing import erased_persons
from server.database.jobs import Job
from server.database.ledger import Entry
from server.database.store import TenantStore

log = logging.getLogger(__name__)
EVERY_S = 3600.0


async def device_ended(store: TenantStore, job: Job) -> None:
    """The effect "device.ended"."""
    told = job.payload
    entry = Entry(what="device", id=UUID(str(told["id"])), at_us=int(told["at_us"]), reason=str(told["reason"]))
    await store.aside(partial(store.ledger.add, store.tenant_id, entry))


async def fill(store: TenantStore) -> int:
    """Of a ledger that is new, or another one than before: all that happened before it; how many entries that were."""
    if await store.aside(partial(store.ledger.is_begun, store.tenant_id)):
        return 0
    found = [
        *await store.look(partial(erased_persons, tenant_id=store.tenant_id)),
        *await store.look(partial(ended_devices, tenant_id=store.tenant_id)),
    ]
    for entry in found:
        await store.aside(partial(store.ledger.add, store.tenant_id, entry))
    await store.aside(partial(store.ledger.begin, store.tenant_id))
    log.info("the ledger of the workspace %s is at %s (%d entries)", store.tenant_id, store.ledger.where(), len(found))
    return len(found)
