"""Full-text search over all kinds, alike on the replica and on the server: in sight, exact ones first, then newest."""

from collections.abc import Iterator, Sequence
from typing import Any, Protocol
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Row, TextualSelect, func, select

from app.domain.search.entries import doc_range, searched, searched_kinds
from app.domain.search.filters import Filters
from app.domain.search.linking import linked
from app.domain.search.matching import holds
from app.domain.search.rules import BadQuery, Query, read_query
from app.domain.search.showing import Hit, hit_of, shown_columns
from app.domain.search.spelling import corrected
from app.domain.search.sqlite import SqliteIndex
from app.kernel.clock import system_now_us
from app.kernel.columns import moment_from_us
from app.kernel.errors import BadValue
from app.kernel.folding import fold
from app.kernel.keyset import MOST_ROWS
from app.kernel.phone import digits_of
from app.kernel.reader import Reader
from app.kernel.record import KINDS

MOST_COUNTED = 100  # of each kind: counting goes through rights row by row, and is what takes the time
MOST_LOOKED_AT = 1_000  # entries, for one page: many that match may be out of sight
FEW = 3  # hits; with fewer, other spellings are looked for
LARGEST_CHUNK = 500


class Lookup(Protocol):
    """What search asks of an index."""

    def passes(self, query: Query) -> list[str]:
        """What is asked one after the other."""

    def find(self, match: str, low: int, high: int, most: int) -> list[tuple[int, Any]]:
        """Number and record of the greatest numbers that match."""

    def found(self, match: str, low: int, high: int, most: int) -> TextualSelect:
        """The records of the same, as part of another question."""

    def near(self, word: str, most: int) -> list[tuple[str, int]]:
        """Words that may have been meant."""

    def is_known(self, word: str) -> bool:
        """Whether any record has the word."""


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """What was found of one kind: how many there are, at least (`is_more`) or exactly, and the first of them."""

    kind: str
    hits: list[Hit]
    count: int
    is_more: bool = False
    next: str | None = None


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What a search found; `corrected` is what was looked for instead of what was typed."""

    groups: list[Group]
    corrected: str | None = None


class Place(msgspec.Struct, frozen=True, array_like=True):
    """Where a page of one kind ends."""

    kind: str
    number: int  # of the pass
    doc: int
    is_corrected: bool = False


def search(reader: Reader, *, q: str = "", after: str | None = None, limit: int = 5, typing: bool = False) -> Found:
    """Everything in sight with these words, by kind; `after` goes on with one kind. `typing`: the last word may go on.

    Words, "phrases", -not, begin*, and kind: from: channel: is: owner: after: before:; `BadQuery` says what is wrong with it.
    """
    now = moment_from_us(system_now_us())
    query = read_query(q, frozenset(searched_kinds()), now=now, is_typing=typing)
    if not 1 <= limit <= MOST_ROWS:
        raise BadValue(field="limit", value=limit, hint=f"From 1 to {MOST_ROWS}.")
    if query.is_empty:
        return Found(groups=[])
    place = _read_place(after) if after else None
    hunt = _Hunt(reader, query, limit)
    if place is not None:
        better = corrected(query, hunt.index.near, hunt.index.is_known) if place.is_corrected else None
        group = (hunt if better is None else _Hunt(reader, better, limit, is_corrected=True)).group(place.kind, place)
        return Found(groups=[group] if group else [])
    groups = hunt.groups()
    if sum(len(group.hits) for group in groups) < FEW and (better := corrected(query, hunt.index.near, hunt.index.is_known)):
        instead = _Hunt(reader, better, limit, is_corrected=True).groups()
        if sum(len(group.hits) for group in instead) > sum(len(group.hits) for group in groups):  # and in sight
            return Found(groups=instead, corrected=_written(query, better, q))
    return Found(groups=groups)


def index_of(reader: Reader) -> Lookup:
    """The index of the reader's database."""
    if reader.connection.dialect.name != "postgresql":
        return SqliteIndex(reader.connection)
    from app.domain.search.postgresql import PostgresqlIndex  # a console never needs it: 35 ms of its start

    return PostgresqlIndex(reader.connection)


class _Hunt:
    """One query, as one reader."""

    def __init__(self, reader: Reader, query: Query, limit: int, *, is_corrected: bool = False) -> None:
        self.index = index_of(reader)
        self._reader, self._query, self._limit, self._is_corrected = reader, query, limit, is_corrected
        self._filters, self._passes = Filters(reader, query), self.index.passes(query)
        self._sights: dict[str, ColumnElement[bool]] = {}

    def groups(self) -> list[Group]:
        """The first hits of each kind that has any."""
        kinds = [kind for kind in searched_kinds() if not self._query.kinds or kind in self._query.kinds]
        return [group for kind in kinds if (group := self.group(kind)) is not None]

    def group(self, kind: str, start: Place | None = None) -> Group | None:
        """One page of one kind; nothing when there is none."""
        if not self._passes or not self._reader.actor.may(f"{kind}:read"):
            return None
        rows, last = list[Row[Any]](), start
        more: Place | None = None
        for place, row in self._rows(kind, start, 2 * self._limit + 2):
            if row is None or len(rows) == self._limit:
                more = last if row is not None else place
                break
            rows.append(row)
            last = place
        if not rows and more is None:
            return None
        hidden = self._reader.actor.hidden(kind)
        hits = linked(self._reader, kind, [hit_of(kind, row, self._query, hidden) for row in rows])
        count, is_more = self._count(kind, more, len(rows)) if more and start is None else (len(rows), more is not None)
        return Group(kind=kind, hits=hits, count=count, is_more=is_more, next=_write_place(more) if more else None)

    def _count(self, kind: str, start: Place, known: int) -> tuple[int, bool]:
        """How many there are, of the next hundred that match: those beyond are "more than"."""
        conditions = self._filters.of(kind)
        if conditions is None or self._hides(kind):
            return known, True
        for number in range(start.number, len(self._passes)):
            low, high = doc_range(kind, self._query.after, self._query.before)
            end = start.doc - 1 if start.number == number else high
            found = self.index.found(self._passes[number], low, end, MOST_COUNTED).cte("found")
            record = KINDS[kind]
            asked = select(func.count(record.id), select(func.count()).select_from(found).scalar_subquery()).where(
                self._within(kind), record.id.in_(select(found.c.id)), *conditions
            )
            seen, looked_at = self._reader.all(asked)[0]
            known += seen
            if looked_at >= MOST_COUNTED:
                return min(known, MOST_COUNTED), True
        return known, False

    def _within(self, kind: str) -> ColumnElement[bool]:
        if kind not in self._sights:
            self._sights[kind] = self._reader.within(KINDS[kind])
        return self._sights[kind]

    def _hides(self, kind: str) -> bool:
        """Whether the index holds columns that the reader may not see."""
        return not self._reader.actor.hidden(kind).isdisjoint(searched(kind).columns)

    def _rows(self, kind: str, start: Place | None, chunk: int) -> Iterator[tuple[Place, Row[Any] | None]]:
        """Rows that match and are in sight, in order, with their places; no row where it was enough for one question."""
        conditions = self._filters.of(kind)
        if conditions is None:
            return
        low, high = doc_range(kind, self._query.after, self._query.before)
        looked_at = 0
        for number in range(start.number if start else 0, len(self._passes)):
            end = start.doc - 1 if start and start.number == number else high
            while found := self.index.find(self._passes[number], low, end, chunk):
                for doc, row in self._seen(kind, found, conditions):
                    yield Place(kind, number, doc, self._is_corrected), row
                looked_at, end = looked_at + len(found), found[-1][0] - 1
                if len(found) < chunk:
                    break
                if looked_at >= MOST_LOOKED_AT:
                    yield Place(kind, number, end + 1, self._is_corrected), None
                    return
                chunk = min(chunk * 4, LARGEST_CHUNK)

    def _seen(self, kind: str, found: list[tuple[int, Any]], conditions: Any) -> Iterator[tuple[int, Row[Any]]]:
        record, ids, hides = KINDS[kind], {_uuid(key): doc for doc, key in found}, self._hides(kind)
        columns = [record.__table__.c[name] for name in shown_columns(kind)]
        rows = self._reader.all(select(*columns).where(self._within(kind), record.id.in_(list(ids)), *conditions))
        for row in sorted(rows, key=lambda row: -ids[row.id]):
            if not hides or self._holds(kind, row):
                yield ids[row.id], row

    def _holds(self, kind: str, row: Row[Any]) -> bool:
        """Whether what the reader may see of it matches: the index holds hidden columns too."""
        said, hidden = searched(kind), self._reader.actor.hidden(kind)

        def texts(names: Sequence[str]) -> list[str]:
            return [getattr(row, name) or "" for name in names if name not in hidden]

        parts = [fold(text) for text in texts((*said.title, *said.body))]
        numbers = [digits_of(text) for text in texts(said.numbers)]
        return holds(self._query, parts, [fold(text) for text in texts(said.who)], numbers)


def _uuid(key: Any) -> UUID:
    return key if isinstance(key, UUID) else UUID(bytes=bytes(key))


def _written(query: Query, better: Query, typed: str) -> str:
    """What was typed with the words put right."""
    told = [phrase.spellings[0][0] for old, phrase in zip(query.terms, better.terms, strict=True) if old != phrase]
    wrong = [old.spellings for old, new in zip(query.terms, better.terms, strict=True) if old != new]
    words = typed.split()
    for spellings, word in zip(wrong, told, strict=True):
        words = [word if tuple(fold(each)) in spellings else each for each in words]
    return " ".join(words)


def _write_place(place: Place) -> str:
    return f"{place.kind}.{place.number}.{place.doc}{'.c' if place.is_corrected else ''}"


def _read_place(text: str) -> Place:
    kind, number, doc, *more = [*text.split("."), "", ""][:4]
    if kind in searched_kinds() and number in {"0", "1"} and doc.isascii() and doc.isdecimal() and len(doc) < 19:
        low, high = doc_range(kind)
        if low <= int(doc) <= high + 1:
            return Place(kind, int(number), int(doc), more == ["c"])
    raise BadQuery("Use the `next` of the page before.", text[:40])
