"""From which change number on a workspace that was restored from a backup has a past of its own."""

import sqlalchemy as sa
from alembic import op

revision = "0018_restored"
down_revision: str | None = "0017_password_codes"


def upgrade() -> None:
    """Bring the database here."""
    op.add_column("tenant", sa.Column("restored", sa.BigInteger, nullable=False, server_default="0"))
