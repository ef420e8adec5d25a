"""Puts a backup back, into an empty place only: all of it, or nothing."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from psycopg import sql
from sqlalchemy import Connection, create_engine, inspect

from app.kernel.errors import PatchbayError
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


def restore(place: Place, path: Path) -> Manifest:
    """The whole archive is read and checked first; then it is written beside the place and put there at the end."""
    manifest = verified(path)
    _check(place, path, manifest)
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
        else:
            _unpack(path, manifest, part, None)
            _put_in_place(part, place)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    return manifest


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
            for tree in (DIRECTORY, TENANT):
                upgrade(connection, tree)
            secure(connection)
            connection.exec_driver_sql("ANALYZE")  # else it takes a minute until questions are answered by their indexes
    finally:
        engine.dispose()


def _load(connection: Connection, table: str, columns: dict[str, list[str]], source: Hashed) -> None:
    driver: Any = connection.connection.driver_connection
    names = sql.SQL(", ").join(map(sql.Identifier, columns[table]))
    with driver.cursor() as cursor, cursor.copy(sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), names)) as rows:
        while piece := source.read(PIECE_BYTES):
            rows.write(piece)
