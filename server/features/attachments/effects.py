"""What follows when a file is taken from an answer, and when nothing names one any more."""

from datetime import timedelta
from functools import partial

from app.kernel.columns import moment_from_us
from server.database.files import hurry, is_kept
from server.database.jobs import Job, TryLater
from server.database.store import TenantStore


async def file_removed(store: TenantStore, _job: Job) -> None:
    """The effect "attachment.removed": every answer that waits for a file is looked at again."""
    now_us = store.now_us()
    await store.change(lambda each: hurry(each, store.tenant_id, now_us))
    for wake in store.on_hurry:
        wake()


async def file_unnamed(store: TenantStore, job: Job) -> None:
    """The effect "file.unnamed": the bytes go, but of files that were given again meanwhile."""
    before, young = moment_from_us(job.payload["before"]), 0
    for sha256 in job.payload["hashes"]:
        if await store.look(partial(is_kept, tenant_id=store.tenant_id, sha256=sha256)):
            continue
        if not await store.aside(partial(store.blobs.drop, sha256, before)):
            young += 1
    if young:
        raise TryLater(f"{young} of the files were given again and not named yet", timedelta(days=1).total_seconds())
