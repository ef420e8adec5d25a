"""What one server process has to itself for a while."""

from server.database.migrations.shorthand import table

revision = "0007_leases"
down_revision: str | None = "0006_access"


def upgrade() -> None:
    """Bring the database here."""
    table("lease", "tenant_id key, name text, holder text, until moment", key="tenant_id name")
