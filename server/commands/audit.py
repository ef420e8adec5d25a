"""`audit verify`: whether the audit is as it was written, and which row is the first that is not."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TextIO

from app.kernel.errors import BadValue
from app.kernel.trail import NO_HASH, Head
from server.commands.setting_up import store_of
from server.database.anchors import Anchors, BadAnchors
from server.database.store import Stores, TenantStore
from server.database.trail_check import Found, verify


async def verify_audit(stores: Stores, out: TextIO, workspace: str, known: Sequence[Head] = ()) -> int:
    """A line for each workspace; 1 when a row is broken. `known`: rows that somebody wrote down, of the one workspace."""
    if known and not workspace:
        raise BadValue(field="known", value="this row", hint="Say of which workspace it is: --workspace.")
    chosen = [store_of(stores, workspace)] if workspace else stores.all()
    names, anchors = {each.id: each.slug for each in stores.directory.all()}, Anchors(stores.place)
    found = [(names[store.tenant_id], await _verified(store, anchors, known)) for store in chosen]
    out.writelines(f"{'BROKEN' if each.problem else 'ok    '}  {name}: {_said(each)}\n" for name, each in found)
    return 1 if any(each.problem for _, each in found) else 0


async def _verified(store: TenantStore, anchors: Anchors, known: Sequence[Head]) -> Found:
    """What is noted outside is read first: it was committed by then."""
    try:
        noted, problem = await store.aside(partial(anchors.read, store.tenant_id)), ""
    except BadAnchors as error:
        noted, problem = [], str(error)
    found = await store.look(partial(verify, tenant_id=store.tenant_id, noted=[*noted, *known]))
    return found if found.problem else replace(found, problem=problem)


def read_known(text: str) -> Head:
    """A row as `audit verify` named it once: its number and its hash, with a colon between."""
    number, _, own = text.partition(":")
    try:
        head = Head(int(number), bytes.fromhex(own))
    except ValueError:
        head = Head()
    if len(head.hash) != len(NO_HASH) or head.seq < 1:
        raise BadValue(field="known", value=text[:80], hint="Write the row's number, a colon, and its hash.")
    return head


def _said(found: Found) -> str:
    since = f", cut at row {found.cut.seq}" if found.cut else ""
    if found.problem and not found.seq:
        return f"{found.problem} The {found.rows:,} rows are chained as they should be{since}."
    if found.problem:
        return f"{found.problem}. The {found.rows:,} rows before it are as they were written{since}."
    noted = f"noted down outside of the database up to row {found.noted}" if found.noted else "not noted down outside yet"
    return (
        f"{found.rows:,} rows are as they were written{since}. Last row {found.head.seq}, hash {found.head.hash.hex()}; {noted}."
    )
