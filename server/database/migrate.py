"""Brings databases to the shape that this server expects, by Alembic's revisions, without Alembic's command line."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData

from app.domain.nouns import NOUNS
from app.kernel.errors import PatchbayError
from app.kernel.record import Base
from app.kernel.watch import unfenced
from server.database.tables import ServerTable
from server.database.tries import Try

HERE = Path(__file__).parent / "migrations"
assert NOUNS  # noqa: S101  # its import is what makes every table known


class OldDatabase(PatchbayError):
    """The database is older than the program, or newer."""

    key = "old_database"
    text = "The database has another version ({found}) than this server ({wanted}). Run: patchbay-server upgrade."


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """A line of revisions and the tables that it leads to."""

    name: str
    metadata: tuple[MetaData, ...]
    more: tuple[str, ...] = ()  # tables of PostgreSQL alone, of which no class knows

    @property
    def version_table(self) -> str:
        return f"{self.name}_version"

    @property
    def script(self) -> ScriptDirectory:
        return ScriptDirectory(str(HERE / self.name))

    @property
    def head(self) -> str:
        return _head(self.name)


@cache
def _head(tree: str) -> str:
    return ScriptDirectory(str(HERE / tree)).get_current_head() or ""


TENANT = Tree(name="tenant", metadata=(Base.metadata, ServerTable.metadata), more=("search_entry", "search_word"))
DIRECTORY = Tree(name="directory", metadata=(Try.metadata,))  # of all tables without a tenant


def tables_of(tree: Tree) -> list[str]:
    """The names of the tables that the tree leads to."""
    return sorted([*tree.more, *(name for metadata in tree.metadata for name in metadata.tables)])


def upgrade(connection: Connection, tree: Tree, until: str = "head") -> None:
    """Run what is missing, within the caller's transaction."""
    script = tree.script

    def steps(revision: Any, _context: Any) -> Any:
        return script._upgrade_revs(until, revision)  # noqa: SLF001  # what Alembic's own command calls

    context = MigrationContext.configure(connection, opts={"fn": steps, "version_table": tree.version_table})
    with Operations.context(context), unfenced(connection):  # what a migration writes is nobody's act
        context.run_migrations()


def is_current(connection: Connection, tree: Tree) -> bool:
    """Whether nothing is missing."""
    return found_revision(connection, tree) == tree.head


def found_revision(connection: Connection, tree: Tree) -> str:
    """The revision that the database says it is at; empty for one that was never set up."""
    context = MigrationContext.configure(connection, opts={"version_table": tree.version_table})
    return context.get_current_revision() or ""


def differences(connection: Connection, tree: Tree) -> list[Any]:
    """What the tables in the code have and the database has not, or the other way round."""
    theirs = set(tables_of(tree)) - set(tree.more)
    context = MigrationContext.configure(
        connection,
        opts={
            "version_table": tree.version_table,
            "include_name": lambda name, kind, _parents: kind != "table" or name in theirs,
            "compare_type": False,
        },
    )
    found = compare_metadata(context, list(tree.metadata))  # type: ignore[arg-type]  # several are allowed, says its manual
    return list(found)
