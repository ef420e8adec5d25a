"""The server signs where it cuts the audit off."""

import sqlalchemy as sa
from alembic import op

revision = "0020_cut_marks"
down_revision: str | None = "0019_recording_rights"


def upgrade() -> None:
    """Bring the database here."""
    op.add_column("audit_cut", sa.Column("mark", sa.LargeBinary(), nullable=True))
