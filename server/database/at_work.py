"""That a server works on a place: each of its processes says so for as long as it runs, and a command that must be alone asks.

On SQLite a lock on a file in the folder (shared by the processes, exclusive for the command; SQLite's own, which the system takes
back from whoever dies). On PostgreSQL an advisory lock of the session on which a process hears the others (`Neighbours`).
"""

import asyncio
import contextlib
import logging
import sqlite3
from collections.abc import Iterator

import psycopg
from sqlalchemy.engine import make_url

from app.kernel.errors import PatchbayError
from server.database.away import NoDatabase, first_line
from server.database.engines import CONNECT_ARGUMENTS
from server.database.place import Place

log = logging.getLogger(__name__)
KEY = 5_832_907_164  # of the advisory lock; nobody else in this database takes any
HOLD = f"SELECT pg_advisory_lock_shared({KEY})"
LOOK_S = 5.0
KEPT_OUT = "the server starts when the command that must be alone with its database (audit accept) has ended"


class ServerRuns(PatchbayError):
    """A command must be alone with the database, and is not."""

    key = "server_runs"
    text = (
        "A server works on this database, or this command does so already. Stop the server, all its processes on every host,"
        " and run this again; nothing was changed."
    )


class AtWork:
    """A service, for files: says that this process works on them. Waits until no command is alone with them."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._held: sqlite3.Connection | None = None

    async def start(self) -> None:
        """Hold it from now on."""
        while self._held is None:
            self._held = await asyncio.to_thread(_taken, self._place, "BEGIN; SELECT count(*) FROM sqlite_master", LOOK_S)
            if self._held is None:
                log.warning(KEPT_OUT)

    async def stop(self) -> None:
        """Let others be alone."""
        if self._held is not None:
            self._held.close()
            self._held = None


@contextlib.contextmanager
def alone(place: Place) -> Iterator[None]:
    """No server process works on the place within this block; `ServerRuns` when one does already."""
    if place.is_sqlite:
        held = _taken(place, "BEGIN EXCLUSIVE", 0)
        if held is None:
            raise ServerRuns
        with contextlib.closing(held):
            yield
        return
    with _line(place) as line:
        if line.execute(f"SELECT pg_try_advisory_lock({KEY})").fetchone() != (True,):
            raise ServerRuns
        yield


def _line(place: Place) -> "psycopg.Connection[tuple[object, ...]]":
    url = make_url(place.url).set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        return psycopg.connect(url, autocommit=True, **CONNECT_ARGUMENTS)
    except psycopg.OperationalError as error:
        raise NoDatabase(reason=first_line(error).rstrip(".")) from error


def _taken(place: Place, lock: str, patience_s: float) -> sqlite3.Connection | None:
    """What holds the lock until it is closed; None when others do not let go of theirs."""
    place.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    held = sqlite3.connect(place.folder / "at-work.lock", timeout=patience_s, isolation_level=None, check_same_thread=False)
    try:
        for statement in lock.split("; "):
            held.execute(statement).fetchall()
    except sqlite3.OperationalError as error:
        held.close()
        if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
            raise
        return None
    return held
