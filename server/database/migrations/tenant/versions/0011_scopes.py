"""What people keep on their devices, and how far back some devices do not go."""

import sqlalchemy as sa
from alembic import op

from server.database.migrations.shorthand import ROOT, index, table

revision = "0011_scopes"
down_revision: str | None = "0010_deletion_tally"

TABLES = (
    ("device_scope", f"{ROOT}, territory_id key?, share_count int, device text, groups json, days int"),
    ("pin", f"{ROOT}, territory_id key?, share_count int, device text, kind text, record_id key"),
)
INDEXES = (
    ("device_scope_by_owner_id_device", "device_scope", "tenant_id owner_id device"),
    ("device_scope_by_version", "device_scope", "tenant_id version id"),
    ("pin_by_owner_id_record_id", "pin", "tenant_id owner_id record_id"),
    ("pin_by_version", "pin", "tenant_id version id"),
)


def upgrade() -> None:
    """Bring the database here."""
    op.add_column("tenant", sa.Column("slept", sa.BigInteger, nullable=False, server_default="0"))
    for name, words in TABLES:
        table(name, words, key="tenant_id id")
    for name, on, columns in INDEXES:
        index(name, on, columns)
