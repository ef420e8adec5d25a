"""Puts a backup back, into an empty place only: all of it, or nothing."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from psycopg import sql
from sqlalchemy import Connection, create_engine, inspect, text

from app.kernel.database import open_sqlite
from app.kernel.errors import PatchbayError
from server.database import again
from server.database.archive import (
    MANIFEST,
    PIECE_BYTES,
    BrokenArchive,
    Hashed,
    Kept,
    Manifest,
    NewerArchive,
    opened,
    put,
    verified,
)  # fmt: skip
from server.database.backup import DIRECTORY_FILE
from server.database.blobs import parts_of
from server.database.ledger import Entry, Ledger
from server.database.migrate import DIRECTORY, TENANT, Tree, upgrade
from server.database.place import Place
from server.database.security import secure
from server.database.store import blobs_of


class NotEmpty(PatchbayError):
    """Something is where the backup should go."""

    key = "restore_not_empty"
    text = "{where} is not empty. A backup is restored into an empty place only, so that nothing is ever overwritten."


class OtherDatabase(PatchbayError):
    """The backup is of the other kind of database."""

    key = "restore_other_database"
    text = "This is a backup of a server on {found}; --database names {wanted}."


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What was put back, and how much of the ledgers the jobs will do again."""

    manifest: Manifest
    entries: int
    again: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Since:
    """What was done for good, by workspace, and the time at which it is said to be restored."""

    entries: dict[UUID, list[Entry]]
    now_us: int


def restore(place: Place, path: Path, ledgers: Sequence[Ledger], now_us: int) -> Restored:
    """The whole archive is read and checked first; then it is written beside the place and put there at the end."""
    manifest = verified(path)
    _check(place, path, manifest)
    of = {each.id: [entry for ledger in ledgers for entry in ledger.entries(each.id)] for each in manifest.workspaces}
    count = _restore(place, path, manifest, Since(entries=of, now_us=now_us))
    return Restored(manifest=manifest, entries=sum(map(len, of.values())), again=count)


def _restore(place: Place, path: Path, manifest: Manifest, since: Since) -> int:
    parent = place.folder.parent
    parent.mkdir(parents=True, exist_ok=True)
    part = parent / f".{place.folder.name}.restoring"
    shutil.rmtree(part, ignore_errors=True)  # of a restore that broke off
    part.mkdir(mode=0o700)
    try:
        if place.path is None:
            with _loading(place, manifest) as connection:
                _unpack(path, manifest, part, connection)
                _put_in_place(part, place)
                return _resume(connection, manifest, since)
        _unpack(path, manifest, part, None)
        count = _resume_files(part, manifest, since)
        _put_in_place(part, place)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    return count


def _resume_files(part: Path, manifest: Manifest, since: Since) -> int:
    """Each workspace's file, brought up to date."""
    count = 0
    for each in manifest.workspaces:
        engine = open_sqlite(str(part / "tenants" / f"{each.id}.db"))
        with engine.begin() as connection:
            upgrade(connection, TENANT)
            count += again.resume(connection, each.id, since.entries[each.id], manifest.made_at, since.now_us)
        engine.dispose()
    return count


def _check(place: Place, path: Path, manifest: Manifest) -> None:
    wanted = "sqlite" if place.is_sqlite else "postgresql"
    if manifest.database != wanted:
        raise OtherDatabase(found=manifest.database, wanted=wanted)
    for tree, revision in ((DIRECTORY, manifest.directory_revision), (TENANT, manifest.tenant_revision)):
        if revision and revision not in _revisions(tree):
            raise NewerArchive(path=path, found=revision)
    if place.path is not None and place.path.exists():
        raise NotEmpty(where=place.path)
    if place.folder.exists() and any(place.folder.iterdir()):
        raise NotEmpty(where=place.folder)


def _revisions(tree: Tree) -> set[str]:
    return {each.revision for each in tree.script.walk_revisions()}


def _unpack(path: Path, manifest: Manifest, part: Path, connection: Connection | None) -> None:
    """Each entry to where it belongs; checked once more, for the file may have changed since it was verified."""
    expected = {each.name: each for each in manifest.entries}
    with opened(path) as entries:
        for name, source in entries:
            if name == MANIFEST:
                continue
            if connection is not None and name.partition("/")[0] in {"directory", "tenants"}:
                _load(connection, name.rpartition("/")[2], manifest.columns, source)
            else:
                put(source, part / name)
            if source.kept(name) != expected.get(name, Kept(name, -1, "")):
                raise BrokenArchive(path=path, why="it changed while it was read")


def _put_in_place(part: Path, place: Place) -> None:
    """The files first; the directory, by which a server finds everything, last. A bucket may hold what it holds already."""
    if place.bucket_url:
        of = blobs_of(place)
        for file in sorted((part / "blobs").glob("*/*/*")):
            of(UUID(file.parts[-3])).keep_parts(parts_of(file))
        shutil.rmtree(part / "blobs", ignore_errors=True)
    for file in (part / "tenants").glob("*.db"):
        file.rename(part / file.name)
    shutil.rmtree(part / "tenants", ignore_errors=True)
    directory = part / DIRECTORY_FILE
    if place.path is not None:
        place.path.parent.mkdir(parents=True, exist_ok=True)
        directory = directory.rename(place.path.with_name(f".{place.path.name}.restoring"))
    if place.folder.exists():
        place.folder.rmdir()
    part.rename(place.folder)
    if place.path is not None:
        directory.rename(place.path)


# ── PostgreSQL ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def _loading(place: Place, manifest: Manifest) -> Iterator[Connection]:
    """As the owner, in one transaction: the tables as they were, what the block loads into them, and up to this version."""
    engine = create_engine(place.url)
    try:
        with engine.begin() as connection:
            if inspect(connection).get_table_names():
                raise NotEmpty(where="The database")
            for tree, revision in ((DIRECTORY, manifest.directory_revision), (TENANT, manifest.tenant_revision)):
                upgrade(connection, tree, revision)
            yield connection
            secure(connection)
            connection.exec_driver_sql("ANALYZE")  # else it takes a minute until questions are answered by their indexes
    finally:
        engine.dispose()


def _resume(connection: Connection, manifest: Manifest, since: Since) -> int:
    """Brought up to date first, and not fenced yet."""
    count = 0
    for tree in (DIRECTORY, TENANT):
        upgrade(connection, tree)
    for each in manifest.workspaces:
        connection.execute(text("SELECT set_config('app.tenant', :tenant, true)"), {"tenant": str(each.id)})
        count += again.resume(connection, each.id, since.entries[each.id], manifest.made_at, since.now_us)
    return count


def _load(connection: Connection, table: str, columns: dict[str, list[str]], source: Hashed) -> None:
    driver: Any = connection.connection.driver_connection
    names = sql.SQL(", ").join(map(sql.Identifier, columns[table]))
    with driver.cursor() as cursor, cursor.copy(sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), names)) as rows:
        while piece := source.read(PIECE_BYTES):
            rows.write(piece)
