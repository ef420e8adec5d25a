"""Another key for the file: written anew beside the old one and put in its place at once: a crash leaves one or the other."""

import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import sqlcipher3

from app.replica.errors import told_plainly
from app.replica.journal import Journal

Reached = Callable[[str], None]


def rekey(path: Path, key: bytes, new_key: bytes, reached: Reached = lambda _step: None) -> None:
    """Encrypt the file, which nobody has open, with the new key; `DiskFull` and `ReplicaUnreadable` leave it as it was.

    `reached` is told after each step, for those who want to know that it may end there.
    """
    fresh = unfinished(path)
    fresh.unlink(missing_ok=True)
    try:
        with told_plainly():
            _copy(path, key, fresh, new_key, reached)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    _sync(fresh)
    reached("on the disk")
    fresh.replace(path)
    reached("in its place")
    _sync(path.parent)
    if (acts := journal_of(path, key).read()) is not None:
        journal_of(path, new_key).begin(acts)


def journal_of(path: Path, key: bytes) -> Journal:
    """What lies beside the file under the same key."""
    return Journal(path.with_name(f"{path.name}.journal"), key)


def opens(path: Path, key: bytes) -> bool:
    """Whether the file has this key."""
    with closing(sqlcipher3.connect(path, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA key=\"x'{key.hex()}'\"")
        try:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlcipher3.dbapi2.DatabaseError:
            return False
    return True


def unfinished(path: Path) -> Path:
    """Where the new file is until it is whole."""
    return path.with_name(f"{path.name}.next")


def _copy(path: Path, key: bytes, fresh: Path, new_key: bytes, reached: Reached) -> None:
    with closing(sqlcipher3.connect(path, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA key=\"x'{key.hex()}'\"")
        connection.execute("PRAGMA journal_mode=DELETE").fetchall()  # a WAL of the old file must not be left beside the new one
        reached("closed")
        connection.execute(f"ATTACH DATABASE ? AS fresh KEY \"x'{new_key.hex()}'\"", (str(fresh),))
        connection.execute("SELECT sqlcipher_export('fresh')").fetchall()
        for pragma in ("user_version", "application_id"):
            (value,) = connection.execute(f"PRAGMA main.{pragma}").fetchone()
            connection.execute(f"PRAGMA fresh.{pragma}={int(value)}")
        reached("written")
        connection.execute("DETACH DATABASE fresh")


def _sync(path: Path) -> None:
    """Have the system write it to the disk; folders cannot be on Windows, and need not be."""
    if path.is_dir() and os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
