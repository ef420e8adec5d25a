"""Lets go of files that no attachment and no mail names any more, once nobody can be on the way to naming them."""

from datetime import timedelta
from functools import partial

from app.kernel.columns import moment_from_us
from server.database.files import let_go, unnamed
from server.database.store import TenantStore
from server.database.tombstones import keeping_time

EVERY_S = 6 * 3600.0
SHORTEST_GRACE = timedelta(days=30)  # a laptop may have given a file, and say only weeks later what it is for


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
