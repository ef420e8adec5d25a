"""Purging what was deleted long ago. All run within `TenantStore.change` or `look`."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, delete, func, insert, select, update

from app.domain.scopes.rules import FEWEST_DAYS
from app.domain.tenants.records import Workspace
from app.kernel.log import ScopeExit, Tenant
from app.kernel.record import KINDS, Record
from app.kernel.watch import unfenced
from server.database.tables import ChangeMark

SHORTEST_WINDOW = timedelta(days=FEWEST_DAYS)
MOST_AT_ONCE = 1_000  # tombstones of a kind in one transaction: others write between
STATEMENT_IDS = 500


def keeping_time(connection: Connection, tenant_id: UUID) -> timedelta | None:
    """How long the workspace keeps tombstones; nothing before it was set up."""
    days = connection.execute(select(Workspace.deleted_kept_days).where(Workspace.tenant_id == tenant_id)).scalar()
    return None if days is None else timedelta(days=days)


def mark(connection: Connection, tenant_id: UUID, now: datetime) -> None:
    """Note where the change numbers stand now, unless nothing happened since the last time."""
    change = _lock(connection, tenant_id)
    newest = connection.execute(select(func.max(ChangeMark.version)).where(ChangeMark.tenant_id == tenant_id)).scalar()
    slept = horizon(connection, tenant_id, now - SHORTEST_WINDOW)
    connection.execute(update(Tenant).where(Tenant.id == tenant_id).values(slept=slept))
    if newest is None or newest < change:
        connection.execute(insert(ChangeMark).values(tenant_id=tenant_id, version=change, marked_at=now, is_looked_through=False))


def horizon(connection: Connection, tenant_id: UUID, before: datetime) -> int:
    """The change number at that time or somewhat earlier; 0 when nobody knows so far back."""
    mine = (ChangeMark.tenant_id == tenant_id, ChangeMark.marked_at <= before)
    return connection.execute(select(func.max(ChangeMark.version)).where(*mine)).scalar() or 0


def purge_some(connection: Connection, tenant_id: UUID, until: int, at_most: int = MOST_AT_ONCE) -> bool:
    """Delete the oldest tombstones up to a change number, with what stands below them; true when there are more.

    How far it went is written in the same transaction, so no console ever pulls over a gap.
    """
    _lock(connection, tenant_id)
    since = _looked_through(connection, tenant_id)
    found = {name: _tombstones(connection, tenant_id, kind, since, until, at_most) for name, kind in KINDS.items()}
    full = [rows[-1][0] for rows in found.values() if len(rows) == at_most]
    reached = min(full, default=until)
    purged = {name: [(version, key) for version, key in rows if version <= reached] for name, rows in found.items()}
    newest = max((version for rows in purged.values() for version, _ in rows), default=0)
    if newest:
        with unfenced(connection):
            for name, rows in purged.items():
                _drop(connection, tenant_id, KINDS[name], [key for _, key in rows])
        connection.execute(update(Tenant).where(Tenant.id == tenant_id).values(purged=newest))
        connection.execute(delete(ScopeExit).where(ScopeExit.tenant_id == tenant_id, ScopeExit.version <= newest))
    if not full:
        _note_looked_through(connection, tenant_id, until)
    return bool(full)


def _lock(connection: Connection, tenant_id: UUID) -> int:
    """First of all, as whoever writes does; the change number."""
    mine = update(Tenant).where(Tenant.id == tenant_id).values(change=Tenant.change).returning(Tenant.change)
    return connection.execute(mine).scalar_one()


def _looked_through(connection: Connection, tenant_id: UUID) -> int:
    mine = (ChangeMark.tenant_id == tenant_id, ChangeMark.is_looked_through)
    return connection.execute(select(func.max(ChangeMark.version)).where(*mine)).scalar() or 0


def _note_looked_through(connection: Connection, tenant_id: UUID, until: int) -> None:
    connection.execute(delete(ChangeMark).where(ChangeMark.tenant_id == tenant_id, ChangeMark.version < until))
    here = (ChangeMark.tenant_id == tenant_id, ChangeMark.version == until)
    connection.execute(update(ChangeMark).where(*here).values(is_looked_through=True))


def _tombstones(
    connection: Connection, tenant_id: UUID, kind: type[Record], since: int, until: int, at_most: int
) -> Sequence[tuple[int, UUID]]:
    rows = connection.execute(
        select(kind.version, kind.id)
        .where(kind.tenant_id == tenant_id, kind.version > since, kind.version <= until, kind.deleted_at.is_not(None))
        .order_by(kind.version, kind.id)
        .limit(at_most)
    )
    return [(row.version, row.id) for row in rows]


def _drop(connection: Connection, tenant_id: UUID, kind: type[Record], ids: Sequence[UUID]) -> None:
    """Children first; on PostgreSQL the server may delete nothing but tombstones, so they become ones."""
    for some in _parts(ids):
        for child in KINDS.values():
            if child.__parent__ and child.__parent__[0] == kind.__tablename__:
                below = (child.tenant_id == tenant_id, getattr(child, child.__parent__[1]).in_(some))
                _drop(connection, tenant_id, child, connection.execute(select(child.id).where(*below)).scalars().all())
        mine = (kind.tenant_id == tenant_id, kind.id.in_(some))
        alive = update(kind.__table__).where(*mine, kind.deleted_at.is_(None))
        connection.execute(alive.values(deleted_at=kind.updated_at))
        connection.execute(delete(kind.__table__).where(*mine))


def _parts(ids: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    return (ids[at : at + STATEMENT_IDS] for at in range(0, len(ids), STATEMENT_IDS))
