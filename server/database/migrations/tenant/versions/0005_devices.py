"""Devices, with what opens their copies; and after how many days without contact a copy is locked."""

import sqlalchemy as sa
from alembic import op

from server.database.migrations.shorthand import index, table

revision = "0005_devices"
down_revision: str | None = "0004_audit_chain"


def upgrade() -> None:
    """Bring the database here."""
    table(
        "device",
        "tenant_id key, id key, user_id key, device text, name text, address text, first_seen moment, last_seen moment, "
        "secret bytes, revoked_at moment?, revoked_for text?, revoked_by key?, wiped_at moment?",
        key="tenant_id id",
    )
    index("device_by_user", "device", "tenant_id user_id")
    op.add_column("workspace", sa.Column("lock_after_days", sa.BigInteger, nullable=False, server_default="14"))
