"""Whether something stands before PostgreSQL that gives a connection to others between two transactions."""

from typing import Any

from sqlalchemy import Connection

from app.kernel.errors import PatchbayError

ROUNDS = 4  # it gives what is free: with others at work perhaps not at once the same to both


class PooledByTransaction(PatchbayError):
    """The server would hear nothing of what others commit, and find itself in sessions that were not told its role."""

    key = "pooled_by_transaction"
    text = (
        "The database's address leads to a pooler that gives connections to others after each transaction (PgBouncer with"
        " pool_mode = transaction). Patchbay cannot work so: it listens on its connections, and they keep its role. Set"
        " pool_mode = session for this database, or give the address of PostgreSQL itself (docs/scaling.md, Connections)."
    )


def check_own_sessions(one: Connection, other: Connection) -> None:
    """`PooledByTransaction` unless each of the two, open and in no transaction, keeps a session of PostgreSQL's to itself."""
    first = (_session_of(one), _session_of(other))
    if first[0] == first[1] or any((_session_of(one), _session_of(other)) != first for _ in range(ROUNDS)):
        raise PooledByTransaction


def _session_of(connection: Connection) -> int:
    driver: Any = connection.connection.driver_connection
    return int(driver.execute("SELECT pg_backend_pid()", prepare=False).fetchone()[0])
