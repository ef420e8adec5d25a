"""A person can be erased: rows of the audit may be emptied in one way, and raw mails know which message they became."""

import sqlalchemy as sa
from alembic import op

from app.kernel.columns import Key
from server.database.append_only import let_empty
from server.database.migrations.shorthand import index, table

revision = "0015_erasing"
down_revision: str | None = "0014_tags"


def upgrade() -> None:
    """Bring the database here."""
    table("audit_emptied", "tenant_id key, seq int, by_seq int, fields text, content text?", key="tenant_id seq")
    op.add_column("raw_inbound", sa.Column("message_id", Key(), nullable=True))
    index("raw_inbound_by_message", "raw_inbound", "tenant_id message_id")
    let_empty(op.get_bind())
