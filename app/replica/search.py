"""The search index of this device: made at the end of the first download, and kept equal to the rows from then on."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import Connection

from app.domain.search import building
from app.domain.search.entries import analysis_now, searched_kinds
from app.domain.search.index import Keeper
from app.domain.search.sqlite import SqliteIndex
from app.replica.tables import load, save


def prepare(connection: Connection, tenant_id: UUID) -> None:
    """Make it when the rows have their indexes; an empty one while they are still being downloaded."""
    if not load(connection, "is_indexed", default=False):
        building.empty(connection)
        save(connection, "search", 0)
    elif not is_built(connection):
        build(connection, tenant_id)


def build(connection: Connection, tenant_id: UUID) -> None:
    """All rows at once."""
    building.build(connection, tenant_id)
    save(connection, "search", analysis_now())


def refresh(connection: Connection, tenant_id: UUID, touches: Iterable[str]) -> bool:
    """These rows ("kind:id") were written or are gone; before the first download has ended, nothing is searched.

    Tells whether words of what is gone are still in the file: `join_some` takes them out.
    """
    searched = frozenset(searched_kinds())
    changed: dict[str, list[bytes]] = {}
    for touch in set(touches):
        kind, _, key = touch.partition(":")
        if kind in searched and key not in {"*", ""}:
            changed.setdefault(kind, []).append(bytes.fromhex(key))
    if not changed or not is_built(connection):
        return False
    index = SqliteIndex(connection, is_joined_later=True)
    Keeper(index, connection, tenant_id).refresh(changed)
    return index.is_unjoined


def join_some(connection: Connection, *, is_first: bool) -> bool:
    """A step of joining the parts of the index: older ones keep words of changed rows. Tells whether there is more to join."""
    return is_built(connection) and SqliteIndex(connection).join_some(is_first=is_first)


def is_built(connection: Connection) -> bool:
    """Whether there is an index, made as this program makes it."""
    return bool(load(connection, "search", 0) == analysis_now())
