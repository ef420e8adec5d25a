"""Codes with which people choose their passwords."""

from server.database.migrations.shorthand import table

revision = "0017_password_codes"
down_revision: str | None = "0016_founders_rights"


def upgrade() -> None:
    """Bring the database here."""
    table(
        "password_code", "tenant_id key, user_id key, code_hash text, created_at moment, created_by key, expires_at moment",
        key="tenant_id user_id",
    )  # fmt: skip
