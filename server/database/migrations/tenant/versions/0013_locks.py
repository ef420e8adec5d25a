"""Who has locked a contact, an account or a conversation, and when."""

import sqlalchemy as sa
from alembic import op

from app.kernel.columns import Key, Moment

revision = "0013_locks"
down_revision: str | None = "0012_scope_rights"

LOCKABLE = ("account", "contact", "conversation")


def upgrade() -> None:
    """Bring the database here."""
    for name in LOCKABLE:
        op.add_column(name, sa.Column("locked_at", Moment(), nullable=True))
        op.add_column(name, sa.Column("locked_by", Key(), nullable=True))
