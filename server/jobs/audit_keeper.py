"""Cuts the beginning off the audits whose workspaces keep them for so many days and no longer."""

from datetime import timedelta
from functools import partial

from server.database.anchors import Anchors
from server.database.append_only import drop_cut
from server.database.store import TenantStore
from server.database.trail import cut, days_kept
from server.database.trail_check import last_cut

EVERY_S = 3600.0


async def keep_within(store: TenantStore, anchors: Anchors) -> int:
    """Cut what is older than the workspace says; how many rows were deleted. `ForgedCut`: somebody else has cut, nothing goes."""
    noted = await store.aside(partial(anchors.read, store.tenant_id))
    anchors.check_cut(store.tenant_id, await store.look(partial(last_cut, tenant_id=store.tenant_id)), noted)
    days = await store.look(partial(days_kept, tenant_id=store.tenant_id))
    if days is not None:
        age, sign = timedelta(days=days), partial(anchors.sign_cut, store.tenant_id)
        await store.change(lambda each: cut(each, store.tenant_id, age, store.now_us(), sign))
    gone = 0
    while some := await store.change(partial(drop_cut, tenant_id=store.tenant_id)):
        gone += some
    return gone
