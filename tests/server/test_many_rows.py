"""Many rows that go to PostgreSQL as one JSON value arrive as they would have one by one."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import BigInteger, Boolean, Column, Connection, MetaData, Table, Text, func, insert, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.exc import DBAPIError

from app.domain import nouns
from app.kernel.columns import Frozen, Key, Moment
from app.kernel.database import open_postgresql
from app.kernel.ids import new_id
from app.kernel.log import CommandLog, Effect, ScopeExit
from app.kernel.many import MOST, whole_of
from app.kernel.record import KINDS

KNOWN = nouns.NOUNS
AT = datetime(1999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
TEXTS = ["", "null", '"', "\\", "\\u0041", "\\x41", "a\nb\tc\r", "\x01\x7f", "é🚲\u2028", "'; --", "{}", "%s %(a)s", "(1,2)"]
CREATE = "CREATE TEMPORARY TABLE parcel (place bigint, key uuid, text text, flag boolean, at timestamptz, facts jsonb)"
PARCEL = Table(
    "parcel", MetaData(), Column("place", BigInteger, primary_key=True), Column("key", Key), Column("text", Text),
    Column("flag", Boolean), Column("at", Moment), Column("facts", Frozen),
)  # fmt: skip


@pytest.fixture(scope="module")
def parcels(postgresql_url: str) -> Iterator[Connection]:
    """An empty table, of this transaction alone."""
    engine = open_postgresql(postgresql_url.replace("postgresql:", "postgresql+psycopg:"), new_id())
    with engine.connect() as connection:
        connection.info["may_write"] = True
        connection.execute(text(CREATE))
        connection.execute(text("CREATE UNIQUE INDEX ON parcel (place)"))
        yield connection
    engine.dispose()


def rows(first: int) -> list[dict[str, Any]]:
    """One for each text, and one of nothing."""
    kept = [
        {"place": first + at, "key": new_id(), "text": each, "flag": at % 2 == 0, "at": AT, "facts": {each: [each, at, None]}}
        for at, each in enumerate(TEXTS)
    ]
    return [*kept, {"place": -(2**62), "key": None, "text": None, "flag": None, "at": None, "facts": None}]


def test_rows_that_go_together_arrive_as_those_that_go_one_by_one(parcels: Connection) -> None:
    told = rows(0)
    parcels.execute(insert(PARCEL), told)
    together = parcels.execute(select(PARCEL).order_by("place")).all()
    parcels.execute(text("DELETE FROM parcel"))
    for row in told:
        parcels.execute(insert(PARCEL), row)
    assert parcels.execute(select(PARCEL).order_by("place")).all() == together
    assert [row.text for row in together] == [None, *TEXTS]
    assert [row.at for row in together[1:]] == [AT] * len(TEXTS)


def test_what_is_there_already_is_added_to(parcels: Connection) -> None:
    parcels.execute(text("DELETE FROM parcel"))
    added = upsert(PARCEL)
    kept = added.on_conflict_do_update(index_elements=["place"], set_={"text": PARCEL.c.text + added.excluded.text})
    parcels.execute(kept, [{"place": 1, "text": "a"}, {"place": 2, "text": "b"}])
    parcels.execute(kept, [{"place": 2, "text": "c"}, {"place": 3, "text": "d"}])
    assert parcels.execute(select(PARCEL.c.text).order_by("place")).scalars().all() == ["a", "bc", "d"]


def test_more_rows_than_go_at_once_all_arrive(parcels: Connection) -> None:
    parcels.execute(text("DELETE FROM parcel"))
    parcels.execute(insert(PARCEL), [{"place": place, "text": str(place)} for place in range(2 * MOST + 1)])
    told = parcels.execute(select(func.count(), func.min(PARCEL.c.place), func.max(PARCEL.c.place)).select_from(PARCEL)).one()
    assert told == (2 * MOST + 1, 0, 2 * MOST)


@pytest.mark.parametrize("bad", ["a\x00b", "\ud800"])
def test_what_no_text_can_hold_is_refused(parcels: Connection, bad: str) -> None:
    with pytest.raises((DBAPIError, UnicodeError)), parcels.begin_nested():
        parcels.execute(insert(PARCEL), [{"place": 8, "text": "good"}, {"place": 9, "text": bad}])


@pytest.mark.parametrize("kind", [*KINDS, CommandLog.__tablename__, Effect.__tablename__, ScopeExit.__tablename__])
def test_every_kind_of_record_and_what_the_kernel_writes_of_it_goes_as_one_statement(kind: str) -> None:
    kernel = {each.__tablename__: each for each in (CommandLog, Effect, ScopeExit)}
    table = (KINDS | kernel)[kind].__table__
    dialect = PGDialect_psycopg()  # type: ignore[no-untyped-call]  # SQLAlchemy's
    told = str(insert(table).compile(dialect=dialect, column_keys=table.columns.keys()))
    whole = whole_of(told)
    assert whole is not None
    assert whole.names == {}


def test_a_statement_that_says_more_than_which_columns_goes_as_it_is() -> None:
    plain = "INSERT INTO parcel (place, text) VALUES (%(place)s::BIGINT, {text}){more}"
    assert whole_of(plain.format(text="%(text)s::VARCHAR", more="")) is not None
    assert whole_of(plain.format(text="lower(%(text)s)", more="")) is None
    assert whole_of(plain.format(text="'x'", more="")) is None
    assert whole_of(plain.format(text="%(text)s", more=" RETURNING parcel.place")) is None
    assert whole_of(plain.format(text="%(text)s", more=" ON CONFLICT (place) DO UPDATE SET text = %(other)s")) is None
