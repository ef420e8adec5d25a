"""Lists by name are read in the order of an index, ids included."""

from alembic import op

from server.database.migrations.shorthand import index

revision = "0002_list_order"
down_revision: str | None = "0001_first"


def upgrade() -> None:
    """Bring the database here."""
    for kind in ("account", "contact"):
        op.drop_index(f"{kind}_by_name", kind)
        index(f"{kind}_by_name_id", kind, "tenant_id name id")
