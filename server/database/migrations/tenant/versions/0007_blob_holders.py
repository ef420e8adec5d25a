"""Who gave the bytes of a file."""

from alembic import op

from server.database.migrations.shorthand import table

revision = "0007_blob_holders"
down_revision: str | None = "0006_access"


def upgrade() -> None:
    """Bring the database here; whoever gave a file first is known, and on PostgreSQL seen by the owner only tenant by tenant."""
    table("blob_holder", "tenant_id key, sha256 text, user_id key", key="tenant_id sha256 user_id")
    op.get_bind().exec_driver_sql(
        "INSERT INTO blob_holder (tenant_id, sha256, user_id) SELECT tenant_id, sha256, created_by FROM blob "
        "WHERE created_by IS NOT NULL"
    )
