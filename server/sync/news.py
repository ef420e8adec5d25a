"""The statements of a pull: which rows of a kind are news for somebody."""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple
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
from app.kernel.record import KINDS, Record, Root, indispensable, root_of
from app.kernel.sight import in_sight
from app.protocol.cursor import Stage
from app.protocol.sight import Sight, is_recent
from app.protocol.veil import veiled_loss

CHUNK_ROWS = 250
ORDER = 1  # another one when the kinds change places: a pull goes on only in the order in which it began
RIGHTS = frozenset({"workspace", "user", "role", "role_grant", "team", "team_member", "territory", "territory_member"})
CONVERTED = (Key, Moment, Frozen, Boolean)


class Form(NamedTuple):
    """How a kind is asked for: each of these makes another statement."""

    needs_key: bool
    has_floor: bool
    has_pins: bool
    hidden: frozenset[str]


def form_of(kind: str, sight: Sight) -> Form:
    """The form in which somebody of this sight asks for the kind."""
    has_floor = sight.floor > 0 and is_recent(kind)
    return Form(sight.of(kind) is not None, has_floor, bool(sight.pins_of(kind)), sight.hidden_of(kind))


def steps(order: int = ORDER) -> list[tuple[str, Stage]]:
    """The order in which a pull goes through the kinds: what stands above others first.

    And before all of it what says who may do what: without it nobody can work while the rest of a first download comes.
    """
    first = RIGHTS if order else ()
    kinds = sorted(KINDS, key=lambda name: (name not in first, KINDS[name].__parent__ is not None, name))
    return [(kind, stage) for kind in kinds for stage in stages(kind)]


def stages(kind: str) -> tuple[Stage, ...]:
    """Changed rows; children of roots that moved; rows that the reader's sight has gained."""
    return ("new", "moved", "gained") if KINDS[kind].__parent__ else ("new", "gained")


@cache
def columns_of(kind: str, hidden: frozenset[str] = frozenset()) -> list[str]:
    """The columns in the order in which they travel."""
    left_out = hidden - indispensable(KINDS[kind])
    return [name for name in KINDS[kind].__table__.columns.keys() if name not in left_out]  # noqa: SIM118 - no mapping


def raw_columns(kind: type[Record], hidden: frozenset[str] = frozenset()) -> list[ColumnElement[Any]]:
    """The columns without any conversion on the way."""
    return [type_coerce(kind.__table__.columns[name], NullType()) for name in columns_of(kind.__tablename__, hidden)]


@cache
def news(kind: str, stage: Stage, form: Form) -> Select[Any]:
    """Rows of one kind in one stage, after a place, in the order (version, id).

    It wants what `values_of` says. Few roots move at once: theirs are found from them, and `+ 0` keeps SQLite from going
    through all children by version.
    """
    record = KINDS[kind]
    root = root_of(record)
    column: ColumnElement[int] = record.__table__.c.version
    version = column + 0 if stage == "moved" else column
    query = joined(select(*raw_columns(record, form.hidden)), record, root).where(
        record.tenant_id == bindparam("tenant"), version >= bindparam("after_version"), version <= bindparam("until"),
        or_(version > bindparam("after_version"), record.id > bindparam("after_id")),
        on_device(root, form),
    )  # fmt: skip
    if stage == "moved" and root is not None:
        query = query.where(root.version > bindparam("since"), root.scope_version > bindparam("since"))
    if stage == "gained" and root is not None:
        below = root.version <= bindparam("below")
        query = query.where(or_(in_sight(root.__table__, bound("gained")), below, root.id.in_(bound("gained_pins"))))
    return query.order_by(version, record.id).limit(bindparam("limit"))


def on_device(root: type[Root] | None, form: Form) -> ColumnElement[bool]:
    """Roots that belong on the device; it wants keys, floor and pins, as far as the form has them."""
    if root is None:
        return true()
    kept = in_sight(root.__table__, bound("keys")) if form.needs_key else true()
    if form.has_floor:
        kept = and_(kept, root.version > bindparam("floor"))
    return or_(kept, root.id.in_(bound("pins"))) if form.has_pins else kept


def values_of(kind: str, form: Form, sight: Sight) -> dict[str, Any]:
    """What `on_device` wants."""
    values: dict[str, Any] = {"keys": list(sight.of(kind) or ())} if form.needs_key else {}
    if form.has_floor:
        values["floor"] = sight.floor
    return values | {"pins": list(sight.pins_of(kind))} if form.has_pins else values


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
def newer_on_device(kind: str, form: Form) -> Select[Any]:
    """How many rows of a kind are newer than `since` and belong on the device; it wants what `values_of` says too."""
    record, root = KINDS[kind], root_of(KINDS[kind])
    query = joined(select(func.count()).select_from(record.__table__), record, root)
    return query.where(*_newer(kind), on_device(root, form))


@cache
def any_news(kinds: tuple[str, ...]) -> Select[Any]:
    """One row: whether any row of each kind is newer than `since`."""
    return select(*(exists(select(1).where(*_newer(kind))).label(kind) for kind in kinds))


def _newer(kind: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    record = KINDS[kind]
    return record.tenant_id == bindparam("tenant"), record.version > bindparam("since")


def fetch(
    connection: Connection, query: Select[Any], kind: str, values: dict[str, Any], hidden: frozenset[str] = frozenset()
) -> Iterator[Sequence[Any]]:
    """Chunks of rows as they travel; on SQLite they are what the driver gives, untouched."""
    result = connection.execute(query, values)
    cursor: Any = result.cursor  # the driver's own: its rows are tuples that nobody has looked into
    convert = converted(kind, connection.dialect.name, hidden)
    try:
        while chunk := cursor.fetchmany(CHUNK_ROWS):
            yield [wire_row(row, convert) for row in chunk] if convert else chunk
    finally:
        result.close()


@cache
def converted(kind: str, dialect: str, hidden: frozenset[str] = frozenset()) -> tuple[int, ...]:
    """The places of values that the driver gives in another form than SQLite stores; none on SQLite."""
    columns = [KINDS[kind].__table__.columns[name] for name in columns_of(kind, hidden)]
    return tuple(place for place, column in enumerate(columns) if dialect != "sqlite" and isinstance(column.type, CONVERTED))


def wire_row(row: Sequence[Any], convert: Sequence[int]) -> Sequence[Any]:
    """The row as it travels."""
    if not convert:
        return row
    values = list(row)
    for place in convert:
        values[place] = to_wire(values[place])
    return values


def veiled(kind: str, rows: Sequence[Sequence[Any]], sight: Sight) -> Sequence[Sequence[Any]]:
    """Conflicts without the values of hidden fields; other rows as they are."""
    columns = columns_of(kind, sight.hidden_of(kind))
    if kind != CONFLICT or not sight.hidden or "lost" not in columns:
        return rows
    about, field, lost = (columns.index(name) for name in ("record_kind", "field", "lost"))
    return [
        (*row[:lost], veiled_loss(row[lost], row[field], sight.hidden[row[about]]), *row[lost + 1 :])
        if row[about] in sight.hidden
        else row
        for row in rows
    ]


CONFLICT = "conflict"
HIGHEST_ID = UUID(int=(1 << 128) - 1)
LOWEST_ID = UUID(int=0)
