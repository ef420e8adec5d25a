"""Purges, now and then, what was deleted longer ago than a workspace keeps it."""

from app.kernel.columns import moment_from_us
from server.database.store import TenantStore
from server.database.tombstones import horizon, keeping_time, mark, purge_some

EVERY_S = 6 * 3600.0  # times of deletion are known as precisely as this


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
