"""Opens the replica; a file that has rotted is replaced by a new one that keeps what was done here and is downloaded again."""

import logging
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import DatabaseError

from app.kernel.command import Issued
from app.replica import outbox
from app.replica.errors import is_damage
from app.replica.file import open_file
from app.replica.journal import Journal
from app.replica.replica import Replica
from app.replica.tables import KEPT, META, save, save_raw

log = logging.getLogger(__name__)
Build = Callable[[Engine, Journal | None], Replica]
ENDINGS = ("", "-wal", "-shm", ".journal", ".damaged", ".rescued", ".rescued-wal", ".rescued-shm")


def files_of(path: Path) -> list[Path]:
    """Everything that a replica leaves on the disk."""
    return [path.with_name(path.name + ending) for ending in (*ENDINGS, ".journal.new", "-journal", ".next", ".next-journal")]


def mark_damaged(path: Path) -> None:
    """The file was found rotten at work: the next opening replaces it."""
    path.with_name(f"{path.name}.damaged").touch()


def open_or_rescue(path: Path, key: bytes, build: Build) -> tuple[Replica, int | None]:
    """The replica, and how many acts a rescue kept (nothing: there was none). The driver's error when the key is another."""
    journal = Journal(path.with_name(f"{path.name}.journal"), key)
    marker = path.with_name(f"{path.name}.damaged")
    acts = journal.read() if marker.exists() or not path.exists() else None
    if acts is None:
        try:
            return _open(path, key, build, journal), None
        except DatabaseError as error:
            acts = journal.read() if is_damage(error) else None
            if acts is None:  # the journal does not open either: it is the key
                raise
    log.error("the replica's file is damaged; %d acts are kept and the rest is downloaded again", len(acts))
    _replace(path, key, build, acts)
    replica = _open(path, key, build, journal)
    marker.unlink(missing_ok=True)
    return replica, len(acts)


def _open(path: Path, key: bytes, build: Build, journal: Journal) -> Replica:
    engine = open_file(path, key)
    try:
        return build(engine, journal)
    except BaseException:
        engine.dispose()
        raise


def _replace(path: Path, key: bytes, build: Build, acts: list[Issued]) -> None:
    """Made beside the old one and put in its place when it is whole."""
    fresh = path.with_name(f"{path.name}.rescued")
    for ending in ("", "-wal", "-shm"):
        fresh.with_name(fresh.name + ending).unlink(missing_ok=True)
    replica = build(open_file(fresh, key), None)
    with replica.engine.begin() as connection:
        outbox.put_again(connection, acts)
        save(connection, "acted_us", max((issued.acted_us for issued in acts), default=0))
        for name, value in _kept(path, key):
            save_raw(connection, name, value)
    replica.engine.dispose()
    for ending in ("-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)
    fresh.replace(path)


def _kept(path: Path, key: bytes) -> list[tuple[str, bytes]]:
    """Drafts and the like, as far as they can still be read."""
    engine = open_file(path, key)
    found: list[tuple[str, bytes]] = []
    try:
        with engine.connect() as connection:
            _collect(connection, found)
    except DatabaseError as error:
        log.warning("drafts are read only in part: %s", error.orig)
    finally:
        engine.dispose()
    return found


def _collect(connection: Connection, found: list[tuple[str, bytes]]) -> None:
    for row in connection.execute(select(META.c.key, META.c.value).where(META.c.key.startswith(KEPT))):
        found.append((row.key, row.value))  # noqa: PERF401 - what came before the damage counts
