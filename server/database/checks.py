"""What can be wrong with a database, found without changing it."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, create_engine, select, text
from sqlalchemy.exc import DatabaseError

from app.domain.roles.grants import grant_of
from app.domain.roles.records import Role
from app.domain.roles.rules import BASELINE, PRESETS, preset_id
from app.kernel.permissions import SPECIAL
from server.database.append_only import unfixed
from server.database.directory import Entry, TenantName
from server.database.jobs import count_dead
from server.database.migrate import DIRECTORY, TENANT, Tree, found_revision
from server.database.place import Place
from server.database.poolers import PooledByTransaction, check_own_sessions
from server.database.raw_inbound import count_quarantined
from server.database.security import ROLE, unsecured


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at."""

    is_good: bool
    text: str


def check_database(place: Place) -> Iterator[Finding]:
    """Whether it is there, up to date, and fenced."""
    if place.path is not None and not place.path.exists():
        yield Finding(is_good=False, text=f"There is no database at {place.path}. Run: patchbay-server init.")
        return
    engine = create_engine(place.url)
    try:
        with engine.connect() as connection:
            yield Finding(is_good=True, text="The database can be reached.")
            yield _check_revision(connection, DIRECTORY, "The directory")
            if place.is_sqlite:
                known = {str(each) for each in connection.execute(select(Entry.id)).scalars()}
                yield from _check_files(place, known)
            else:
                yield _check_sessions(engine)
                yield _check_revision(connection, TENANT, "The database")
                yield from _check_trail(connection, "The database")
                yield from _check_fence(connection)
    except DatabaseError as error:
        yield Finding(is_good=False, text=f"The database cannot be reached: {str(error.orig).splitlines()[0]}")
    finally:
        engine.dispose()


def _check_sessions(engine: Engine) -> Finding:
    asking = engine.execution_options(isolation_level="AUTOCOMMIT")  # within a transaction nobody else gets the session
    try:
        with asking.connect() as one, asking.connect() as other:
            check_own_sessions(one, other)
    except PooledByTransaction as error:
        return Finding(is_good=False, text=str(error))
    return Finding(is_good=True, text="Each connection to the database keeps its session.")


def _check_revision(connection: Connection, tree: Tree, what: str) -> Finding:
    found = found_revision(connection, tree)
    if found == tree.head:
        return Finding(is_good=True, text=f"{what} is up to date ({found}).")
    return Finding(is_good=False, text=f"{what} is at {found or 'nothing'} instead of {tree.head}. Run: patchbay-server upgrade.")


def check_tenant(connection: Connection, tenant: TenantName) -> list[Finding]:
    """What waits for a person: mail that could not be taken in, work that was given up."""
    mails = [
        f"{count} {'mail' if count == 1 else 'mails'} of the inbox {account} could not be taken in."
        f" See: patchbay-server inbox quarantine --workspace {tenant.slug}"
        for account, count in count_quarantined(connection, tenant.id).items()
    ]
    jobs = [
        f"{count} {'job' if count == 1 else 'jobs'} ({name}) given up after many tries."
        f" See: patchbay-server jobs list --workspace {tenant.slug}"
        for name, count in count_dead(connection, tenant.id).items()
    ]
    waiting = [Finding(is_good=False, text=f"{tenant.name}: {what}") for what in (*mails, *jobs)]
    return [*waiting, *_check_roles(connection, tenant)]


def _check_roles(connection: Connection, tenant: TenantName) -> Iterator[Finding]:
    """First roles that somebody changed stay as they are: whether they shall do what is newer, the server does not decide."""
    first = {preset_id(tenant.id, each.key): each for each in PRESETS if each.key != BASELINE}
    kept = select(Role.id, Role.name, Role.rights).where(
        Role.tenant_id == tenant.id, Role.id.in_(list(first)), Role.deleted_at.is_(None)
    )
    for row in connection.execute(kept.order_by(Role.name)):
        given = grant_of(row.name, row.rights)
        lacking = [each for each in first[row.id].rights if each.partition(":")[2] in SPECIAL and not given.level(each)]
        if lacking:
            said = f"the role {row.name} was changed here and does not give what a new workspace's gives: {', '.join(lacking)}."
            yield Finding(is_good=True, text=f"{tenant.name}: {said} If it should, give it in the settings, Roles.")


def _check_files(place: Place, known: set[str]) -> Iterator[Finding]:
    for file in sorted(place.folder.glob("*.db")):
        engine = create_engine(f"sqlite:///{file}")
        try:
            with engine.connect() as connection:
                yield from _check_file(connection, file.name)
        except DatabaseError as error:
            yield Finding(is_good=False, text=f"The workspace file {file.name} is damaged: {error.orig}. Restore a backup.")
        engine.dispose()
        if file.stem not in known:
            why = "an init broke off (then delete it), or the directory is older than it (then restore a backup)"
            yield Finding(is_good=False, text=f"{file.name} belongs to no workspace of the directory: {why}.")


def _check_file(connection: Connection, name: str) -> Iterator[Finding]:
    yield _check_revision(connection, TENANT, f"The workspace file {name}")
    answer = connection.execute(text("PRAGMA quick_check(1)")).scalar()
    if answer != "ok":
        yield Finding(is_good=False, text=f"The workspace file {name} is damaged: {answer}. Restore a backup.")
    yield from _check_trail(connection, f"The workspace file {name}")


def _check_trail(connection: Connection, what: str) -> Iterator[Finding]:
    if missing := unfixed(connection):
        said = f"{what} does not refuse changes to the audit: {missing[0]} is gone. Run: patchbay-server audit verify."
        yield Finding(is_good=False, text=said)


def _check_fence(connection: Connection) -> Iterator[Finding]:
    open_tables = unsecured(connection)
    if open_tables:
        yield Finding(is_good=False, text=f"Row-level security is not forced on: {', '.join(open_tables)}. Run upgrade.")
    else:
        yield Finding(is_good=True, text="Row-level security is forced on every table of the tenants.")
    row = connection.execute(
        text(
            "SELECT current_user AS me, rolsuper OR rolbypassrls AS passes, EXISTS (SELECT 1 FROM pg_class"
            " WHERE relname = 'contact' AND relowner = (SELECT oid FROM pg_roles WHERE rolname = current_user)) AS owns"
            " FROM pg_roles WHERE rolname = current_user"
        )
    ).one()
    if not row.passes and not row.owns:
        yield Finding(is_good=True, text=f"The server signs in as {row.me}, which owns no table.")
        return
    known = connection.execute(text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": ROLE}).scalar()
    is_good = known is not None
    after = f"and becomes {ROLE} for its work. Better give it {ROLE} in --database." if is_good else f"and {ROLE} does not exist."
    yield Finding(is_good=is_good, text=f"The server signs in as {row.me}, who may pass the fence between tenants, {after}")
