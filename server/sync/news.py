"""The statements of a pull: which rows of a kind are news for somebody."""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    Boolean,
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
    true,
    type_coerce,
)
from sqlalchemy.types import NullType

from app.kernel.columns import Frozen, Key, Moment, to_wire
from app.kernel.record import KINDS, Record, Root
from app.kernel.sight import in_sight
from app.protocol.cursor import Stage

CHUNK_ROWS = 250
CONVERTED = (Key, Moment, Frozen, Boolean)


def steps() -> list[tuple[str, Stage]]:
    """The order in which a pull goes through the kinds: what stands above others first."""
    kinds = sorted(KINDS, key=lambda name: (KINDS[name].__parent__ is not None, name))
    return [(kind, stage) for kind in kinds for stage in stages(kind)]


def stages(kind: str) -> tuple[Stage, ...]:
    """Changed rows; children of roots that moved; rows in the sight of a key that was gained."""
    return ("new", "moved", "gained") if KINDS[kind].__parent__ else ("new", "gained")


def root_of(kind: type[Record]) -> type[Root] | None:
    """The kind that decides who sees this one."""
    if issubclass(kind, Root):
        return kind
    return root_of(KINDS[kind.__parent__[0]]) if kind.__parent__ else None


@cache
def columns_of(kind: str) -> list[str]:
    """The columns in the order in which they travel."""
    return list(KINDS[kind].__table__.columns.keys())


def raw_columns(kind: type[Record]) -> list[ColumnElement[Any]]:
    """The columns without any conversion on the way."""
    return [type_coerce(column, NullType()) for column in kind.__table__.columns]


@cache
def news(kind: str, stage: Stage, *, sees_all: bool) -> Select[Any]:
    """Rows of one kind in one stage, after a place, in the order (version, id).

    It wants: tenant, after_version, after_id, until, limit; keys unless the reader sees all; since or gained in those stages.
    Few roots move at once: theirs are found from them, and `+ 0` keeps SQLite from going through all children by version.
    """
    record = KINDS[kind]
    root = root_of(record)
    column: ColumnElement[int] = record.__table__.c.version
    version = column + 0 if stage == "moved" else column
    query = joined(select(*raw_columns(record)), record, root).where(
        record.tenant_id == bindparam("tenant"), version >= bindparam("after_version"), version <= bindparam("until"),
        or_(version > bindparam("after_version"), record.id > bindparam("after_id")),
        true() if sees_all or root is None else in_sight(root.__table__, bound("keys")),
    )  # fmt: skip
    if stage == "moved" and root is not None:
        query = query.where(root.version > bindparam("since"), root.scope_version > bindparam("since"))
    if stage == "gained" and root is not None:
        query = query.where(in_sight(root.__table__, bound("gained")))
    return query.order_by(version, record.id).limit(bindparam("limit"))


def joined(query: Select[Any], record: type[Record], root: type[Root] | None) -> Select[Any]:
    """The statement with the row above, when there is one."""
    if root is None or record.__parent__ is None:
        return query
    column = getattr(record, record.__parent__[1])
    return query.join(root.__table__, and_(root.tenant_id == record.tenant_id, root.id == column))


def bound(keys: str) -> BindParameter[Any]:
    """A place for any number of keys."""
    return bindparam(keys, expanding=True)


@cache
def counts(kinds: tuple[str, ...]) -> Select[Any]:
    """One row: how many rows of each kind are newer than `since`."""
    return select(*(select(func.count()).where(*_newer(kind)).scalar_subquery().label(kind) for kind in kinds))


@cache
def any_news(kinds: tuple[str, ...]) -> Select[Any]:
    """One row: whether any row of each kind is newer than `since`."""
    return select(*(exists(select(1).where(*_newer(kind))).label(kind) for kind in kinds))


def _newer(kind: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    record = KINDS[kind]
    return record.tenant_id == bindparam("tenant"), record.version > bindparam("since")


def fetch(connection: Connection, query: Select[Any], kind: str, values: dict[str, Any]) -> Iterator[Sequence[Any]]:
    """Chunks of rows as they travel; on SQLite they are what the driver gives, untouched."""
    result = connection.execute(query, values)
    cursor: Any = result.cursor  # the driver's own: its rows are tuples that nobody has looked into
    convert = converted(kind, connection.dialect.name)
    try:
        while chunk := cursor.fetchmany(CHUNK_ROWS):
            yield [wire_row(row, convert) for row in chunk] if convert else chunk
    finally:
        result.close()


@cache
def converted(kind: str, dialect: str) -> tuple[int, ...]:
    """The places of values that the driver gives in another form than SQLite stores; none on SQLite."""
    columns = KINDS[kind].__table__.columns
    return tuple(place for place, column in enumerate(columns) if dialect != "sqlite" and isinstance(column.type, CONVERTED))


def wire_row(row: Sequence[Any], convert: Sequence[int]) -> Sequence[Any]:
    """The row as it travels."""
    if not convert:
        return row
    values = list(row)
    for place in convert:
        values[place] = to_wire(values[place])
    return values


HIGHEST_ID = UUID(int=(1 << 128) - 1)
LOWEST_ID = UUID(int=0)
