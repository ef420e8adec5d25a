"""The replica's file: SQLCipher under SQLAlchemy."""

from pathlib import Path
from typing import Any

import sqlcipher3
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import StaticPool

from app.kernel.watch import fence

KEY_BYTES = 32
CACHE_KIB = 32 * 1024
BUSY_S = 30
CHECKPOINT = "wal_autocheckpoint=8000"  # pages of 4 KiB: each checkpoint waits for the disk

# The driver looks for a way to convert every value that is no number and no text, and takes nine tenths of an insert to find
# none: so it is told at once.
sqlcipher3.dbapi2.register_adapter(bytes, bytes)
sqlcipher3.dbapi2.register_adapter(type(None), {}.get)


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
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", f"cache_size=-{CACHE_KIB}", CHECKPOINT, "temp_store=MEMORY"):
            connection.execute(f"PRAGMA {pragma}")
        if max_pages:
            connection.execute(f"PRAGMA max_page_count={max_pages}")

    @event.listens_for(engine, "begin")
    def _(connection: Connection) -> None:
        is_reader = connection.get_execution_options().get("is_reader", False)
        connection.exec_driver_sql("BEGIN" if is_reader else "BEGIN IMMEDIATE")

    fence(engine)
    return engine
