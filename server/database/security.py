"""PostgreSQL's fence between tenants: row-level security that binds even the owner, and a role that owns nothing."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, create_engine, text

from app.kernel.database import force_row_security
from app.kernel.log import ScopeExit
from app.kernel.record import KINDS
from server.database.migrate import DIRECTORY, TENANT, tables_of
from server.database.tables import ServerTable
from server.database.tries import Try

ROLE = "patchbay_server"
# After how many changed rows of a table, and what part of it beyond, PostgreSQL counts anew.
COUNTED = "autovacuum_analyze_threshold=2000,autovacuum_analyze_scale_factor=0.01"
FUNCTIONS = (
    "drop_cut_audit(bigint)",
    "empty_audit(bigint)",
    "search_find(tsquery, bigint, bigint, integer)",
    "search_near(text, integer)",
)


def is_secured(connection: Connection, table: str) -> bool:
    """Whether the table's rows are fenced, for its owner too."""
    row = connection.execute(
        text("SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = to_regclass(:name)"), {"name": f'"{table}"'}
    ).scalar()
    return bool(row)


@contextmanager
def unfenced(connection: Connection) -> Iterator[None]:
    """As the owner, within one transaction: see every tenant's rows, which a migration may have to carry over.

    Only an owner who is no superuser needs it; the fence binds the server's role all the while, and nobody else gets in between.
    """
    fenced = [table for table in tables_of(TENANT) if is_secured(connection, table)]
    for table in fenced:
        connection.exec_driver_sql(f'ALTER TABLE "{table}" NO FORCE ROW LEVEL SECURITY')
    yield
    for table in fenced:
        connection.exec_driver_sql(f'ALTER TABLE IF EXISTS "{table}" FORCE ROW LEVEL SECURITY')


def secure(connection: Connection) -> None:
    """As the owner: make the server's role and fence every tenant's table that is not fenced yet."""
    known = connection.execute(text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": ROLE}).scalar()
    if not known:
        connection.exec_driver_sql(f"CREATE ROLE {ROLE} LOGIN NOSUPERUSER NOBYPASSRLS")
    for table in tables_of(TENANT):
        if not is_secured(connection, table):
            force_row_security(connection, [table], ROLE)
        _have_counted(connection, table)
    for table in (*ServerTable.metadata.tables, *TENANT.more, ScopeExit.__tablename__):
        connection.exec_driver_sql(f'GRANT DELETE ON "{table}" TO {ROLE}')
    for table in KINDS:
        _let_tombstones_go(connection, table)
    for table in tables_of(DIRECTORY):
        connection.exec_driver_sql(f'GRANT SELECT, INSERT ON "{table}" TO {ROLE}')
    connection.exec_driver_sql(f"GRANT EXECUTE ON FUNCTION {', '.join(FUNCTIONS)} TO {ROLE}")
    connection.exec_driver_sql(f'GRANT UPDATE, DELETE ON "{Try.__tablename__}" TO {ROLE}')
    for tree in (TENANT, DIRECTORY):
        connection.exec_driver_sql(f'GRANT SELECT ON "{tree.version_table}" TO {ROLE}')


def _have_counted(connection: Connection, table: str) -> None:
    """PostgreSQL takes a workspace that it has not counted for a row or two, and reads all of it for each question: a page of
    fifty took a hundred milliseconds. In a large table it would wait for a tenth of all rows to change.
    """
    known = text("SELECT array_to_string(reloptions, ',') FROM pg_class WHERE oid = to_regclass(:name)")
    if connection.execute(known, {"name": f'"{table}"'}).scalar() != COUNTED:
        connection.exec_driver_sql(f'ALTER TABLE "{table}" SET ({COUNTED})')


def _let_tombstones_go(connection: Connection, table: str) -> None:
    """Of records only those that are marked as deleted may be removed, by whatever statement."""
    known = text("SELECT 1 FROM pg_policies WHERE tablename = :table AND policyname = 'tombstones'")
    if connection.execute(known, {"table": table}).scalar() is None:
        only = "AS RESTRICTIVE FOR DELETE USING (deleted_at IS NOT NULL)"
        connection.exec_driver_sql(f'CREATE POLICY tombstones ON "{table}" {only}')
        connection.exec_driver_sql(f'GRANT DELETE ON "{table}" TO {ROLE}')


def unsecured(connection: Connection) -> Sequence[str]:
    """The tenants' tables that are not fenced."""
    return [table for table in tables_of(TENANT) if not is_secured(connection, table)]


def server_role(url: str) -> str | None:
    """The role to become after connecting as another; nothing when the address already names a harmless one."""
    engine: Engine = create_engine(url)
    try:
        with engine.connect() as connection:
            found = connection.execute(
                text(
                    "SELECT current_user <> :role AND EXISTS (SELECT 1 FROM pg_roles WHERE rolname = :role)"
                    " AND (SELECT rolsuper OR pg_has_role(current_user, CAST(:role AS name), 'member')"
                    " FROM pg_roles WHERE rolname = current_user)"
                ),
                {"role": ROLE},
            ).scalar()
            return ROLE if found else None
    finally:
        engine.dispose()
