"""The replica's file: SQLCipher under SQLAlchemy."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import sqlcipher3
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import StaticPool

from app.kernel.watch import fence

log = logging.getLogger(__name__)
KEY_BYTES = 32
CACHE_KIB = 32 * 1024
BUSY_S = 30
CHECKPOINT = "wal_autocheckpoint=8000"  # pages of 4 KiB: each checkpoint waits for the disk
SETTINGS = (
    "journal_mode=WAL", "synchronous=NORMAL", f"cache_size=-{CACHE_KIB}", CHECKPOINT, "temp_store=MEMORY",
    "secure_delete=ON",  # what is deleted is overwritten, where it stands
)  # fmt: skip
WIPED_AT_ONCE_BYTES = 128 << 20  # a second's work; the person waits for it
WIPE_BUSY_MS = 200
STEPS_BETWEEN_LOOKS = 2_000  # of SQLite's machine: some tenths of a millisecond

# The driver looks for a way to convert every value that is no number and no text, and takes nine tenths of an insert to find
# none: so it is told at once.
sqlcipher3.dbapi2.register_adapter(bytes, bytes)
sqlcipher3.dbapi2.register_adapter(type(None), {}.get)


class Join(Protocol):
    """A step of what must be done before the file is written anew; tells whether there are more."""

    def __call__(self, connection: Connection, /, *, is_first: bool) -> bool:
        """In a transaction of its own."""
        ...


def open_file(path: Path | None, key: bytes, *, max_pages: int | None = None) -> Engine:
    """An engine over the encrypted file (in memory without a path); `max_pages` bounds its size."""
    if len(key) != KEY_BYTES:
        raise ValueError(f"the key has {len(key)} bytes, not {KEY_BYTES}")
    engine = create_engine(
        f"sqlite:///{path}" if path else "sqlite://",
        module=sqlcipher3.dbapi2,
        connect_args={"check_same_thread": False, "timeout": BUSY_S},
        **({} if path else {"poolclass": StaticPool}),
    )

    @event.listens_for(engine, "connect")
    def _(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver must not begin or commit by itself
        connection.execute(f"PRAGMA key=\"x'{key.hex()}'\"")  # raw: no derivation, opens in milliseconds
        for pragma in SETTINGS:
            connection.execute(f"PRAGMA {pragma}")
        if max_pages:
            connection.execute(f"PRAGMA max_page_count={max_pages}")

    @event.listens_for(engine, "begin")
    def _(connection: Connection) -> None:
        is_reader = connection.get_execution_options().get("is_reader", False)
        connection.exec_driver_sql("BEGIN" if is_reader else "BEGIN IMMEDIATE")

    _take_back_what_is_open(engine)
    fence(engine)
    return engine


def _take_back_what_is_open(engine: Engine) -> None:
    """A full disk ends SQLite's transaction with all its savepoints: an error about these would hide the one that counts."""
    roll_back = engine.dialect.do_rollback_to_savepoint

    def roll_back_if_open(connection: Connection, name: str) -> None:
        driver: Any = connection.connection.driver_connection
        if driver.in_transaction:
            roll_back(connection, name)

    engine.dialect.do_rollback_to_savepoint = roll_back_if_open  # type: ignore[method-assign]


@contextmanager
def broken_off(connection: Connection, when: Callable[[], bool]) -> Iterator[None]:
    """Statements of this block end with the driver's "interrupted" as soon as this is so, however much they have still to do."""
    driver: Any = connection.connection.driver_connection
    driver.set_progress_handler(when, STEPS_BETWEEN_LOOKS)
    try:
        yield
    finally:
        driver.set_progress_handler(None, 0)


def wipe(engine: Engine, join: Join, *, whatever_size: bool, is_hurried: Callable[[], bool]) -> bool:
    """Leave nothing in the file and its log of what was deleted; false when that has to wait.

    Overwriting misses copies that SQLite left in the gaps of pages when it moved rows about (27 of 13,000 in a trial): only a
    file that is written anew has none. A large one is written anew when nobody waits, and given up when somebody does. `join`
    is for what keeps its own past in its tables, step by step.
    """
    with engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        (pages,), (page_bytes,) = (driver.execute(f"PRAGMA {each}").fetchone() for each in ("page_count", "page_size"))
        is_anew = whatever_size or int(pages) * int(page_bytes) <= WIPED_AT_ONCE_BYTES
        driver.execute(f"PRAGMA busy_timeout={WIPE_BUSY_MS}")
        try:
            if is_anew:
                _join(engine, join, is_hurried)
                with broken_off(connection, is_hurried):
                    driver.execute("VACUUM")
            is_busy, *_ = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except (sqlcipher3.dbapi2.OperationalError, OperationalError) as error:  # no room for a copy, or somebody writes or waits
            if not is_hurried():
                log.warning("what was deleted could not be wiped yet: %s", error)
            return False
        finally:
            driver.execute(f"PRAGMA busy_timeout={BUSY_S * 1000}")
    return is_anew and not is_busy


def _join(engine: Engine, join: Join, is_hurried: Callable[[], bool]) -> None:
    """Each step is a transaction, between which others can write."""
    is_first = is_more = True
    while is_more and not is_hurried():
        with engine.begin() as connection:
            is_more = join(connection, is_first=is_first)
        is_first = False
