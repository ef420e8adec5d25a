"""The search index of a tenant: refreshed in the transaction of each change, and made for what was there before it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, delete, insert, select, update

from app.domain.search import building
from app.domain.search.entries import analysis_now, searched_kinds
from app.domain.search.index import Index, Keeper
from app.domain.search.postgresql import ENTRY, WORD, PostgresqlIndex
from app.domain.search.sqlite import SqliteIndex
from app.kernel.log import Tenant
from app.kernel.record import KINDS
from server.database.tables import SearchState

STEP = 1_000  # records that are indexed in one transaction, between which others can write


def refresh(connection: Connection, tenant_id: UUID, changed: Mapping[str, set[UUID]]) -> None:
    """These records, by kind, were written."""
    searched = {kind: ids for kind, ids in changed.items() if kind in searched_kinds()}
    if searched:
        is_file = connection.dialect.name == "sqlite"
        raw = {kind: [key.bytes if is_file else key for key in ids] for kind, ids in searched.items()}
        _keeper(connection, tenant_id).refresh(raw)


def build(connection: Connection, tenant_id: UUID) -> None:
    """Everything at once, in one transaction: for a tenant that nobody uses yet."""
    if connection.dialect.name == "sqlite":
        building.build(connection, tenant_id)
    else:
        _wipe(connection, tenant_id)
        index = PostgresqlIndex(connection)
        for entries in Keeper(index, connection, tenant_id).build():
            index.put(entries)
            words: dict[str, int] = {}
            for entry in entries:
                for word in entry.words:
                    words[word] = words.get(word, 0) + 1
            index.count_words(words)
    _note(connection, tenant_id, None, None)


def is_complete(connection: Connection, tenant_id: UUID) -> bool:
    """Whether the index holds everything, as this program makes it."""
    state = connection.execute(select(SearchState).where(SearchState.tenant_id == tenant_id)).first()
    return state is not None and state.analysis == analysis_now() and state.kind is None


def go_on(connection: Connection, tenant_id: UUID) -> bool:
    """Index the next records that are not; whether there are more. Several processes may do so, one after the other."""
    connection.execute(update(Tenant).where(Tenant.id == tenant_id).values(change=Tenant.change))  # the lock of all writers
    state = connection.execute(select(SearchState).where(SearchState.tenant_id == tenant_id)).first()
    if state is None or state.analysis != analysis_now():
        _wipe(connection, tenant_id)
        _note(connection, tenant_id, searched_kinds()[0], None)
        return True
    if state.kind is None:
        return False
    ids = _next(connection, tenant_id, state.kind, state.after_id)
    if ids:
        refresh(connection, tenant_id, {state.kind: set(ids)})
        _note(connection, tenant_id, state.kind, ids[-1])
        return True
    further = [*searched_kinds(), None]
    following = further[further.index(state.kind) + 1]
    _note(connection, tenant_id, following, None)
    return following is not None


def _next(connection: Connection, tenant_id: UUID, kind: str, after: UUID | None) -> list[UUID]:
    record = KINDS[kind]
    asked = select(record.id).where(record.tenant_id == tenant_id, record.deleted_at.is_(None))
    if after is not None:
        asked = asked.where(record.id > after)
    return list(connection.execute(asked.order_by(record.id).limit(STEP)).scalars())


def _wipe(connection: Connection, tenant_id: UUID) -> None:
    if connection.dialect.name == "sqlite":
        building.empty(connection)
    else:
        for table in (ENTRY, WORD):
            connection.execute(delete(table).where(table.c.tenant_id == tenant_id))


def _note(connection: Connection, tenant_id: UUID, kind: str | None, after: UUID | None) -> None:
    facts: dict[str, Any] = {"analysis": analysis_now(), "kind": kind, "after_id": after}
    if not connection.execute(update(SearchState).where(SearchState.tenant_id == tenant_id).values(facts)).rowcount:
        connection.execute(insert(SearchState).values(tenant_id=tenant_id, **facts))


def _keeper(connection: Connection, tenant_id: UUID) -> Keeper:
    index: Index = SqliteIndex(connection) if connection.dialect.name == "sqlite" else PostgresqlIndex(connection, tenant_id)
    return Keeper(index, connection, tenant_id)
