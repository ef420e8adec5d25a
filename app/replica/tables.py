"""The tables of the file: the kinds, and the replica's own beside them."""

from typing import Any

import msgspec
from sqlalchemy import Column, Connection, Integer, LargeBinary, MetaData, Table, Text, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.schema import CreateIndex

from app.kernel.record import KINDS
from app.protocol.cursor import Cursor, layout_now

LOCAL = MetaData()
OUTBOX = Table(
    "outbox", LOCAL,
    Column("seq", Integer, primary_key=True), Column("id", LargeBinary, unique=True), Column("issued", LargeBinary),
    Column("state", Text, index=True),  # waiting → answered → done, or rejected → dismissed
    Column("version", Integer), Column("error", Text), Column("error_values", LargeBinary),
    Column("changes", LargeBinary), Column("touched", LargeBinary),
    Column("group_id", LargeBinary, index=True),  # of all that one act on many records gave
)  # fmt: skip
# The server's row, for every record that a waiting or answered command has changed here; NULL: the server has none.
TRUTH = Table(
    "truth", LOCAL,
    Column("kind", Text, primary_key=True), Column("id", LargeBinary, primary_key=True), Column("row", LargeBinary),
)  # fmt: skip
META = Table("meta", LOCAL, Column("key", Text, primary_key=True), Column("value", LargeBinary))
LOCAL_VERSION = 3  # of the three tables above
EVERYTHING = "*"
KEPT = "kept:"  # begins the keys of what this device keeps for itself
ANALYSED_ROWS = 400  # of an index: milliseconds, whatever its size


def load(connection: Connection, key: str, default: Any) -> Any:
    """One of the replica's own values."""
    row = connection.exec_driver_sql("SELECT value FROM meta WHERE key=?", (key,)).first()
    return msgspec.msgpack.decode(row[0]) if row else default


def save(connection: Connection, key: str, value: Any) -> None:
    """Keep one of the replica's own values."""
    save_raw(connection, key, msgspec.msgpack.encode(value))


def save_raw(connection: Connection, key: str, value: bytes) -> None:
    """Keep a value that is encoded already."""
    connection.exec_driver_sql(
        "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value=excluded.value", (key, value)
    )


def load_cursor(connection: Connection) -> Cursor:
    """Where the replica stands."""
    row = connection.execute(select(META.c.value).where(META.c.key == "cursor")).first()
    return msgspec.msgpack.decode(row.value, type=Cursor) if row else Cursor()


def save_cursor(connection: Connection, cursor: Cursor) -> None:
    """In the transaction of the rows that brought it there."""
    save_raw(connection, "cursor", msgspec.msgpack.encode(cursor))


def prepare(connection: Connection) -> None:
    """Create what is missing; rows of another layout are dropped, to be downloaded again, and the outbox kept."""
    _add_group(connection)
    LOCAL.create_all(connection)
    layout = [LOCAL_VERSION, layout_now()]
    if load(connection, "layout", None) != layout:
        start_over(connection)
        save(connection, "layout", layout)
    elif load_cursor(connection).version and not load(connection, "is_indexed", default=False):
        create_indexes(connection)


def _add_group(connection: Connection) -> None:
    """To an outbox that is older than groups: what waits in it must not be lost."""
    columns = {row[1] for row in connection.exec_driver_sql("PRAGMA table_info(outbox)")}
    if columns and "group_id" not in columns:
        connection.exec_driver_sql("ALTER TABLE outbox ADD COLUMN group_id BLOB")
        connection.exec_driver_sql("CREATE INDEX IF NOT EXISTS ix_outbox_group_id ON outbox (group_id)")


def start_over(connection: Connection) -> None:
    """All that the server sent goes, to be downloaded again; what waits for it stays, and is run again over the new rows."""
    for name in load(connection, "kinds", []):
        connection.exec_driver_sql(f'DROP TABLE IF EXISTS "{name}"')
    for name in KINDS:
        _create(connection, name)
    connection.exec_driver_sql("DELETE FROM truth")
    save_cursor(connection, Cursor())
    for key, value in {"stale": [EVERYTHING], "kinds": sorted(KINDS), "is_indexed": False, "purged": 0}.items():
        save(connection, key, value)


def _create(connection: Connection, kind: str) -> None:
    """Without a key as yet: keys come in no order, and an index that grows with every row costs more than the rows."""
    columns = (
        f'"{column.name}" {column.type.compile(connection.dialect)}{"" if column.nullable else " NOT NULL"}'
        for column in KINDS[kind].__table__.columns
    )
    connection.exec_driver_sql(f'CREATE TABLE "{kind}" ({", ".join(columns)})')


def create_indexes(connection: Connection) -> None:
    """At the end of the first download; together many times cheaper than row by row."""
    for name, kind in KINDS.items():
        _create_key(connection, name)
        for index in kind.__table__.indexes:
            if index.name != f"{name}_by_version":  # only a server looks for versions
                connection.execute(CreateIndex(index, if_not_exists=True))
    connection.exec_driver_sql(f"PRAGMA analysis_limit={ANALYSED_ROWS}")
    connection.exec_driver_sql("ANALYZE")  # else SQLite takes a tenant for ten rows, and indexes that begin with it for equal
    save(connection, "is_indexed", True)


def _create_key(connection: Connection, kind: str) -> None:
    """A download that began anew in the middle may have brought rows twice: the later ones are kept."""
    key = f'CREATE UNIQUE INDEX IF NOT EXISTS "{kind}_by_key" ON "{kind}" (tenant_id, id)'
    try:
        connection.exec_driver_sql(key)
    except IntegrityError:
        newest = f'SELECT max(rowid) FROM "{kind}" GROUP BY id'  # noqa: S608 - a kind's name
        connection.exec_driver_sql(f'DELETE FROM "{kind}" WHERE rowid NOT IN ({newest})')  # noqa: S608 - a kind's name
        connection.exec_driver_sql(key)
