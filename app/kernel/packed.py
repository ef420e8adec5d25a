"""Rows in one piece: SQLite gives a whole page as one value, a JSON text.

Python's driver lets go of the interpreter's lock for each row that it steps to. Where other threads wait for that lock, each
of those moments wakes one of them for nothing; in one step they work beside it.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Generic, TypeVar
from uuid import UUID

import msgspec
from sqlalchemy import BigInteger, Boolean, ColumnElement, Select, Text, func, select

from app.kernel.columns import Key, Moment, Words, moment_from_us, read_words_text

S = TypeVar("S", bound=msgspec.Struct)
MOST_KEPT = 512
# How a column of each type stands in the text; others are not read this way.
STANDS_AS: dict[type, Any] = {Key: UUID, Text: str, BigInteger: int, Boolean: int, Moment: int, Words: str}
_FLAGS = {None: None, 0: False, 1: True}
READ_BY: dict[type, Callable[[Any], Any]] = {
    Boolean: _FLAGS.__getitem__,
    Moment: lambda value: None if value is None else moment_from_us(value),
    Words: lambda value: None if value is None else read_words_text(value),
}


class Packed(Generic[S]):
    """A statement on SQLite whose rows are structs of one kind, each field the column of the same name."""

    def __init__(self, statement: Select[Any], kind: type[S]) -> None:
        inner = statement.subquery()  # where it has an order and a limit, its rows come in this order
        columns = [inner.c[name] for name in kind.__struct_fields__]
        types = [type(column.type) for column in columns]
        self.statement = select(func.json_group_array(func.json_array(*map(_written, columns)), type_=Text()))
        row: Any = tuple[tuple(STANDS_AS[each] | None for each in types)]  # type: ignore[misc]  # made at run time
        self._decoder, self._kind = msgspec.json.Decoder(list[row]), kind
        self._readers = [(place, READ_BY[each]) for place, each in enumerate(types) if each in READ_BY]

    def rows(self, text: str) -> list[S]:
        """What the statement's only value says."""
        found = self._decoder.decode(text)
        if not found:
            return []
        columns: list[Any] = list(zip(*found, strict=True))
        for place, read in self._readers:
            columns[place] = map(read, columns[place])
        return list(map(self._kind, *columns))


@lru_cache(MOST_KEPT)
def packed(statement: Select[Any], kind: type[S]) -> Packed[S]:
    """Made once for a statement that is built once."""
    return Packed(statement, kind)


def _written(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """JSON holds no bytes; those of nothing are no key."""
    return func.nullif(func.hex(column), "") if isinstance(column.type, Key) else column
