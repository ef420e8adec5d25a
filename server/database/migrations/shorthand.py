"""A table in a revision, a line of words a table: `name type` with `?` where nothing may stand."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from app.kernel.columns import Frozen, Key, Moment, Words

TYPES: dict[str, type[Any]] = {
    "text": sa.Text, "int": sa.BigInteger, "bool": sa.Boolean, "bytes": sa.LargeBinary, "key": Key, "moment": Moment,
    "json": Frozen, "words": Words,
}  # fmt: skip
NAMES = {kind: name for name, kind in TYPES.items()}
RECORD = (
    "tenant_id key, id key, version int, created_at moment, created_by key, updated_at moment, updated_by key,"
    " deleted_at moment?, custom json"
)
ROOT = f"{RECORD}, owner_id key?, team_id key?, scope_version int"


def columns_of(words: str) -> list["sa.Column[Any]"]:
    """The columns that the words say."""
    pairs = [each.split() for each in words.split(",")]
    return [sa.Column(name, TYPES[kind.rstrip("?")](), nullable=kind.endswith("?")) for name, kind in pairs]


def words_of(columns: "list[sa.Column[Any]]") -> str:
    """The words for the columns."""
    return ", ".join(f"{each.name} {NAMES[type(each.type)]}{'?' if each.nullable else ''}" for each in columns)


def table(name: str, words: str, *, key: str) -> None:
    """Create a table whose primary key is these columns."""
    op.create_table(name, *columns_of(words), sa.PrimaryKeyConstraint(*key.split()))


def index(name: str, on: str, columns: str, *, unique: bool = False) -> None:
    """Create an index."""
    op.create_index(name, on, columns.split(), unique=unique)
