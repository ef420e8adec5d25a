"""What a few commits changed, read once for all who hear of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, Select, bindparam, select, type_coerce
from sqlalchemy.types import NullType

from app.kernel.columns import to_wire
from app.kernel.log import Tenant
from app.kernel.permissions import Keys
from app.kernel.record import KINDS
from app.protocol.envelopes import Block
from server.sync.news import columns_of, converted, joined, raw_columns, root_of, wire_row

MOST_ROWS = 500  # more than this is better pulled


@dataclass(frozen=True, slots=True)
class Row:
    """A row as it travels, and who sees it (nobody's keys: everybody)."""

    kind: str
    values: Sequence[Any]
    keys: frozenset[bytes]


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
    return rows


def change_of(connection: Connection, tenant_id: UUID) -> int:
    """The tenant's newest change number."""
    return int(connection.execute(select(Tenant.change).where(Tenant.id == tenant_id)).scalar_one())


def blocks_for(rows: Sequence[Row], keys: Keys, *, sees_all: bool = False) -> list[Block]:
    """Those of the rows that somebody sees."""
    own = {key.bytes for key in keys}
    seen: dict[str, list[Sequence[Any]]] = {}
    for row in rows:
        if sees_all or not own.isdisjoint(row.keys):
            seen.setdefault(row.kind, []).append(row.values)
    return [Block(kind, columns_of(kind), msgspec.Raw(msgspec.msgpack.encode(values))) for kind, values in seen.items()]


def _row(kind: str, found: Sequence[Any], convert: Sequence[int]) -> Row:
    *values, owner, team = found
    keys = frozenset(to_wire(key) for key in (owner, team) if key is not None)
    return Row(kind, wire_row(values, convert), keys)


@cache
def _changed(kind: str) -> Select[Any]:
    record = KINDS[kind]
    root = root_of(record)
    if root is None:
        raise LookupError(f"nothing says who sees {kind}")
    scope = [type_coerce(column, NullType()) for column in (root.__table__.c.owner_id, root.__table__.c.team_id)]
    query = joined(select(*raw_columns(record), *scope), record, root)
    return query.where(
        record.tenant_id == bindparam("tenant"), record.version > bindparam("after"), record.version <= bindparam("until")
    ).limit(bindparam("limit"))
