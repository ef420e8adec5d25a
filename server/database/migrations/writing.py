"""For developers: writes a new revision with what an empty database at the head lacks. `python -m … REVISION MESSAGE`."""

import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

from alembic.autogenerate import produce_migrations
from alembic.operations.ops import CreateIndexOp, CreateTableOp, MigrateOperation
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, create_engine

from server.database.migrate import DIRECTORY, HERE, TENANT, Tree, upgrade
from server.database.migrations.shorthand import RECORD, ROOT, words_of

FORM = '''"""{message}."""

from server.database.migrations.shorthand import RECORD, ROOT, index, table

revision = "{revision}"
down_revision: str | None = {before}

TABLES = (
{tables})
INDEXES = (
{indexes})


def upgrade() -> None:
    """Bring the database here."""
    for name, words, key in TABLES:
        table(name, words, key=key)
    for name, on, columns, unique in INDEXES:
        index(name, on, columns, unique=unique)
'''


class NotWritten(Exception):
    """A change that has to be written by hand."""


def write_revision(tree: Tree, revision: str, message: str) -> Path | None:
    """The file that was written; nothing when nothing is missing. `NotWritten` for more than new tables and indexes."""
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        upgrade(connection, tree)
        context = MigrationContext.configure(connection, opts={"version_table": tree.version_table})
        found = produce_migrations(context, list(tree.metadata)).upgrade_ops  # type: ignore[arg-type]  # several are allowed
        steps = list(_steps(found.ops)) if found else []
    if not steps:
        return None
    tables = "".join(_table(each) for each in steps if isinstance(each, CreateTableOp))
    indexes = "".join(_index(each) for each in steps if isinstance(each, CreateIndexOp))
    text = FORM.format(
        message=message, revision=revision, before=repr(tree.head) if tree.head else None, tables=tables, indexes=indexes
    )
    file = HERE / tree.name / "versions" / f"{revision}.py"
    file.write_text(text, encoding="utf-8")
    return file


def _steps(operations: list[MigrateOperation]) -> Iterator[CreateTableOp | CreateIndexOp]:
    for operation in operations:
        match operation:
            case CreateTableOp() | CreateIndexOp():
                yield operation
            case _ if hasattr(operation, "ops"):
                yield from _steps(operation.ops)
            case _:
                raise NotWritten(operation)


def _table(operation: CreateTableOp) -> str:
    columns = [each for each in operation.columns if isinstance(each, Column)]
    key = " ".join(each.name for each in columns if each.primary_key)
    words, start, own = words_of(columns).split(", "), "", [""]
    for shared, name in ((RECORD, "RECORD"), (ROOT, "ROOT")):
        if set(shared.split(", ")) <= set(words):
            start = f"{name} + "
            own = [word for word in words if word not in shared.split(", ")]
    if start:
        words = ["", *own]
    lines = textwrap.wrap(", ".join(words), 110, drop_whitespace=False, break_long_words=False)
    written = "\n".join(f'        "{line}"' for line in lines)
    return f'    (\n        "{operation.table_name}",\n        {start}{written.strip()},\n        "{key}",\n    ),\n'


def _index(operation: CreateIndexOp) -> str:
    names = " ".join(str(getattr(column, "name", column)) for column in operation.columns)
    return f'    ("{operation.index_name}", "{operation.table_name}", "{names}", {bool(operation.unique)}),\n'


if __name__ == "__main__":
    for each in (TENANT, DIRECTORY):
        write_revision(each, revision=sys.argv[1], message=sys.argv[2])
