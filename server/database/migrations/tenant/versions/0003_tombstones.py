"""How far tombstones were purged, and how long they are kept."""

import sqlalchemy as sa
from alembic import op

from server.database.migrations.shorthand import table

revision = "0003_tombstones"
down_revision: str | None = "0002_list_order"


def upgrade() -> None:
    """Bring the database here."""
    op.add_column("tenant", sa.Column("purged", sa.BigInteger, nullable=False, server_default="0"))
    op.add_column("workspace", sa.Column("deleted_kept_days", sa.BigInteger, nullable=False, server_default="90"))
    table("change_mark", "tenant_id key, version int, marked_at moment, is_looked_through bool", key="tenant_id version")
