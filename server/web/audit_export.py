"""The door through which the audit leaves: line by line, so that its length is nobody's memory."""

from collections.abc import AsyncIterator
from functools import partial
from typing import Any
from uuid import UUID

import msgspec
from aiohttp import web

from app.domain.audit.queries import AuditRow, audit
from app.domain.tenants.rules import WATCHABLE
from app.kernel.errors import NotAllowed
from app.kernel.keyset import MOST_ROWS
from app.kernel.reader import Reader, Slice
from server.database.openings import Opener
from server.database.store import TenantStore
from server.database.trail import Event, write_event
from server.features.keys import SESSION, STORES
from server.features.shapes import MOMENT
from server.web.dispatch import Door, read_query
from server.web.tables import Form, json_line, send_file, table_line

HEAD = (
    "row", "applied", "acted", "who", "who_id", "what", "operation", "kind", "record", "field", "before", "after", "device",
    "address",
)  # fmt: skip


class ExportQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The same filters as of the list, and the form: a line for each changed field (CSV), or for each row (JSON)."""

    format: Form = "csv"
    actor_id: UUID | None = None
    kind: str | None = None
    record_id: UUID | None = None
    field: str | None = None
    verb: str | None = None
    operation: str | None = None
    device: str | None = None
    address: str | None = None
    since: MOMENT | None = None
    until: MOMENT | None = None


async def _export(request: web.Request, _body: Any) -> web.StreamResponse:
    session, asked = request[SESSION], read_query(request, ExportQuery)
    store = request.app[STORES].of(session.tenant_id)
    wanted = {name: value for name, value in msgspec.structs.asdict(asked).items() if name != "format"}
    first = await store.read(partial(_page, wanted, None), session.user_id)
    event = Event(
        verb="audit.export", actor_id=session.user_id, device=session.device, address=request.remote or "", kind="audit",
        fields={name: value for name, value in msgspec.structs.asdict(asked).items() if value is not None},
    )  # fmt: skip
    await store.change(lambda each: write_event(each, store.tenant_id, event, store.now_us()))
    if asked.record_id is not None:
        opener = Opener(user_id=session.user_id, device=session.device, address=request.remote or "")
        await store.openings.note_one(opener, asked.record_id, WATCHABLE, "history")
    written = _as_csv if asked.format == "csv" else json_line

    async def pieces() -> AsyncIterator[bytes]:
        async for rows in _pages(store, session.user_id, wanted, first):
            yield b"".join(map(written, rows))

    return await send_file(request, "audit", asked.format, HEAD, pieces())


async def _pages(store: TenantStore, user_id: UUID, wanted: dict[str, Any], page: Slice) -> AsyncIterator[list[AuditRow]]:
    """Page after page, each in a transaction of its own: rows never change, so together they are one picture."""
    yield page.rows
    while page.next is not None:
        page = await store.read(partial(_page, wanted, page.next), user_id)
        yield page.rows


def _page(wanted: dict[str, Any], after: str | None, reader: Reader) -> Slice:
    if not reader.actor.may("audit:export"):
        raise NotAllowed(permission="audit:export")
    return audit(reader, **wanted, after=after, limit=MOST_ROWS)


def _as_csv(row: AuditRow) -> bytes:
    start = (
        row.seq, row.applied_at, row.acted_at, row.actor_name, row.actor_id, row.verb, row.operation, row.kind, row.record_id,
    )  # fmt: skip
    pairs = [(name, *values) for name, values in row.fields.items()] or [("", None, None)]
    return b"".join(table_line((*start, name, before, after, row.device, row.address)) for name, before, after in pairs)


DOORS = (
    Door(
        method="GET", path="/audit/export", name="audit_export", tag="audit",
        summary="The audit as a file: CSV, or JSON line by line.", serve=_export, query=ExportQuery, media_type="*/*",
    ),
)  # fmt: skip
