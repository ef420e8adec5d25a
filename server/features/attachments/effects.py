"""What follows when a file is taken from an answer: the answer waits no longer."""

from server.database.files import hurry
from server.database.jobs import Job
from server.database.store import TenantStore


async def file_removed(store: TenantStore, _job: Job) -> None:
    """The effect "attachment.removed": every answer that waits for a file is looked at again."""
    now_us = store.now_us()
    await store.change(lambda each: hurry(each, store.tenant_id, now_us))
    for wake in store.on_hurry:
        wake()
