"""Engines whose transactions begin when and how we say."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, LargeBinary, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import StaticPool

from app.kernel.columns import Key
from app.kernel.log import Audit
from app.kernel.many import all_of, insert_of, json_rows, send_whole
from app.kernel.record import Base
from app.kernel.trail import COLUMNS, Trail
from app.kernel.watch import fence

LONGEST_LOG = 8_000  # pages: the commit that makes it longer moves it into the file, which may take a tenth of a second
MAPPED_BYTES = 1 << 30  # of a file, shared by all its connections: a page of a list looks at a hundred places


def open_sqlite(path: str | None = None, **options: Any) -> Engine:
    if path is None:
        engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False}, **options)
    else:
        engine = create_engine(f"sqlite:///{path}", connect_args={"check_same_thread": False, "timeout": 30}, **options)

    @event.listens_for(engine, "connect")
    def _(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver must not begin or commit by itself
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute(f"PRAGMA wal_autocheckpoint={LONGEST_LOG}")
        connection.execute(f"PRAGMA mmap_size={MAPPED_BYTES}")

    @event.listens_for(engine, "begin")
    def _(connection: Connection) -> None:
        if connection.get_execution_options().get("is_reader", False):
            driver: Any = connection.connection.dbapi_connection  # straight: the layers between take as long as a short read
            driver.execute("BEGIN")
        else:
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    fence(engine)
    return engine


def open_postgresql(url: str, tenant_id: UUID, **options: Any) -> Engine:
    """An engine that sees one tenant; every transaction says which."""
    engine = create_engine(url, **options)

    @event.listens_for(engine, "connect")
    def _(connection: Any, _record: Any) -> None:
        connection.autocommit = True  # the driver must not begin by itself: it would be one more question

    @event.listens_for(engine, "begin")
    def _(connection: Connection) -> None:
        options = connection.get_execution_options()
        how = "ISOLATION LEVEL REPEATABLE READ, READ ONLY" if options.get("is_reader", False) else ""
        _begin(connection, BEGIN.format(how=how, tenant=UUID(str(options.get("tenant_id", tenant_id)))))

    fence(engine)
    send_whole(engine)
    return engine


BEGAN = "has begun a transaction before"
BEGIN = "BEGIN {how}; SELECT set_config('app.tenant', '{tenant}', true)"


def _begin(connection: Connection, statement: str) -> None:
    """Both in one go, which the driver never prepares.

    A connection that was kept and is lost by now is replaced: nothing was done with it, and asking each one beforehand whether it
    is still there would be one more question a transaction. A new one that is lost is told as SQLAlchemy tells it everywhere.
    """
    dialect, is_lost = connection.dialect, True
    while is_lost:
        proxied: Any = connection.connection
        driver, is_kept = proxied.driver_connection, connection.info.setdefault(BEGAN, False)
        try:
            driver.execute(statement, prepare=False)
        except dialect.loaded_dbapi.Error as error:
            is_lost = dialect.is_disconnect(error, driver, None)
            if is_lost:
                connection.invalidate(error)
            if not (is_lost and is_kept):
                raise DBAPIError.instance(
                    statement, None, error, dialect.loaded_dbapi.Error, connection_invalidated=is_lost, dialect=dialect
                ) from error
        else:
            connection.info[BEGAN] = True
            return


APPEND_ONLY = frozenset({"audit", "audit_cut", "audit_emptied"})  # nobody changes what was written down


def force_row_security(connection: Connection, tables: list[str], role: str) -> None:
    """The owner does this once; `role` is what the server signs in as."""
    for table in tables:
        column = "id" if table == "tenant" else "tenant_id"
        mine = f"{column} = nullif(current_setting('app.tenant', true), '')::uuid"
        connection.exec_driver_sql(f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY')
        connection.exec_driver_sql(f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY')
        connection.exec_driver_sql(f'CREATE POLICY tenant ON "{table}" USING ({mine}) WITH CHECK ({mine})')
        rights = "SELECT, INSERT" if table in APPEND_ONLY else "SELECT, INSERT, UPDATE"
        connection.exec_driver_sql(f'GRANT {rights} ON "{table}" TO {role}')


_BYTES = [
    (place, r"\x" if isinstance(column.type, LargeBinary) else "")
    for place, column in enumerate(Audit.__table__.columns[name] for name in COLUMNS)
    if isinstance(column.type, Key | LargeBinary)
]  # and what stands before them as text on PostgreSQL
# The transaction is given up anyway where a row is refused: else SQLite would keep each page as it was before the statement.
_INSERT = f"INSERT OR FAIL INTO audit ({', '.join(COLUMNS)}) VALUES "  # noqa: S608  # our own names
_ROW = f"({', '.join(['?'] * len(COLUMNS))})"
_INSERTS = [(size, _INSERT + ", ".join([_ROW] * size)) for size in (50, 10, 1)]  # SQLite finds its place once a statement
_INSERT_WHOLE = insert_of("audit", COLUMNS)
_REMEMBER = "UPDATE tenant AS own SET audit_seq = {0}, audit_hash = {0} WHERE own.id = {0}"
_REMEMBER_ON_SQLITE, _REMEMBER_WHOLE = _REMEMBER.format("?"), _REMEMBER.format("%s")


def write_trail(connection: Connection, trail: Trail) -> None:
    """Write the rows that are not written yet; by the driver itself, as each change of each record comes by here."""
    rows = trail.take()
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(_INSERT_WHOLE, (json_rows([_as_text(row) for row in rows]),))
    else:
        for some, statement in _parts(rows):
            connection.exec_driver_sql(statement, tuple(chain.from_iterable(some)))


def _parts(rows: Sequence[tuple[Any, ...]]) -> Iterator[tuple[Sequence[tuple[Any, ...]], str]]:
    """The rows, as many at once as there are statements for."""
    at = 0
    for size, statement in _INSERTS:
        while len(rows) - at >= size:
            yield rows[at : at + size], statement
            at += size


def write_head(connection: Connection, trail: Trail) -> None:
    """Remember which row is the tenant's last, if it is another than before."""
    if not trail.has_grown:
        return
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(_REMEMBER_WHOLE, (*trail.head, trail.tenant_id))
    else:
        connection.exec_driver_sql(_REMEMBER_ON_SQLITE, (*trail.head, trail.tenant_id.bytes))
    trail.is_saved()


def write_together(connection: Connection, trail: Trail, rows: Mapping[type[Base], Sequence[Mapping[str, Any]]]) -> None:
    """On PostgreSQL, as one statement: the trail's rows, those of other tables of ours, and which row is the tenant's last."""
    parts, values = list[str](), list[Any]()
    if new := trail.take():
        parts, values = [_INSERT_WHOLE], [json_rows([_as_text(row) for row in new])]
    for table, some in rows.items():
        parts.append(insert_of(table.__tablename__, some[0]))
        values.append(json_rows(some))
    if trail.has_grown:
        parts.append(_REMEMBER_WHOLE)
        values += [*trail.head, trail.tenant_id]
        trail.is_saved()
    if parts:
        connection.exec_driver_sql(all_of(tuple(parts[:-1]), parts[-1]), tuple(values))


def write_index(connection: Connection, statement: str, values: Mapping[str, Any]) -> None:
    """What records are found by, as one statement of the driver's: they were judged before, and of an index nobody is told."""
    connection.exec_driver_sql(statement, values)


def _as_text(row: tuple[Any, ...]) -> dict[str, Any]:
    """JSON holds no bytes."""
    named = dict(zip(COLUMNS, row, strict=True))
    for place, before in _BYTES:
        named[COLUMNS[place]] = before + row[place].hex()
    return named
