"""Tells a database that is out of reach from one that refuses."""

import logging
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from app.kernel.errors import PatchbayError

log = logging.getLogger(__name__)
AWAY = ("08", "53", "57P")  # connections broken, resources exhausted, shutting down or starting up


class DatabaseAway(PatchbayError):
    """The database is out of reach; nothing was done, or it is not known whether it was: commands can be sent again."""

    key = "database_away"
    text = "The database can't be reached just now. Try again in a few seconds."


class NoRoom(DatabaseAway):
    """The server's disk is full; nothing was done. It goes on by itself when there is room."""

    key = "no_room"
    text = "The server's disk is full; nothing was kept. Tell whoever looks after it, and try again."


class DatabaseDamaged(DatabaseAway):
    """A file of SQLite's has rotted, or its disk has."""

    key = "database_damaged"
    text = "The workspace's database on the server can't be read. Tell whoever looks after it: patchbay-server doctor says why."


class NoDatabase(PatchbayError):
    """The database could not be reached when something began."""

    key = "no_database"
    text = "The database can't be reached: {reason}. Start it, or correct its address, and try again."


@contextmanager
def at_start() -> Iterator[None]:
    """Within it the database's absence is `NoDatabase`, which says why."""
    try:
        yield
    except DBAPIError as error:
        if not is_away(error):
            raise
        raise NoDatabase(reason=first_line(error.orig or error).rstrip(".")) from error


def first_line(error: BaseException) -> str:
    """Of what a driver says; the rest is advice for its programmers."""
    return str(error).strip().partition("\n")[0]


class Outage:
    """Whether the database is out of reach of this process: the log tells when that begins and ends, and nothing between."""

    def __init__(self) -> None:
        self._changing = threading.Lock()
        self.since_s: float | None = None

    def begins(self, error: Exception) -> None:
        """Somebody could not reach it; all who try meanwhile need not say so again."""
        with self._changing:
            is_new, self.since_s = self.since_s is None, self.since_s or time.monotonic()
        if is_new:
            log.warning("the database can't be reached, and all wait for it: %s", first_line(error))

    def ends(self) -> None:
        """Somebody has reached it."""
        if self.since_s is None:
            return
        with self._changing:
            since_s, self.since_s = self.since_s, None
        if since_s is not None:
            log.warning("the database is there again, after %.0f s", time.monotonic() - since_s)


OUTAGE = Outage()  # a process has one database, and one log


@contextmanager
def reachable() -> Iterator[None]:
    """Within it the database's absence is `DatabaseAway`, and what is wrong with its file `NoRoom` or `DatabaseDamaged`."""
    try:
        yield
    except NoConnectionFree as error:
        OUTAGE.begins(error)
        raise DatabaseAway from error
    except DBAPIError as error:
        if is_away(error):
            OUTAGE.begins(error.orig if isinstance(error.orig, Exception) else error)
            raise DatabaseAway from error
        if (wrong := _of_file(error)) is not None:
            raise wrong from error
        raise
    OUTAGE.ends()


def _of_file(error: DBAPIError) -> PatchbayError | None:
    """What SQLite says of its file."""
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is None:
        return None
    match code & 0xFF:  # without what tells more
        case sqlite3.SQLITE_FULL:
            return NoRoom()
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB | sqlite3.SQLITE_IOERR:
            log.error("a database's file can't be read: %s. Run: patchbay-server doctor", error.orig)
            return DatabaseDamaged()
        case _:
            return None


def is_away(error: DBAPIError) -> bool:
    """Whether the connection was lost or could not be made. (A SQLite file is never away.)"""
    if not isinstance(error.orig, psycopg.Error):
        return False
    state = error.orig.sqlstate
    return error.connection_invalidated or (isinstance(error, OperationalError) and (state is None or state.startswith(AWAY)))
