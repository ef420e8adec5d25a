"""Takes a backup while the server works: each database in one snapshot, then the files that the snapshot names.

PostgreSQL's rows are copied out (COPY) in one snapshot, tenant by tenant. Not pg_dump: it refuses tables with forced row-level
security unless it may pass the fence, wants the server's own version beside it, and brings owners and grants that differ
elsewhere.
"""

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from server.database.archive import FORMAT, MANIFEST, ArchiveWriter, Manifest, Workspace, writing
from server.database.engines import CONNECT_ARGUMENTS
from server.database.migrate import DIRECTORY, TENANT, tables_of
from server.database.place import Place
from server.database.store import blobs_of

DIRECTORY_FILE = "directory.db"
KEY_FILE = "secret.key"
# Raw mails have no row of their own among the files.
NAMED = (
    "SELECT sha256 FROM blob WHERE tenant_id = {0} UNION"
    " SELECT sha256 FROM raw_inbound WHERE tenant_id = {0} AND sha256 <> '' ORDER BY 1"
)
MEANT = sql.SQL("SELECT set_config('app.tenant', {}, true)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What is in the backup, and what is not though the database names it."""

    manifest: Manifest
    missing: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Databases:
    """What was copied out of the databases."""

    revisions: tuple[str, str]
    workspaces: list[Workspace]
    columns: dict[str, list[str]]
    blobs: list[tuple[UUID, str]]


def back_up(place: Place, path: Path, now: datetime, *, with_key: bool) -> Report:
    """Write the archive; `ArchiveExists` when its name is taken, `ArchiveBusy` while another backup writes it."""
    with writing(path) as (archive, room):
        for file in sorted(place.anchors.glob("*.jsonl")):  # before the databases, so that what is noted is in them
            archive.add_file(f"anchors/{file.name}", file)
        copied = _sqlite(place, archive, room) if place.is_sqlite else _postgresql(place, archive, room)
        missing = _add_blobs(place, archive, copied.blobs)
        if with_key and place.key_file.exists():
            archive.add_file(KEY_FILE, place.key_file)
        manifest = Manifest(
            format=FORMAT, database="sqlite" if place.is_sqlite else "postgresql", made_at=now,
            directory_revision=copied.revisions[0], tenant_revision=copied.revisions[1], workspaces=copied.workspaces,
            columns=copied.columns, entries=list(archive.entries),
        )  # fmt: skip
        archive.add_bytes(MANIFEST, written(manifest))
    return Report(manifest=manifest, missing=missing)


def written(manifest: Manifest) -> bytes:
    """The manifest as it stands in the archive, for people to read too."""
    return msgspec.json.format(msgspec.json.encode(manifest), indent=1)


def _add_blobs(place: Place, archive: ArchiveWriter, named: list[tuple[UUID, str]]) -> list[str]:
    """The files that the snapshot names: they were whole before their rows were written, and are never changed."""
    missing, of = list[str](), blobs_of(place)
    for tenant_id, sha256 in named:
        blobs, name = of(tenant_id), f"blobs/{tenant_id}/{sha256[:2]}/{sha256}"
        try:
            size = blobs.size(sha256)
        except FileNotFoundError:
            missing.append(f"{name} is missing")
            continue
        if archive.add_parts(name, blobs.parts(sha256, 0, size), size).sha256 != sha256:
            missing.append(f"{name} is damaged")
    return missing


# ── SQLite ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _sqlite(place: Place, archive: ArchiveWriter, folder: Path) -> Databases:
    """Each file by SQLite's own backup, in one step: a snapshot, beside which others go on writing."""
    assert place.path is not None  # noqa: S101  # it is SQLite
    directory = _snapshot(place.path, folder / DIRECTORY_FILE)
    archive.add_file(DIRECTORY_FILE, directory)
    rows = _asked(directory, "SELECT id, slug, name FROM directory ORDER BY slug")
    workspaces, blobs, revisions = list[Workspace](), list[tuple[UUID, str]](), [""]
    for raw_id, slug, name in rows:
        tenant_id = UUID(bytes=raw_id)
        file = _snapshot(place.tenant_file(tenant_id), folder / f"{tenant_id}.db")
        archive.add_file(f"tenants/{tenant_id}.db", file)
        revisions.append(_asked(file, f"SELECT version_num FROM {TENANT.version_table}")[0][0])  # noqa: S608  # our own name
        workspaces.append(Workspace(tenant_id, slug, name, _asked(file, "SELECT change FROM tenant")[0][0]))
        blobs += [(tenant_id, row[0]) for row in _asked(file, NAMED.format("?1"), raw_id)]
        file.unlink()
    found = _asked(directory, f"SELECT version_num FROM {DIRECTORY.version_table}")[0][0]  # noqa: S608  # our own name
    return Databases(revisions=(found, max(revisions)), workspaces=workspaces, columns={}, blobs=blobs)


def _snapshot(source: Path, target: Path) -> Path:
    with contextlib.closing(sqlite3.connect(source, timeout=30)) as live, contextlib.closing(sqlite3.connect(target)) as copy:
        live.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, nothing beside it
    return target


def _asked(file: Path, question: str, *values: Any) -> list[Any]:
    with contextlib.closing(sqlite3.connect(file)) as connection:
        return connection.execute(question, values).fetchall()


# ── PostgreSQL ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _postgresql(place: Place, archive: ArchiveWriter, folder: Path) -> Databases:
    url = make_url(place.url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, **CONNECT_ARGUMENTS) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        with connection.transaction():
            return _copy_all(connection, archive, folder / "rows")


def _copy_all(connection: "psycopg.Connection[Any]", archive: ArchiveWriter, part: Path) -> Databases:
    known = {table: _columns(connection, table) for table in sorted({*tables_of(TENANT), *tables_of(DIRECTORY)})}
    columns = {table: names for table, names in known.items() if names}  # an older database has fewer
    for table in sorted(columns.keys() & set(tables_of(DIRECTORY))):
        _copy(connection, archive, f"directory/{table}", part, columns[table], table, None)
    workspaces, blobs = list[Workspace](), list[tuple[UUID, str]]()
    for tenant_id, slug, name in connection.execute("SELECT id, slug, name FROM directory ORDER BY slug").fetchall():
        connection.execute(MEANT.format(str(tenant_id)))
        for table in sorted(columns.keys() & set(tables_of(TENANT))):
            _copy(connection, archive, f"tenants/{tenant_id}/{table}", part, columns[table], table, tenant_id)
        change = connection.execute("SELECT change FROM tenant WHERE id = %s", (tenant_id,)).fetchone()
        workspaces.append(Workspace(tenant_id, slug, name, change[0] if change else 0))
        kept = connection.execute(sql.SQL(NAMED).format(sql.Literal(tenant_id))).fetchall()
        blobs += [(tenant_id, row[0]) for row in kept]
    return Databases(
        revisions=(_revision(connection, DIRECTORY.version_table), _revision(connection, TENANT.version_table)),
        workspaces=workspaces, columns=columns, blobs=blobs,
    )  # fmt: skip


def _copy(
    connection: "psycopg.Connection[Any]", archive: ArchiveWriter, name: str, part: Path, columns: list[str], table: str,
    tenant_id: UUID | None,
) -> None:  # fmt: skip
    """One tenant's rows of a table, as COPY writes them."""
    chosen = sql.SQL("SELECT {} FROM {}").format(sql.SQL(", ").join(map(sql.Identifier, columns)), sql.Identifier(table))
    if tenant_id is not None:
        own = sql.Identifier("id" if table == "tenant" else "tenant_id")
        chosen += sql.SQL(" WHERE {} = {}").format(own, sql.Literal(tenant_id))
    with part.open("wb") as file, connection.cursor().copy(sql.SQL("COPY ({}) TO STDOUT").format(chosen)) as rows:
        file.writelines(_pieces(rows))
    archive.add_file(name, part)


def _pieces(rows: psycopg.Copy) -> Iterator[bytes]:
    yield from (bytes(piece) for piece in rows)


def _columns(connection: "psycopg.Connection[Any]", table: str) -> list[str]:
    query = (
        "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped"
        " AND attgenerated = '' ORDER BY attnum"
    )
    return [row[0] for row in connection.execute(query, (f'"{table}"',)).fetchall()]


def _revision(connection: "psycopg.Connection[Any]", table: str) -> str:
    row = connection.execute(sql.SQL("SELECT version_num FROM {}").format(sql.Identifier(table))).fetchone()
    return str(row[0]) if row else ""
