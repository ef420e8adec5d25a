"""Rows as the server sends them: into the tables, or under what was done here meanwhile."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, delete, select, text, update
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from app.kernel.columns import to_wire
from app.kernel.record import KINDS
from app.protocol.envelopes import Block
from app.protocol.ondemand import KindSize, Size
from app.replica.tables import TRUTH

MEASURED_ROWS = 200  # from whose length that of the others is told
Touches = set[str]  # "kind:id", "kind:*"
NONE_OF: dict[type, Any] = {int: 0, bool: 0, float: 0, datetime: 0, dict: "{}", UUID: bytes(16)}  # where nothing may not stand


def keep_truth(connection: Connection, tenant_id: UUID, kind: str, record_id: UUID) -> None:
    """Before a record is first overwritten here: what the server said it is."""
    at = (kind, record_id.bytes)
    if connection.exec_driver_sql("SELECT 1 FROM truth WHERE kind=? AND id=?", at).first() is None:
        row = connection.exec_driver_sql(
            f'SELECT * FROM "{kind}" WHERE tenant_id=? AND id=?',  # noqa: S608 - a kind's name
            (tenant_id.bytes, record_id.bytes),
        ).first()
        held = msgspec.msgpack.encode(list(row)) if row else None
        connection.exec_driver_sql("INSERT INTO truth (kind, id, row) VALUES (?, ?, ?)", (*at, held))


def restore(connection: Connection, touches: Iterable[str]) -> None:
    """Put the server's rows back."""
    for touch in touches:
        kind, _, key = touch.partition(":")
        if key != "*":
            _restore(connection, kind, bytes.fromhex(key))


def _restore(connection: Connection, kind: str, key: bytes) -> None:
    at = (TRUTH.c.kind == kind) & (TRUTH.c.id == key)
    truth = connection.execute(delete(TRUTH).where(at).returning(TRUTH.c.row)).first()
    if truth is None:
        return
    if truth.row is None or not has_key(connection, kind):
        connection.exec_driver_sql(f'DELETE FROM "{kind}" WHERE id=?', (key,))  # noqa: S608 - a kind's name
    if truth.row is not None:
        upsert(connection, kind, [msgspec.msgpack.decode(truth.row)])


def restore_all(connection: Connection) -> Touches:
    """Where scope is judged here, the server's rows must be judged, not what open commands made of them."""
    touches = {f"{row.kind}:{row.id.hex()}" for row in connection.execute(select(TRUTH.c.kind, TRUTH.c.id))}
    restore(connection, touches)
    return touches


def store(connection: Connection, blocks: Iterable[Block]) -> Touches:
    """Server rows go straight into the tables, or into `truth` where a command of ours lies on top."""
    arrived: Touches = set()
    for block in blocks:
        if block.kind not in KINDS:
            continue  # a newer server's: fetched once this program knows it, by its new layout
        rows = _in_our_layout(block)
        place = columns_of(block.kind).index("id")
        covered = {row[0] for row in connection.exec_driver_sql("SELECT id FROM truth WHERE kind=?", (block.kind,))}
        if covered:
            for row in rows:
                if row[place] in covered:
                    at = (TRUTH.c.kind == block.kind) & (TRUTH.c.id == row[place])
                    connection.execute(update(TRUTH).where(at).values(row=msgspec.msgpack.encode(row)))
        is_keyed = upsert(connection, block.kind, [row for row in rows if row[place] not in covered] if covered else rows)
        arrived.add(f"{block.kind}:*")
        if is_keyed:  # in the first download everything is new, and naming each row took a quarter of its time
            arrived.update([f"{block.kind}:{row[place].hex()}" for row in rows])
    return arrived


def _in_our_layout(block: Block) -> list[list[Any]]:
    """The rows with this program's columns: those that it does not know are left out, those that lack have their default."""
    ours = columns_of(block.kind)
    rows: list[list[Any]] = block.rows
    if block.columns == ours:
        return rows
    lacking = [empty_value(block.kind, name) for name in ours if name not in block.columns]
    order = [*block.columns, *(name for name in ours if name not in block.columns)]
    places = [order.index(name) for name in ours]
    return [[each[place] for place in places] for each in ([*row, *lacking] for row in rows)]


def empty_value(kind: str, name: str) -> Any:
    """What stands in a column of which nothing is known here."""
    column = KINDS[kind].__table__.columns[name]
    value = column.default.arg if isinstance(column.default, ScalarElementColumnDefault) else None
    if value is None and not column.nullable:
        return NONE_OF.get(column.type.python_type, "")
    return to_wire(dict(value) if isinstance(value, Mapping) else value)


def forget(connection: Connection, tenant_id: UUID, gone: Iterable[tuple[str, bytes]]) -> Touches:
    """Drop roots with their children."""
    keys: dict[str, list[bytes]] = {}
    for kind, key in gone:
        keys.setdefault(kind, []).append(key)
    return set[str]().union(*(_forget(connection, tenant_id.bytes, kind, each) for kind, each in keys.items()))


def _forget(connection: Connection, tenant: bytes, kind: str, keys: Sequence[bytes]) -> Touches:
    connection.exec_driver_sql("CREATE TEMP TABLE IF NOT EXISTS leaving (id BLOB PRIMARY KEY) WITHOUT ROWID")
    connection.exec_driver_sql("DELETE FROM temp.leaving")
    driver: Any = connection.connection.driver_connection
    driver.executemany("INSERT OR IGNORE INTO temp.leaving VALUES (?)", [(key,) for key in keys])
    below = {
        name: [key for (key,) in connection.exec_driver_sql(_below_sql(name, record.__parent__[1]), (tenant,))]
        for name, record in KINDS.items()
        if record.__parent__ and record.__parent__[0] == kind
    }
    drop = f'DELETE FROM "{kind}" WHERE tenant_id=? AND id IN (SELECT id FROM temp.leaving)'  # noqa: S608 - a kind's name
    connection.exec_driver_sql(drop, (tenant,))
    covered = TRUTH.c.id.in_(select(text("id FROM temp.leaving")))
    connection.execute(update(TRUTH).where(TRUTH.c.kind == kind, covered).values(row=None))
    touches = {f"{kind}:*", *(f"{kind}:{key.hex()}" for key in keys)}
    return touches.union(*(_forget(connection, tenant, name, children) for name, children in below.items() if children))


def _below_sql(kind: str, column: str) -> str:
    return f'SELECT id FROM "{kind}" WHERE tenant_id=? AND "{column}" IN (SELECT id FROM temp.leaving)'  # noqa: S608 - names of ours


def purged(connection: Connection, until: int) -> list[tuple[str, bytes]]:
    """The tombstones up to a change number: the server has them no more."""
    gone: list[tuple[str, bytes]] = []
    for kind in KINDS:
        old = f'SELECT id FROM "{kind}" WHERE deleted_at IS NOT NULL AND version BETWEEN 1 AND ?'  # noqa: S608 - a kind's name
        gone += [(kind, row[0]) for row in connection.exec_driver_sql(old, (until,))]
    return gone


def size_of(connection: Connection) -> Size:
    """How much of each kind is here, measured as the server does."""
    return Size(kinds={kind: measure(connection, kind) for kind in KINDS})


def measure(connection: Connection, kind: str) -> KindSize:
    """Rows of a kind, and their bytes told from a sample."""
    count = connection.exec_driver_sql(f'SELECT count(*) FROM "{kind}"').scalar_one()  # noqa: S608 - a kind's name
    some = connection.exec_driver_sql(f'SELECT * FROM "{kind}" LIMIT {MEASURED_ROWS}').all()  # noqa: S608 - a kind's name
    each = len(msgspec.msgpack.encode([tuple(row) for row in some])) / max(len(some), 1)
    return KindSize(rows=count, size_bytes=int(each * count))


def upsert(connection: Connection, kind: str, rows: Sequence[Sequence[Any]]) -> bool:
    """By the driver itself: the rows are in its own form, and anything between costs more than the insert.

    Whether the kind has its key; before the first download has ended it has none, and every row is new.
    """
    is_keyed = has_key(connection, kind)
    if rows:
        driver: Any = connection.connection.driver_connection
        driver.executemany(_upsert_sql(kind) if is_keyed else _insert_sql(kind), rows)
    return is_keyed


def has_key(connection: Connection, kind: str) -> bool:
    """Whether rows are found by id: during the first download they are not, and none comes twice."""
    found = connection.exec_driver_sql("SELECT 1 FROM sqlite_master WHERE type='index' AND name=?", (f"{kind}_by_key",))
    return found.first() is not None


@cache
def columns_of(kind: str) -> list[str]:
    """The columns in the order of the table."""
    return list(KINDS[kind].__table__.columns.keys())


@cache
def _insert_sql(kind: str) -> str:
    names = [f'"{name}"' for name in columns_of(kind)]
    return f'INSERT INTO "{kind}" ({", ".join(names)}) VALUES ({", ".join("?" * len(names))})'  # noqa: S608 - names of ours


@cache
def _upsert_sql(kind: str) -> str:
    """Never INSERT OR REPLACE: it deletes without firing triggers, and the search index would rot."""
    names = [f'"{name}"' for name in columns_of(kind) if name not in {"tenant_id", "id"}]
    sets = ", ".join(f"{name}=excluded.{name}" for name in names)
    return f"{_insert_sql(kind)} ON CONFLICT (tenant_id, id) DO UPDATE SET {sets}"
