"""The first tables."""

from server.database.migrations.shorthand import index, table

revision = "0001_first"
down_revision: str | None = None

TABLES = (("directory", "id key, slug text, name text", "id"),)
INDEXES = (("directory_by_slug", "directory", "slug", True),)


def upgrade() -> None:
    """Bring the database here."""
    for name, words, key in TABLES:
        table(name, words, key=key)
    for name, on, columns, unique in INDEXES:
        index(name, on, columns, unique=unique)
