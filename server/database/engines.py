"""Opens the databases of a place, each brought up to date or refused."""

from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, create_engine, event

from app.kernel.database import open_postgresql, open_sqlite
from server.database.away import at_start
from server.database.migrate import DIRECTORY, TENANT, OldDatabase, Tree, found_revision, is_current, upgrade
from server.database.place import Place
from server.database.poolers import check_own_sessions
from server.database.security import secure, server_role, unfenced

NOBODY = UUID(int=0)
POOL_SIZE = 12  # a process: the threads of the store, and the directory's questions beside them
# Who is cut off from the database shall know within seconds, not when TCP gives up after a quarter of an hour.
CONNECT_ARGUMENTS: dict[str, Any] = {
    "connect_timeout": 5, "keepalives_idle": 10, "keepalives_interval": 3, "keepalives_count": 3, "tcp_user_timeout": 10_000,
    "application_name": "patchbay-server",
}  # fmt: skip


class Engines:
    """One engine a tenant's file on SQLite; on PostgreSQL one for all, that says in each transaction which tenant it means."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._shared: Engine | None = None
        if place.is_sqlite:
            place.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.directory = _open_file(str(place.path), DIRECTORY)
        else:
            self._shared = self.directory = _open_server(place.url)

    def tenant(self, tenant_id: UUID) -> Engine:
        """The engine through which one tenant is seen."""
        if self._shared is not None:
            return self._shared.execution_options(tenant_id=tenant_id)
        return _open_file(str(self._place.tenant_file(tenant_id)), TENANT)


def prepare(place: Place) -> None:
    """As the owner: create what is missing; on SQLite the files do it by themselves when they are opened."""
    if place.is_sqlite:
        return
    engine = create_engine(place.url)
    with at_start(), engine.begin() as connection:
        upgrade(connection, DIRECTORY)
        with unfenced(connection):
            upgrade(connection, TENANT)
        secure(connection)
    engine.dispose()


def _open_file(path: str, tree: Tree) -> Engine:
    engine = open_sqlite(path)
    with engine.begin() as connection:
        if not is_current(connection, tree):
            upgrade(connection, tree)
    return engine


def move_log(engine: Engine) -> None:
    """Of a file, into it, as far as nobody reads the older state; neither waits for others nor keeps them waiting."""
    with engine.connect() as connection:
        driver: Any = connection.connection.dbapi_connection
        driver.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()


def _open_server(url: str) -> Engine:
    with at_start():
        role = server_role(url)
    engine = open_postgresql(url, NOBODY, pool_size=POOL_SIZE, max_overflow=0, pool_use_lifo=True, connect_args=CONNECT_ARGUMENTS)

    @event.listens_for(engine, "connect")
    def _(connection: Any, _record: Any) -> None:
        if role is not None:
            connection.execute(f"SET ROLE {role}")
            connection.commit()

    try:
        with at_start(), engine.connect() as connection, engine.connect() as other:
            check_own_sessions(connection, other)
            with connection.begin():
                for tree in (DIRECTORY, TENANT):
                    _refuse_old(connection, tree)
    except BaseException:
        engine.dispose()
        raise
    return engine


def _refuse_old(connection: Connection, tree: Tree) -> None:
    found = found_revision(connection, tree)
    if found != tree.head:
        raise OldDatabase(found=found or "none", wanted=tree.head)
