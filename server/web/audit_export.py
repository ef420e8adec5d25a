"""The door through which the audit leaves: line by line, so that its length is nobody's memory."""

import csv
import io
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any, Literal
from uuid import UUID

import msgspec
from aiohttp import web

from app.domain.audit.queries import AuditRow, audit
from app.kernel.errors import NotAllowed
from app.kernel.keyset import MOST_ROWS
from app.kernel.reader import Reader, Slice
from server.database.store import TenantStore
from server.database.trail import Event, write_event
from server.features.keys import SESSION, STORES
from server.features.shapes import MOMENT
from server.web.dispatch import Door, read_query

HEAD = (
    "row", "applied", "acted", "who", "who_id", "what", "operation", "kind", "record", "field", "before", "after", "device",
    "address",
)  # fmt: skip
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would carry out
MEDIA_TYPES = {"csv": "text/csv", "json": "application/x-ndjson"}


class ExportQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The same filters as of the list, and the form: a line for each changed field (CSV), or for each row (JSON)."""

    format: Literal["csv", "json"] = "csv"
    actor_id: UUID | None = None
    kind: str | None = None
    record_id: UUID | None = None
    field: str | None = None
    verb: str | None = None
    operation: str | None = None
    device: str | None = None
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
    response = web.StreamResponse(
        headers={
            "Content-Type": f"{MEDIA_TYPES[asked.format]}; charset=utf-8",
            "Content-Disposition": f'attachment; filename="audit.{asked.format}"', "X-Content-Type-Options": "nosniff",
        }
    )  # fmt: skip
    written = _as_csv if asked.format == "csv" else _as_json
    with suppress(ConnectionResetError):  # whoever asked went away
        await response.prepare(request)
        if asked.format == "csv":
            await response.write(_line(HEAD))
        async for rows in _pages(store, session.user_id, wanted, first):
            await response.write(b"".join(written(row) for row in rows))
        await response.write_eof()
    return response


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


def _as_json(row: AuditRow) -> bytes:
    return msgspec.json.encode(row) + b"\n"


def _as_csv(row: AuditRow) -> bytes:
    start = (
        row.seq, _when(row.applied_at), _when(row.acted_at), row.actor_name, row.actor_id, row.verb, row.operation, row.kind,
        row.record_id,
    )  # fmt: skip
    pairs = [(name, *values) for name, values in row.fields.items()] or [("", None, None)]
    return b"".join(_line((*start, name, _told(before), _told(after), row.device, row.address)) for name, before, after in pairs)


def _line(cells: tuple[Any, ...]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerow([_harmless(str(cell)) for cell in cells])
    return out.getvalue().encode()


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text


def _told(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _when(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")


DOORS = (
    Door(
        method="GET", path="/audit/export", name="audit_export", tag="audit",
        summary="The audit as a file: CSV, or JSON line by line.", serve=_export, query=ExportQuery, media_type="*/*",
    ),
)  # fmt: skip
