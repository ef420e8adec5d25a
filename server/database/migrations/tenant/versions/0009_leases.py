"""What one server process has to itself for a while."""

from server.database.migrations.shorthand import table

revision = "0009_leases"
down_revision: str | None = "0008_search"


def upgrade() -> None:
    """Bring the database here."""
    table("lease", "tenant_id key, name text, holder text, until moment", key="tenant_id name")
