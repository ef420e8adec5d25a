"""Rows that come in one piece are the rows that come one by one, whatever stands in them."""

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import BigInteger, Boolean, Column, Connection, MetaData, Select, Table, Text, insert, select

from app.domain.contacts.records import Contact
from app.kernel.columns import Key, Moment
from app.kernel.database import open_sqlite
from app.kernel.ids import new_id
from app.kernel.packed import packed
from app.kernel.shape import shaper

AT = datetime(2026, 2, 3, 4, 5, 6, 789_012, tzinfo=UTC)
TEXTS = ["", "null", "true", "12", '"', "\\", "\\u0041", "a\nb\tc\r", "\x01\x7f", "é🚲\u2028", "'; --", "[]", '{"a": 1}']
THING = Table(
    "thing", MetaData(), Column("place", BigInteger), Column("key", Key), Column("text", Text), Column("number", BigInteger),
    Column("flag", Boolean), Column("at", Moment),
)  # fmt: skip


class Thing(msgspec.Struct, frozen=True):
    """One field of each type, in another order than the columns."""

    text: str | None
    at: datetime | None
    key: UUID | None
    flag: bool | None
    number: int | None
    place: int


@pytest.fixture(scope="module")
def things() -> Iterator[Connection]:
    """A row for each text, then one of nothing, in no order."""
    rows = [
        {"place": place, "key": new_id(), "text": text, "number": place - 2**62, "flag": place % 2 == 0, "at": AT}
        for place, text in enumerate(TEXTS)
    ]
    nothing = {"place": len(rows), "key": None, "text": None, "number": None, "flag": None, "at": None}
    engine = open_sqlite()
    with engine.begin() as connection:
        THING.metadata.create_all(connection)
        connection.execute(insert(THING), [*rows[::-2], nothing, *rows[-2::-2]])
        yield connection
    engine.dispose()


def both(connection: Connection, statement: Select[tuple[object, ...]]) -> tuple[list[Thing], list[Thing]]:
    """In one piece, and one by one."""
    whole = packed(statement, Thing)
    return whole.rows(connection.execute(whole.statement).scalar_one()), list(map(shaper(Thing), connection.execute(statement)))


def test_every_value_comes_as_it_was_kept_in_the_order_that_was_asked_for(things: Connection) -> None:
    for order in (THING.c.place.asc(), THING.c.place.desc(), THING.c.text.asc()):
        pieces, rows = both(things, select(THING).order_by(order).limit(100))
        assert pieces == rows
        assert len(rows) == len(TEXTS) + 1


def test_every_value_is_of_its_type(things: Connection) -> None:
    pieces, _ = both(things, select(THING).where(THING.c.flag))
    assert [type(getattr(pieces[0], name)) for name in Thing.__struct_fields__] == [str, datetime, UUID, bool, int, int]


def test_no_row_is_no_struct(things: Connection) -> None:
    assert both(things, select(THING).where(THING.c.place < 0).limit(5)) == ([], [])


class Kept(msgspec.Struct, frozen=True):
    """A field that JSON within JSON would not bring back."""

    custom: dict[str, object]


def test_a_column_of_another_type_is_refused_when_the_statement_is_built() -> None:
    with pytest.raises(KeyError):
        packed(select(Contact.custom), Kept)
