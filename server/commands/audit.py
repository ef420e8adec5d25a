"""`audit verify`: whether the audit is as it was written, and which row is the first that is not. `audit accept`: after an older
copy of the database was put back.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TextIO

from app.kernel.errors import BadValue
from app.kernel.trail import NO_HASH, Head
from server.commands.setting_up import store_of
from server.database import again
from server.database.anchors import Anchors, BadAnchors, ForgedCut, Noted
from server.database.at_work import alone
from server.database.store import Stores, TenantStore
from server.database.trail_check import Found, verify
from server.jobs.anchor_keeper import AnchorKeeper

WAY_OUT = (
    " The chain in itself stands. If an older copy of the database was put back on purpose, stop the server and run:"
    " patchbay-server audit accept."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compared:
    """The chain as it stands, what is noted of it outside, and what of that does not fit. (`Found.problem`: of either.)"""

    found: Found
    noted: Noted
    is_chained: bool

    @property
    def is_lost(self) -> bool:
        """Whether a noted row is not there any more, or another."""
        return bool(self.noted.rows) and self.found.noted < self.noted.rows[-1].seq


async def verify_audit(stores: Stores, out: TextIO, workspace: str, known: Sequence[Head] = ()) -> int:
    """A line for each workspace; 1 when a row is broken. `known`: rows that somebody wrote down, of the one workspace."""
    if known and not workspace:
        raise BadValue(field="known", value="this row", hint="Say of which workspace it is: --workspace.")
    chosen = [store_of(stores, workspace)] if workspace else stores.all()
    names, anchors = {each.id: each.slug for each in stores.directory.all()}, Anchors(stores.place)
    compared = [(names[store.tenant_id], await _compared(store, anchors, known)) for store in chosen]
    out.writelines(f"{'BROKEN' if each.found.problem else 'ok    '}  {name}: {_said(each)}\n" for name, each in compared)
    return 1 if any(each.found.problem for _, each in compared) else 0


async def accept_audit(stores: Stores, out: TextIO, workspace: str) -> int:
    """Have a workspace's audit count as it stands, from now on; 1 when it is broken in itself. What was noted is kept beside.

    `ServerRuns` while one does: it knows what is past from before, and would go on with it.
    """
    with alone(stores.place):
        return await _accept(stores, out, workspace)


async def _accept(stores: Stores, out: TextIO, workspace: str) -> int:
    store, anchors = store_of(stores, workspace), Anchors(stores.place)
    compared = await _compared(store, anchors)
    if not compared.found.problem:
        out.write(f"{workspace}: the audit is as it was noted down; there is nothing to accept.\n")
        return 0
    if not compared.is_chained:
        out.write(f"{workspace}: {_said(compared)} Nothing was accepted.\n")
        return 1
    found, now_us = compared.found, store.now_us()
    entries = await store.aside(partial(store.ledger.entries, store.tenant_id)) if compared.is_lost else None
    await store.change(lambda each: again.accept(each, store.tenant_id, found, entries, now_us))
    await store.aside(partial(anchors.set_aside, store.tenant_id, now_us))
    await AnchorKeeper(anchors).note(store)
    out.write(f"{workspace}: accepted up to row {compared.found.head.seq}; the audit says so.\n")
    return 0


async def _compared(store: TenantStore, anchors: Anchors, known: Sequence[Head] = ()) -> _Compared:
    """What is noted outside is read first: it was committed by then."""
    noted, problem = Noted(), ""
    try:
        noted = await store.aside(partial(anchors.read, store.tenant_id))
    except BadAnchors as error:
        problem = str(error)
    found = await store.look(partial(verify, tenant_id=store.tenant_id, noted=[*noted.rows, *known]))
    if not found.problem:
        try:
            anchors.check_cut(store.tenant_id, found.cut, noted)
        except ForgedCut as error:
            problem = str(error)
        return _Compared(found=replace(found, problem=problem), noted=noted, is_chained=True)
    alone = await store.look(partial(verify, tenant_id=store.tenant_id))
    return _Compared(found=found, noted=noted, is_chained=not alone.problem)


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


def _said(compared: _Compared) -> str:
    found = compared.found
    since = f", cut at row {found.cut.last.seq}" if found.cut else ""
    if found.problem and not found.seq:
        return f"{found.problem} The {found.rows:,} rows are chained as they should be{since}."
    if found.problem:
        said = f"{found.problem}. The {found.rows:,} rows before it are as they were written{since}."
        return f"{said}{WAY_OUT}" if compared.is_chained and compared.is_lost else said
    noted = f"noted down outside of the database up to row {found.noted}" if found.noted else "not noted down outside yet"
    return (
        f"{found.rows:,} rows are as they were written{since}. Last row {found.head.seq}, hash {found.head.hash.hex()}; {noted}."
    )
