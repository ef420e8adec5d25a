"""The doors for what is not on the device: one record by its id, and how much a device would hold under which rules."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from aiohttp import web
from sqlalchemy import Connection, Select, func, select

from app.kernel.errors import BadValue, NotHere
from app.kernel.permissions import Actor
from app.kernel.record import KINDS, Root, root_of
from app.protocol.codec import CONTENT_TYPE, pack
from app.protocol.envelopes import Block
from app.protocol.ondemand import KindSize, Rules, Size
from app.protocol.sight import Sight
from server.database.openings import Opener
from server.features.body import whole
from server.features.keys import SESSION, STORES
from server.sync.news import columns_of, converted, form_of, joined, on_device, raw_columns, values_of, veiled, wire_row
from server.sync.scope import sight_of, sight_under

MOST_BELOW = 2_000  # rows of one kind below a record
MOST_RULES_BYTES = 64 << 10
MEASURED_ROWS = 200  # from whose length that of the others is told


async def record(request: web.Request) -> web.Response:
    """The record and what is below it, as its person sees it; 404 when there is none in sight."""
    session = request[SESSION]
    store = request.app[STORES].of(session.tenant_id)
    kind, record_id = request.match_info["kind"], _id(request.match_info["id"])
    if kind not in KINDS or not issubclass(KINDS[kind], Root):
        raise NotHere(kind=kind, id=record_id.hex)

    def look(connection: Connection) -> list[Block]:
        actor = store.authority.actor(session.user_id, connection)
        return _blocks(connection, store.tenant_id, sight_of(actor), kind, record_id)

    blocks = await store.look(look)
    opener = Opener(user_id=session.user_id, device=session.device, address=request.remote or "")
    await store.openings.note_one(opener, record_id, [kind], "console")
    return web.Response(body=pack(blocks), content_type=CONTENT_TYPE)


async def size(request: web.Request) -> web.Response:
    """How many rows and bytes of each kind a device would hold under these rules; without rules: under its own."""
    session = request[SESSION]
    store = request.app[STORES].of(session.tenant_id)
    try:
        rules = msgspec.json.decode(await whole(request, MOST_RULES_BYTES), type=Rules)
    except msgspec.MsgspecError as error:
        raise BadValue(field="rules", value="", hint=str(error)) from error

    def look(connection: Connection) -> Size:
        actor: Actor = store.authority.actor(session.user_id, connection)
        seen = sight_under(connection, store.tenant_id, actor, session.device, rules, store.now_us())
        return Size(kinds={kind: _measure(connection, store.tenant_id, kind, seen) for kind in KINDS})

    return web.Response(body=msgspec.json.encode(await store.look(look)), content_type="application/json")


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise NotHere(kind="record", id=text[:40]) from error


def _blocks(connection: Connection, tenant_id: UUID, seen: Sight, kind: str, record_id: UUID) -> list[Block]:
    """The root first."""
    root = KINDS[kind]
    family = [kind, *(name for name, record in KINDS.items() if record is not root and root_of(record) is root)]
    found = {name: _rows(connection, tenant_id, seen, name, record_id) for name in family}
    if not found[kind]:
        raise NotHere(kind=kind, id=record_id.hex)
    return [
        Block(name, columns_of(name, seen.hidden_of(name)), veiled(name, rows, seen)) for name, rows in found.items() if rows
    ]  # fmt: skip


def _rows(connection: Connection, tenant_id: UUID, seen: Sight, kind: str, root_id: UUID) -> list[Sequence[Any]]:
    hidden = seen.hidden_of(kind)
    query = _visible(kind, tenant_id, seen, *raw_columns(KINDS[kind], hidden)).limit(MOST_BELOW)
    root = root_of(KINDS[kind])
    assert root is not None  # noqa: S101 - of a family
    result = connection.execute(query.where(root.id == root_id), values_of(kind, form_of(kind, seen), seen))
    convert = converted(kind, connection.dialect.name, hidden)
    return [wire_row(tuple(row), convert) for row in result]


def _visible(kind: str, tenant_id: UUID, seen: Sight, *columns: Any) -> Select[Any]:
    record, root = KINDS[kind], root_of(KINDS[kind])
    query = joined(select(*columns).select_from(record.__table__), record, root)
    return query.where(record.tenant_id == tenant_id, on_device(root, form_of(kind, seen)))


def _measure(connection: Connection, tenant_id: UUID, kind: str, seen: Sight) -> KindSize:
    values = values_of(kind, form_of(kind, seen), seen)
    count = connection.execute(_visible(kind, tenant_id, seen, func.count()), values).scalar_one()
    if not count:
        return KindSize(rows=0, size_bytes=0)
    some = _visible(kind, tenant_id, seen, *raw_columns(KINDS[kind], seen.hidden_of(kind))).limit(MEASURED_ROWS)
    convert = converted(kind, connection.dialect.name, seen.hidden_of(kind))
    rows = [wire_row(tuple(row), convert) for row in connection.execute(some, values)]
    each = len(msgspec.msgpack.encode(rows)) / max(len(rows), 1)
    return KindSize(rows=count, size_bytes=int(each * count))
