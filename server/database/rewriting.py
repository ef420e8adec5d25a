"""Writes a workspace's SQLite file anew, so that nothing is left in it of what was taken out of its tables."""

import logging
from time import monotonic

from sqlalchemy import Engine, text

from app.domain.search.sqlite import SqliteIndex

log = logging.getLogger(__name__)
BUSY_MS = 5_000


def rewrite(engine: Engine) -> bool:
    """On the writing thread; false when somebody who reads an older state was in the way, and it has to be done again.

    Overwriting alone misses what SQLite left in the gaps of pages when it moved rows about, and older parts of the search index.
    """
    began_s = monotonic()
    _join_index(engine)
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None  # noqa: S101  # it was connected just now
        driver.execute(f"PRAGMA busy_timeout={BUSY_MS}")
        driver.execute("VACUUM")
        is_busy, *_ = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    log.info("the workspace's file was written anew in %.1f s", monotonic() - began_s)
    return not is_busy


def _join_index(engine: Engine) -> None:
    """Each step is a transaction of its own."""
    is_first = is_more = True
    while is_more:
        with engine.begin() as connection:
            is_there = connection.execute(text("SELECT 1 FROM sqlite_master WHERE name = 'search_fts'")).first()
            is_more = is_there is not None and SqliteIndex(connection).join_some(is_first=is_first)
        is_first = False
