"""Lets go of files that no attachment and no mail names any more, and of bytes and halves that never became a file."""

import logging
from datetime import timedelta
from functools import partial
from itertools import islice

from app.kernel.columns import moment_from_us
from server.database.files import let_go, rowless, unnamed
from server.database.store import TenantStore
from server.database.tombstones import keeping_time

log = logging.getLogger(__name__)
EVERY_S = 6 * 3600.0
SHORTEST_GRACE = timedelta(days=30)  # a laptop may have given a file, and say only weeks later what it is for

ROW_COMES_WITHIN = timedelta(days=1)  # of the bytes: else whoever brought them went down in between
LOOKED_AT_ONCE = 500


async def tend(store: TenantStore) -> None:
    """Files that nothing names, bytes that never became a file, and halves that nobody goes on with."""
    await sweep(store)
    await sweep_bytes(store)
    await store.aside(store.uploads.drop_old)


async def sweep_bytes(store: TenantStore) -> int:
    """Take away bytes that lie in the store for a day and are no file of the workspace's; how many files that were.

    They come before their row: a process that goes down in between leaves them. Who brings the same bytes again makes them young.
    """
    before = moment_from_us(store.now_us()) - ROW_COMES_WITHIN
    count = await store.aside(partial(store.blobs.drop_unfinished, before))
    lying = store.blobs.lying(before)
    while some := await store.aside(lambda: list(islice(lying, LOOKED_AT_ONCE))):
        for sha256 in await store.look(partial(rowless, tenant_id=store.tenant_id, hashes=some)):
            count += await store.aside(partial(store.blobs.drop, sha256, before))
    if count:
        log.info("%s files without a row were taken away from the workspace %s", count, store.tenant_id)
    return count


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
