"""The audit becomes a chain that only grows; what was written down before is linked in the order of its change numbers."""

from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa
from alembic import op

from app.kernel.columns import Frozen, Key
from app.kernel.command import Issued
from app.kernel.database import write_trail
from app.kernel.trail import Head, Origin, Trail
from server.database.append_only import fix
from server.database.migrations.shorthand import index, table

revision = "0004_audit_chain"
down_revision: str | None = "0003_tombstones"

COLUMNS = (
    "tenant_id key, seq int, record_id key, version int, kind text, operation text, verb text, command_id key, device text,"
    " address text, actor_id key, acted_us int, applied_us int, fields text, content text?, previous bytes, hash bytes"
)
NAMES = [each.split()[0] for each in COLUMNS.split(",")]
KEYS = {"tenant_id", "record_id", "command_id", "actor_id", "id"}
AT_ONCE = 5_000


def upgrade() -> None:
    """Bring the database here."""
    connection = op.get_bind()
    is_postgresql = connection.dialect.name == "postgresql"
    op.drop_index("audit_command", "audit")
    op.rename_table("audit", "audit_before")
    if is_postgresql:
        op.execute("ALTER TABLE audit_before RENAME CONSTRAINT audit_pkey TO audit_before_pkey")
        op.execute("ALTER TABLE audit_before DISABLE ROW LEVEL SECURITY")
    op.add_column("tenant", sa.Column("audit_seq", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("tenant", sa.Column("audit_hash", sa.LargeBinary(), nullable=True))
    op.add_column("workspace", sa.Column("audit_days", sa.BigInteger(), nullable=True))
    table("audit", COLUMNS, key="tenant_id seq")
    table("audit_cut", "tenant_id key, seq int, hash bytes, cut_us int", key="tenant_id seq")
    for tenant_id in connection.execute(sa.text("SELECT DISTINCT tenant_id FROM audit_before")).scalars().all():
        _link(connection, UUID(bytes=tenant_id) if isinstance(tenant_id, bytes) else tenant_id)
    op.drop_table("audit_before")
    index("audit_record", "audit", "tenant_id record_id version")
    index("audit_command", "audit", "tenant_id command_id")
    index("audit_actor", "audit", "tenant_id actor_id seq")
    fix(connection)


def _link(connection: sa.Connection, tenant_id: UUID) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("SELECT set_config('app.tenant', :tenant, true)"), {"tenant": str(tenant_id)})
    old = _table("audit_before", *(name for name in NAMES if name not in NEW))
    log = _table("command_log", "tenant_id", "id", "name")
    named = old.outerjoin(log, sa.and_(log.c.tenant_id == old.c.tenant_id, log.c.id == old.c.command_id))
    query = sa.select(old, log.c.name).select_from(named).where(old.c.tenant_id == tenant_id)
    found = connection.execute(query.order_by(old.c.version, old.c.record_id), execution_options={"yield_per": AT_ONCE})
    trail = Trail(tenant_id, Head(), Origin())
    for rows in found.partitions():
        for row in rows:
            _add(trail, row)
        write_trail(connection, trail)
    tenant = _table("tenant", "id", "audit_seq", "audit_hash")
    values = {"audit_seq": trail.head.seq, "audit_hash": trail.head.hash}
    connection.execute(sa.update(tenant).where(tenant.c.id == tenant_id).values(values))


NEW = frozenset({"seq", "verb", "address", "applied_us", "content", "previous", "hash"})


def _table(name: str, *columns: str) -> sa.TableClause:
    kinds: dict[str, Any] = dict.fromkeys(KEYS, Key) | ({"fields": Frozen} if name == "audit_before" else {})
    return sa.table(name, *(sa.column(each, kinds.get(each)) for each in columns))


def _add(trail: Trail, old: sa.Row[Any]) -> None:
    issued = Issued(
        id=old.command_id, name=old.name or "", body=msgspec.Raw(b""), actor_id=old.actor_id, device=old.device,
        acted_us=old.acted_us,
    )  # fmt: skip
    trail.origin = Origin("", old.acted_us)  # when it was applied was not kept
    trail.add(issued, old.version, kind=old.kind, record_id=old.record_id, operation=old.operation, fields=old.fields)
