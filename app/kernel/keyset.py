"""Keyset paging: a page begins after the last row of the one before, whatever was inserted meanwhile."""

import base64
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Integer, Row, Select, bindparam, tuple_

from app.kernel.errors import BadValue
from app.kernel.reader import Reader, Sight, Slice
from app.kernel.record import Root

MOST_ROWS = 200


def read_page(
    reader: Reader,
    statement: Select[Any],
    columns: Sequence[Any],
    shape: Callable[[Row[Any]], Any],
    *,
    after: str | None,
    limit: int,
    descending: bool = False,
) -> Slice:
    """One page of a statement in the order of the columns, the last of which must be unique and all of which not null.

    The statement must select the columns under their own names. `BadValue` when `after` or `limit` is unfit.
    """
    places = _read_place(after, _types(columns)) if after else None
    page = _page(reader.all(_paged(statement, columns, places, _checked(limit) + 1, descending)), columns, limit)
    return Slice(rows=list(map(shape, page.rows)), next=page.next)


class Listing:
    """A list that is asked for often: its statements are built once, which is most of the work of a page."""

    def __init__(
        self,
        kinds: Sequence[type[Root]],
        build: Callable[..., Select[Any]],
        columns: Sequence[Any],
        shape: type[msgspec.Struct],
        *,
        descending: bool = False,
    ) -> None:
        """`build` makes the statement, with `scoped`, for a `Reader.sight` of each of the kinds.

        It selects a column for each field of `shape`, those of the order (`columns`) among them.
        """
        self._kinds, self._build, self._columns, self._shape, self._descending = kinds, build, columns, shape, descending
        self._types = _types(columns)
        self._built: dict[tuple[tuple[Sight, ...], bool], Select[Any]] = {}

    def page(self, reader: Reader, *, after: str | None, limit: int) -> Slice:
        """As `read_page`."""
        values = {**reader.scope, "limit": _checked(limit) + 1}
        if after:
            values |= {f"place_{number}": value for number, value in enumerate(_read_place(after, self._types))}
        statement = self._statement(tuple(reader.sight(kind) for kind in self._kinds), is_further=bool(after))
        return _page(reader.structs(statement, self._shape, **values), self._columns, limit)

    def _statement(self, sights: tuple[Sight, ...], *, is_further: bool) -> Select[Any]:
        found = self._built.get((sights, is_further))
        if found is None:
            places = [bindparam(f"place_{number}", type_=each.type) for number, each in enumerate(self._columns)]
            limit = bindparam("limit", type_=Integer())
            found = _paged(self._build(*sights), self._columns, places if is_further else None, limit, self._descending)
            self._built[sights, is_further] = found
        return found


def _checked(limit: int) -> int:
    if not 1 <= limit <= MOST_ROWS:
        raise BadValue(field="limit", value=limit, hint=f"From 1 to {MOST_ROWS}.")
    return limit


def _paged(
    statement: Select[Any], columns: Sequence[Any], places: Sequence[Any] | None, limit: Any, descending: bool
) -> Select[Any]:
    order = [column.desc() if descending else column.asc() for column in columns]
    if places is not None:
        edge, place = tuple_(*places, types=[column.type for column in columns]), tuple_(*columns)
        statement = statement.where(place < edge if descending else place > edge)
    return statement.order_by(*order).limit(limit)


def _page(rows: Sequence[Any], columns: Sequence[Any], limit: int) -> Slice:
    shown = list(rows[:limit])
    return Slice(rows=shown, next=_write_place(shown[-1], columns) if len(rows) > limit else None)


def _write_place(row: Any, columns: Sequence[Any]) -> str:
    values = [getattr(row, column.key) for column in columns]
    return base64.urlsafe_b64encode(msgspec.json.encode(values)).decode().rstrip("=")


def _types(columns: Sequence[Any]) -> list[type]:
    return [column.type.python_type for column in columns]


def _read_place(text: str, types: Sequence[type]) -> list[Any]:
    try:
        values = msgspec.json.decode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), type=list[Any])
        return [msgspec.convert(value, kind) for value, kind in zip(values, types, strict=True)]
    except (ValueError, msgspec.MsgspecError, RecursionError) as error:
        raise BadValue(field="after", value=text[:40], hint="Use the `next` of the page before.") from error
