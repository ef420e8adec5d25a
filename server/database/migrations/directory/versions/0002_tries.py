"""How often somebody tried a password lately."""

from server.database.migrations.shorthand import index, table

revision = "0002_tries"
down_revision: str | None = "0001_first"

TABLES = (("sign_in_try", "key text, full_at_us int", "key"),)
INDEXES = (("sign_in_try_by_full_at", "sign_in_try", "full_at_us", False),)


def upgrade() -> None:
    """Bring the database here."""
    for name, words, key in TABLES:
        table(name, words, key=key)
    for name, on, columns, unique in INDEXES:
        index(name, on, columns, unique=unique)
