"""Writes a generated tenant where it is needed: into a server's database, or straight into a console's encrypted replica."""

import contextlib
import gc
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, Engine, func, insert, select, update
from sqlalchemy.orm import Session

from app.domain.roles.actors import actor_of
from app.domain.roles.records import Role
from app.domain.search.entries import analysis_now
from app.domain.tenants.records import Workspace
from app.kernel.clock import system_now_us
from app.kernel.columns import Frozen, Key, Moment, Words, moment_from_us, us_from_moment, words_text
from app.kernel.ids import derived_id
from app.kernel.log import Tenant as TenantRow
from app.kernel.record import Record
from app.kernel.watch import unfenced
from app.protocol.cursor import Cursor, layout_now
from app.replica.file import open_file
from app.replica.replica import Replica
from app.replica.rows import upsert
from app.replica.search import SearchIndex
from app.replica.tables import LOCAL_VERSION, create_indexes, save_cursor
from server.database import search as server_search
from server.database.sessions import set_password
from server.sync.scope import sight_of
from tests.demo import cast
from tests.demo.dataset import GENERATOR, SEED, Sizes, Tenant
from tests.demo.ledger import Batch

FOUNDED = (Workspace, Role)  # what a tenant has from its founding; left as it is
FILL_CACHE_KIB = 256 * 1024
KEPT = Path("build/bench-data")
BENCH_TENANT = derived_id("bench", "tenant")
BENCH_KEY = bytes(range(32))
BENCH_DEVICE = "bench"


# ── a server's database ────────────────────────────────────────────────────────────────────────────────────────────────


def fill_tenant(engine: Engine, tenant_id: UUID, sizes: Sizes, *, now: datetime, seed: int = SEED) -> int:
    """Write a tenant that was founded, in one transaction; the number of rows. Other programs must not run meanwhile.

    A server that has the tenant open must run this on its writer's thread, and forget its actors afterwards.
    """
    with Session(engine) as session, session.begin(), unfenced(session) as connection, _roomy(connection):
        mine = TenantRow.id == tenant_id
        connection.execute(update(TenantRow).where(mine).values(change=TenantRow.change))  # the lock that orders writers
        begin = connection.execute(select(TenantRow.change).where(mine)).scalar_one()
        tenant = Tenant(tenant_id, sizes, now=now, seed=seed, version=begin)
        count = sum(_insert(connection, batch) for batch in tenant.batches())
        connection.execute(update(TenantRow).where(mine).values(change=tenant.version))
        server_search.build(connection, tenant_id)
        return count


@contextlib.contextmanager
def _roomy(connection: Connection) -> Iterator[None]:
    """Ids come in no order: on SQLite the indexes are filled in memory. And a collector that looks through rows finds nothing."""
    is_sqlite = connection.dialect.name == "sqlite"
    usual = connection.exec_driver_sql("PRAGMA cache_size").scalar_one() if is_sqlite else 0
    gc.disable()
    try:
        if is_sqlite:
            connection.exec_driver_sql(f"PRAGMA cache_size=-{FILL_CACHE_KIB}")
        yield
    finally:
        gc.enable()
        if is_sqlite:
            connection.exec_driver_sql(f"PRAGMA cache_size={usual}")


def give_passwords(connection: Connection, tenant_id: UUID, password_hash: str, now: datetime) -> None:
    """Everybody of the demo signs in with the same one; runs within `TenantStore.change`."""
    for one in cast.COLLEAGUES:
        set_password(connection, tenant_id, cast.user_id(tenant_id, one.email), password_hash, now)


def _insert(connection: Connection, batch: Batch) -> int:
    table, rows = batch.kind.__table__, batch.rows
    if batch.kind in FOUNDED:
        known = set(connection.execute(select(table.c.id).where(table.c.id.in_([row["id"] for row in rows]))).scalars())
        rows = [row for row in rows if row["id"] not in known]
    if not rows:
        return 0
    if connection.dialect.name == "sqlite":  # by the driver itself: twice as fast as through SQLAlchemy's types
        driver: Any = connection.connection.driver_connection
        driver.executemany(_insert_sql(batch.kind), wire_rows(Batch(kind=batch.kind, rows=rows)))
    else:
        connection.execute(insert(batch.kind), rows)
    return len(rows)


@cache
def _insert_sql(kind: type[Record]) -> str:
    names = [column.name for column in kind.__table__.columns]
    return f'INSERT INTO "{kind.__tablename__}" ({", ".join(names)}) VALUES ({", ".join("?" * len(names))})'  # noqa: S608  # ours


# ── a console's replica ────────────────────────────────────────────────────────────────────────────────────────────────


def fill_replica(
    path: Path,
    key: bytes,
    sizes: Sizes,
    *,
    tenant_id: UUID = BENCH_TENANT,
    email: str = cast.SUPERVISOR,
    now: datetime | None = None,
    seed: int = SEED,
) -> int:
    """A new replica that looks as if it had just caught up, of a person who sees all teams; the number of rows."""
    engine = open_file(path, key)
    Replica(engine, tenant_id, cast.user_id(tenant_id, email), BENCH_DEVICE, system_now_us)
    tenant = Tenant(tenant_id, sizes, now=now or moment_from_us(system_now_us()), seed=seed)
    count = 0
    _pragmas(engine, "journal_mode=OFF", "synchronous=OFF", f"cache_size=-{FILL_CACHE_KIB}")  # a file that fails is thrown away
    with engine.begin() as connection:
        for batch in tenant.batches():
            upsert(connection, batch.kind.__tablename__, wire_rows(batch))
            count += len(batch.rows)
        create_indexes(connection)
        SearchIndex(tenant_id).build(connection)
        seen = sight_of(actor_of(connection, tenant_id, cast.user_id(tenant_id, email)))
        save_cursor(connection, Cursor(version=tenant.version, sight=seen, layout=layout_now()))
    engine.dispose()
    engine = open_file(path, key)
    _pragmas(engine, "wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return count


def _pragmas(engine: Engine, *settings: str) -> None:
    """On the engine's only connection, which the pool keeps open, and outside a transaction."""
    with engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        for setting in settings:
            driver.execute(f"PRAGMA {setting}").fetchall()


def wire_rows(batch: Batch) -> list[list[Any]]:
    """The rows in the form in which SQLite stores them and pages carry them."""
    names, turns = _turns(batch.kind)
    rows = []
    for each in batch.rows:
        row = [each[name] for name in names]
        for place, turn in turns:
            if row[place] is not None:
                row[place] = turn(row[place])
        rows.append(row)
    return rows


@cache
def _turns(kind: type[Record]) -> tuple[Sequence[str], list[tuple[int, Callable[[Any], Any]]]]:
    """The columns in order, and those whose values have another form on the wire."""
    forms: dict[type, Callable[[Any], Any]] = {
        Key: lambda value: value.bytes, Moment: us_from_moment, Frozen: lambda value: msgspec.json.encode(dict(value)).decode(),
        Words: words_text,
    }  # fmt: skip
    columns = list(kind.__table__.columns)
    turns = [(place, forms[type(column.type)]) for place, column in enumerate(columns) if type(column.type) in forms]
    return [column.name for column in columns], turns


# ── what benches keep ──────────────────────────────────────────────────────────────────────────────────────────────────


def kept_replica(name: str, sizes: Sizes, folder: Path) -> Path:
    """A copy, in the folder, of a replica that is made once a machine; opened with `BENCH_KEY` as the supervisor."""
    kept = KEPT / f"{name}-{GENERATOR}-{LOCAL_VERSION}-{layout_now():08x}-{analysis_now():08x}.db"
    if not kept.exists():
        KEPT.mkdir(parents=True, exist_ok=True)
        part = kept.with_suffix(f".{os.getpid()}.part")
        _remove([part, *(part.with_name(part.name + end) for end in ("-wal", "-shm"))])
        fill_replica(part, BENCH_KEY, sizes)
        part.replace(kept)
    target = folder / f"{name}.db"
    shutil.copyfile(kept, target)
    return target


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        with contextlib.suppress(FileNotFoundError):
            path.unlink()


def count_of(connection: Connection, kind: type[Record]) -> int:
    """How many rows of a kind there are."""
    return int(connection.execute(select(func.count()).select_from(kind.__table__)).scalar_one())
