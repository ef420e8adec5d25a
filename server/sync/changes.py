"""What a few commits changed, read once for all who hear of it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, Select, bindparam, select, type_coerce
from sqlalchemy.types import NullType

from app.kernel.columns import to_wire
from app.kernel.log import Tenant
from app.kernel.permissions import Keys
from app.kernel.record import KINDS, root_of
from app.kernel.sharing import Share
from app.protocol.envelopes import Block
from app.protocol.sight import Sight
from server.database.batch import Row
from server.sync.news import columns_of, converted, joined, raw_columns, veiled, wire_row

MOST_ROWS = 500  # more than this is better pulled


class Glass:
    """What somebody sees through, made for judging row after row."""

    def __init__(self, sight: Sight) -> None:
        self.sight = sight
        self.hidden = tuple(sorted((kind, tuple(sorted(names))) for kind, names in sight.hidden.items() if names))
        keys = {kind: _as_bytes(sight.of(kind)) for kind in KINDS}
        pins = {kind: _as_bytes(sight.pins_of(kind)) or frozenset[bytes]() for kind in KINDS}
        self._shown = {kind: (keys[kind], pins[kind], sight.floor_of(kind)) for kind in KINDS}

        whole = [kind for kind in KINDS if keys[kind] is None]  # every change of these concerns it
        sets = [*sight.apart.values(), *sight.pins.values()]
        keyed = sight.keys.union(*(keys for keys in sets if keys is not None))  # and of what has one of these, or is pinned
        self.subjects: frozenset[UUID | str] = frozenset([*keyed, *whole])

    def shows(self, row: Row) -> bool:
        """Whether the row is for this device."""
        keys, pins, floor = self._shown[row.kind]
        if row.root in pins:
            return True
        return (keys is None or not keys.isdisjoint(row.keys)) and row.root_version > floor


def _as_bytes(keys: Keys | None) -> frozenset[bytes] | None:
    return None if keys is None else frozenset(key.bytes for key in keys)


def changed_rows(connection: Connection, tenant_id: UUID, kinds: frozenset[str], after: int, until: int) -> list[Row] | None:
    """Rows of these kinds whose last change lies in the range; nothing at all when they are too many to send."""
    rows: list[Row] = []
    for kind in sorted(kinds & KINDS.keys()):
        values = {"tenant": tenant_id, "after": after, "until": until, "limit": MOST_ROWS + 1}
        result = connection.execute(_changed(kind), values)
        cursor: Any = result.cursor
        found = cursor.fetchall()
        result.close()
        rows += [_row(kind, each, converted(kind, connection.dialect.name)) for each in found]
        if len(rows) > MOST_ROWS:
            return None
    return with_shares(connection, tenant_id, rows)


def newest(rows: Iterable[Row]) -> list[Row]:
    """Of each record the row that comes last."""
    return list({(row.kind, row.values[_place(row.kind, "id")]): row for row in rows}.values())


def version_of(row: Row) -> int:
    """The row's own last change."""
    version: int = row.values[_place(row.kind, "version")]
    return version


@cache
def _place(kind: str, column: str) -> int:
    return columns_of(kind).index(column)


def with_shares(connection: Connection, tenant_id: UUID, rows: list[Row]) -> list[Row]:
    """The same rows with the keys of those with whom they are shared. Most records are shared with nobody."""
    roots = {UUID(bytes=row.root) for row in rows if row.is_shared}
    if not roots:
        return rows
    mine = (Share.tenant_id == tenant_id, Share.record_id.in_(roots), Share.deleted_at.is_(None))
    keys: dict[bytes, set[bytes]] = {}
    for share in connection.execute(select(Share.record_id, Share.team_id).where(*mine)):
        keys.setdefault(share.record_id.bytes, set()).add(share.team_id.bytes)
    return [replace(row, keys=row.keys | keys.get(row.root, set())) for row in rows]


def change_of(connection: Connection, tenant_id: UUID) -> int:
    """The tenant's newest change number."""
    return int(connection.execute(select(Tenant.change).where(Tenant.id == tenant_id)).scalar_one())


def blocks_for(rows: Sequence[Row], glass: Glass) -> list[Block]:
    """The rows, without what is hidden; they must be such as the glass shows."""
    seen: dict[str, list[Sequence[Any]]] = {}
    for row in rows:
        seen.setdefault(row.kind, []).append(row.values)
    return [_block(kind, values, glass.sight) for kind, values in seen.items()]


def _block(kind: str, rows: Sequence[Sequence[Any]], sight: Sight) -> Block:
    every, names = columns_of(kind), columns_of(kind, sight.hidden_of(kind))
    if len(names) < len(every):
        places = [every.index(name) for name in names]
        rows = [[row[place] for place in places] for row in rows]
    return Block(kind, names, msgspec.Raw(msgspec.msgpack.encode(veiled(kind, rows, sight))))


def _row(kind: str, found: Sequence[Any], convert: Sequence[int]) -> Row:
    *values, owner, team, territory, shares, root, version = found
    keys = frozenset(to_wire(key) for key in (owner, team, territory) if key is not None)
    return Row(kind, wire_row(values, convert), keys, to_wire(root), version, is_shared=shares > 0)


@cache
def _changed(kind: str) -> Select[Any]:
    record = KINDS[kind]
    root = root_of(record)
    if root is None:
        raise LookupError(f"nothing says who sees {kind}")
    above = root.__table__.c
    said = (above.owner_id, above.team_id, above.territory_id, above.share_count, above.id, above.version)
    scope = [type_coerce(column, NullType()) for column in said]
    query = joined(select(*raw_columns(record), *scope), record, root)
    return query.where(
        record.tenant_id == bindparam("tenant"), record.version > bindparam("after"), record.version <= bindparam("until")
    ).limit(bindparam("limit"))
