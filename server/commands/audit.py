"""`audit verify`: whether the audit is as it was written, and which row is the first that is not."""

from functools import partial
from typing import TextIO

from server.commands.setting_up import store_of
from server.database.store import Stores, TenantStore
from server.database.trail_check import Found, verify


async def verify_audit(stores: Stores, out: TextIO, workspace: str) -> int:
    """A line for each workspace; 1 when a row is broken."""
    chosen = [store_of(stores, workspace)] if workspace else stores.all()
    names = {each.id: each.slug for each in stores.directory.all()}
    found = [(names[store.tenant_id], await _verified(store)) for store in chosen]
    out.writelines(f"{'BROKEN' if each.problem else 'ok    '}  {name}: {_said(each)}\n" for name, each in found)
    return 1 if any(each.problem for _, each in found) else 0


async def _verified(store: TenantStore) -> Found:
    return await store.look(partial(verify, tenant_id=store.tenant_id))


def _said(found: Found) -> str:
    since = f", cut at row {found.cut.seq}" if found.cut else ""
    if found.problem:
        return f"{found.problem}. The {found.rows:,} rows before it are as they were written{since}."
    return f"{found.rows:,} rows are as they were written{since}. Last row {found.head.seq}, hash {found.head.hash.hex()}."
