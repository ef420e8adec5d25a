"""Keyset paging: a page begins after the last row of the one before, whatever was inserted meanwhile."""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Row, Select, tuple_

from app.kernel.errors import BadValue
from app.kernel.reader import Reader, Slice

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
    if not 1 <= limit <= MOST_ROWS:
        raise BadValue(field="limit", value=limit, hint=f"From 1 to {MOST_ROWS}.")
    order = [column.desc() if descending else column.asc() for column in columns]
    if after:
        edge = tuple_(*_read_place(after, columns), types=[column.type for column in columns])
        place = tuple_(*columns)
        statement = statement.where(place < edge if descending else place > edge)
    rows = reader.all(statement.order_by(*order).limit(limit + 1))
    more = len(rows) > limit
    shown = rows[:limit]
    return Slice(rows=[shape(row) for row in shown], next=_write_place(shown[-1], columns) if more else None)


def _write_place(row: Row[Any], columns: Sequence[Any]) -> str:
    values = [getattr(row, column.key) for column in columns]
    return base64.urlsafe_b64encode(msgspec.json.encode(values)).decode().rstrip("=")


def _read_place(text: str, columns: Sequence[Any]) -> list[Any]:
    try:
        values = msgspec.json.decode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), type=list[Any])
        pairs = zip(columns, values, strict=True)
        return [msgspec.convert(value, column.type.python_type) for column, value in pairs]
    except (binascii.Error, ValueError, msgspec.MsgspecError) as error:
        raise BadValue(field="after", value=text[:40], hint="Use the `next` of the page before.") from error
