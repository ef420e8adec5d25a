"""How much devices delete, and what is held."""

from server.database.migrations.shorthand import table

revision = "0010_deletion_tally"
down_revision: str | None = "0009_leases"


def upgrade() -> None:
    """Bring the database here."""
    words = (
        "tenant_id key, device text, kind text, began_at moment, count int, user_id key?, held_at moment?, held_count int,"
        " held_of int, allowed_until moment?"
    )
    table("deletion_tally", words, key="tenant_id device kind")
