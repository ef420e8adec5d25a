"""Whose sight the records are in that people look at and type in: remembered, since typing asks for the same again and again."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import CompoundSelect, Connection, bindparam, literal, select, union_all

from app.kernel.record import KINDS, Root
from server.database.batch import Row
from server.sync.changes import with_shares
from server.sync.store import Store

MOST_REMEMBERED = 20_000  # ids, also such as no record has


@dataclass(frozen=True, slots=True)
class Subject:
    """A record as the index of the connections knows it, and as a glass judges it."""

    row: Row
    names: frozenset[UUID | str]
    keys: frozenset[UUID]


class Subjects:
    """One tenant's; used on the event loop, by one that asks at a time."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[UUID, Subject | None] = {}
        self._asked: set[UUID] = set()

    async def of(self, ids: Iterable[UUID]) -> dict[UUID, Subject]:
        """Those of the records that there are."""
        is_told = self._store.authority.is_told  # of what other processes change; else nothing may be remembered
        wanted = set(ids)
        found = {each: self._known[each] for each in wanted & self._known.keys()} if is_told else {}
        self._asked = wanted - found.keys()
        if self._asked:
            looked = await self._look(frozenset(self._asked))
            found |= looked
            if is_told and self._store.authority.is_told:
                self._remember({each: looked[each] for each in self._asked})  # without those that changed meanwhile
        return {each: subject for each, subject in found.items() if subject is not None}

    def forget(self, ids: Iterable[UUID]) -> None:
        """These changed."""
        for each in ids:
            self._known.pop(each, None)
            self._asked.discard(each)

    def forget_all(self) -> None:
        """Nobody knows what changed."""
        self._known.clear()
        self._asked.clear()

    def _remember(self, looked: dict[UUID, Subject | None]) -> None:
        if len(self._known) + len(looked) > MOST_REMEMBERED:
            self._known.clear()
        self._known |= looked

    async def _look(self, ids: frozenset[UUID]) -> dict[UUID, Subject | None]:
        looked = await self._store.look(lambda connection: _subjects(connection, self._store.tenant_id, ids))
        return {each: looked.get(each) for each in ids}


def _subjects(connection: Connection, tenant_id: UUID, ids: frozenset[UUID]) -> dict[UUID, Subject]:
    found = connection.execute(_statement(), {"tenant": tenant_id, "ids": list(ids)}).all()
    rows = [
        Row(
            kind, (), frozenset(key.bytes for key in (owner, team, territory) if key is not None), record_id.bytes, version,
            is_shared=shares > 0,
        )
        for kind, record_id, owner, team, territory, shares, version in found
    ]  # fmt: skip
    return {UUID(bytes=row.root): _subject(row) for row in with_shares(connection, tenant_id, rows)}


def _subject(row: Row) -> Subject:
    keys = frozenset(UUID(bytes=key) for key in row.keys)
    return Subject(row, frozenset([*keys, UUID(bytes=row.root), row.kind]), keys)


@cache
def _statement() -> CompoundSelect[Any]:
    """By primary key in each kind that decides itself who sees it: which one an id is of is not said."""
    kinds = [kind for kind in KINDS.values() if issubclass(kind, Root) and not kind.__open__ and not kind.__personal__]
    asked = [
        select(
            literal(kind.__tablename__).label("kind"), kind.id, kind.owner_id, kind.team_id, kind.territory_id, kind.share_count,
            kind.version,
        ).where(
            kind.tenant_id == bindparam("tenant"), kind.id.in_(bindparam("ids", expanding=True)), kind.deleted_at.is_(None)
        )
        for kind in kinds
    ]  # fmt: skip
    return union_all(*asked)
