"""Tags: a set of words on each contact, account and conversation; nobody has any as yet."""

import sqlalchemy as sa
from alembic import op

from app.kernel.columns import Words

revision = "0014_tags"
down_revision: str | None = "0013_locks"

TAGGED = ("contact", "account", "conversation")
HAS_ANY = sa.text("tags <> '[]'")


def upgrade() -> None:
    """Bring the database here."""
    for kind in TAGGED:
        op.add_column(kind, sa.Column("tags", Words, nullable=False, server_default="[]"))
        columns = ["tenant_id", "updated_at", "tags"]
        op.create_index(f"{kind}_by_tags", kind, columns, sqlite_where=HAS_ANY, postgresql_where=HAS_ANY)
