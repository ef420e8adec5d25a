"""What only one server process may do at a time: held for a while, renewed while it goes on, taken over when that ends.

All run within `TenantStore.change`, on PostgreSQL and by its clock: processes' clocks differ. On SQLite there is one process.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, delete, func, literal, update
from sqlalchemy.dialects.postgresql import insert

from app.kernel.columns import Moment
from server.database.tables import Lease


def take(connection: Connection, tenant_id: UUID, name: str, holder: str, age: timedelta) -> bool:
    """Hold it for so long, unless another does."""
    until = _in(age)
    taken = insert(Lease).values(tenant_id=tenant_id, name=name, holder=holder, until=until)
    taken = taken.on_conflict_do_update(
        index_elements=[Lease.tenant_id, Lease.name],
        set_={"holder": holder, "until": until},
        where=(Lease.holder == holder) | (Lease.until <= func.clock_timestamp()),
    )
    return connection.execute(taken.returning(Lease.name)).first() is not None


def renew(connection: Connection, tenant_id: UUID, names: Iterable[str], holder: str, age: timedelta) -> set[str]:
    """Hold these for so long from now; those that are still this holder's."""
    mine = (Lease.tenant_id == tenant_id, Lease.name.in_(list(names)), Lease.holder == holder)
    return set(connection.execute(update(Lease).where(*mine).values(until=_in(age)).returning(Lease.name)).scalars())


def release(connection: Connection, tenant_id: UUID, names: Iterable[str], holder: str) -> None:
    """Let others have these at once."""
    mine = (Lease.tenant_id == tenant_id, Lease.name.in_(list(names)), Lease.holder == holder)
    connection.execute(delete(Lease).where(*mine))


def _in(age: timedelta) -> ColumnElement[datetime]:
    return func.clock_timestamp(type_=Moment) + literal(age)
