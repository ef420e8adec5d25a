"""Tells a database that is out of reach from one that refuses."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from app.kernel.errors import PatchbayError

AWAY = ("08", "53", "57P")  # connections broken, resources exhausted, shutting down or starting up


class DatabaseAway(PatchbayError):
    """The database is out of reach; nothing was done, or it is not known whether it was: commands can be sent again."""

    key = "database_away"
    text = "The database can't be reached just now. Try again in a few seconds."


@contextmanager
def reachable() -> Iterator[None]:
    """Within it the database's absence is `DatabaseAway`."""
    try:
        yield
    except NoConnectionFree as error:
        raise DatabaseAway from error
    except DBAPIError as error:
        if is_away(error):
            raise DatabaseAway from error
        raise


def is_away(error: DBAPIError) -> bool:
    """Whether the connection was lost or could not be made. (A SQLite file is never away.)"""
    if not isinstance(error.orig, psycopg.Error):
        return False
    state = error.orig.sqlstate
    return error.connection_invalidated or (isinstance(error, OperationalError) and (state is None or state.startswith(AWAY)))
