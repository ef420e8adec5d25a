"""Full-text search over all kinds, alike on the replica and on the server: in sight, exact ones first, then newest."""

from collections.abc import Mapping, Sequence
from dataclasses import replace as dataclass_replace
from typing import Any, NamedTuple, Protocol
from uuid import UUID

import msgspec
from msgspec.structs import replace
from sqlalchemy import ColumnElement, Row, select

from app.domain.search.entries import doc_range, searched, searched_kinds
from app.domain.search.filters import Filters
from app.domain.search.linking import linked
from app.domain.search.matching import holds
from app.domain.search.rules import BadQuery, Query, Term, read_query
from app.domain.search.showing import Hit, hit_of, shown_columns, text_of
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

MOST_COUNTED = 100  # of each kind: those beyond are "more than"
MOST_LOOKED_AT = 1_000  # entries, for one page: many that match may be out of sight
FEW = 3  # hits; with fewer, other spellings are looked for
FIRST_CHUNK, LARGEST_CHUNK = 200, 500  # entries, where the first hundred held no page
NOBODYS = UUID(int=0)  # stands for a record that is counted and not shown


class Lookup(Protocol):
    """What search asks of an index."""

    def passes(self, query: Query) -> list[str]:
        """What is asked one after the other."""

    def spread(self, match: str, ranges: Sequence[tuple[int, int]], most: int) -> list[list[int]]:
        """The greatest numbers that match in each of some ranges that do not overlap; nothing said is matched by all."""

    def ids(self, docs: Sequence[int]) -> dict[int, UUID]:
        """The records that are held under these numbers."""

    def near(self, word: str, most: int) -> list[tuple[str, int]]:
        """Words that may have been meant."""

    def is_known(self, word: str) -> bool:
        """Whether any record has the word."""


class Conditions(NamedTuple):
    """What a record must be beside matching."""

    said: list[ColumnElement[bool]]
    hides: bool  # the index holds columns that the reader may not see
    is_all: bool  # every record of the kind is in sight

    @property
    def is_free(self) -> bool:
        """Whether whatever matches is a hit."""
        return not self.said and self.is_all and not self.hides


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

    Words, "phrases", -not, begin*, kind: from: channel: is: owner: tag: after: before:; `BadQuery` says what is wrong with it.
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
        better = corrected(query, hunt.index.near, hunt.is_known) if place.is_corrected else None
        return Found(groups=(hunt if better is None else _Hunt(reader, better, limit, is_corrected=True)).page(place))
    groups = hunt.groups()
    if sum(len(group.hits) for group in groups) < FEW and (better := corrected(query, hunt.index.near, hunt.is_known)):
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
        hides = any(self._hides(kind) for kind in searched_kinds())
        self._judges = hides and any(term.is_not for term in query.terms)  # every kind by what is read of it
        self._filters, self._passes = Filters(reader, query), self.index.passes(_without_hints(query) if hides else query)
        self._at_first = max(MOST_COUNTED, limit) + 1

    def groups(self) -> list[Group]:
        """The first hits of each kind that has any."""
        kinds = [kind for kind in searched_kinds() if not self._query.kinds or kind in self._query.kinds]
        allowed = {kind: said for kind in kinds if (said := self._conditions(kind)) is not None}
        found = self._next(dict.fromkeys(allowed), self._at_first)
        groups = [self._group(kind, allowed[kind], found[kind]) for kind in allowed]
        return self._linked([group for group in groups if group is not None])

    def is_known(self, word: str) -> bool:
        """Whether the word stands in anything that the reader may see: what is put right must not tell what else there is."""
        if not self.index.is_known(word) or all(self._is_open(kind) for kind in searched_kinds()):
            return self.index.is_known(word)
        return bool(_Hunt(self._reader, Query(terms=(Term(spellings=((word,),)),)), 1).groups())

    def page(self, start: Place) -> list[Group]:
        """The page of one kind behind a place."""
        conditions = self._conditions(start.kind)
        if conditions is None:
            return []
        group = self._group(start.kind, conditions, self._next({start.kind: start}, self._limit + 1)[start.kind], start)
        return self._linked([group] if group else [])

    def _conditions(self, kind: str) -> Conditions | None:
        """What rows of a kind must be beside matching; nothing at all where none can be it."""
        if not self._passes or not self._reader.actor.may(f"{kind}:read"):
            return None
        said = self._filters.of(kind)
        return (
            None if said is None else Conditions(said, self._judges or self._hides(kind), self._reader.actor.sight(kind) is None)
        )

    def _group(self, kind: str, conditions: Conditions, first: list[Place], start: Place | None = None) -> Group | None:
        """One page of one kind, from its first candidates on; nothing when there is none."""
        asked = self._limit + 1 if start else self._at_first
        if conditions.hides:
            first, asked = first[: (few := 2 * self._limit + 2)], min(asked, few)  # whose texts must be read
        is_all, looked_at, seen = len(first) < asked, len(first), self._seen(kind, conditions, first)
        last, chunk = first[-1] if first else start, FIRST_CHUNK
        while len(seen) <= self._limit and not is_all and looked_at < MOST_LOOKED_AT:
            further = self._next({kind: last}, chunk)[kind]
            is_all, looked_at, last = len(further) < chunk, looked_at + len(further), further[-1] if further else last
            seen += self._seen(kind, conditions, further)
            chunk = min(chunk * 2, LARGEST_CHUNK)
        page = seen[: self._limit]
        more = page[-1][0] if len(seen) > self._limit else None if is_all else last
        if not page and more is None:
            return None
        count, is_more = (len(page), more is not None) if start else (len(seen), not is_all)
        return Group(
            kind=kind, hits=self._hits(kind, [key for _, key in page]), is_more=is_more,
            count=min(count, self._at_first - 1) if is_more else count, next=_write_place(more) if more else None,
        )  # fmt: skip

    def _next(self, behind: Mapping[str, Place | None], most: int) -> dict[str, list[Place]]:
        """Of each kind, the candidates behind a place (from the first on, without one) in order."""
        found: dict[str, list[Place]] = {kind: [] for kind in behind}
        for number, match in enumerate(self._passes):
            ranges = dict[str, tuple[int, int]]()
            for kind, place in behind.items():
                low, high = doc_range(kind, self._query.after, self._query.before)
                high = place.doc - 1 if place and place.number == number else high
                if len(found[kind]) < most and low <= high and not (place and place.number > number):
                    ranges[kind] = low, high
            for kind, docs in zip(ranges, self.index.spread(match, list(ranges.values()), most), strict=True):
                places = [Place(kind, number, doc, self._is_corrected) for doc in docs]
                found[kind] += places[: most - len(found[kind])]
        return found

    def _seen(self, kind: str, conditions: Conditions, places: list[Place]) -> list[tuple[Place, UUID]]:
        """Those of the candidates that are in sight and are what is wanted."""
        if not places:
            return []
        shown = places[: self._limit + 1] if conditions.is_free else places
        ids, record = self.index.ids([place.doc for place in shown]), KINDS[kind]
        if conditions.is_free:  # those that are not shown are only counted
            return [(place, ids.get(place.doc, NOBODYS)) for place in places]
        names = shown_columns(kind) if conditions.hides else ("id",)
        asked = select(*(record.__table__.c[name] for name in names)).where(
            self._reader.within(record), record.id.in_(list(ids.values())), *conditions.said
        )
        seen = {row.id for row in self._reader.all(asked) if not conditions.hides or self._holds(kind, row)}
        return [(place, ids[place.doc]) for place in places if ids.get(place.doc) in seen]

    def _hits(self, kind: str, ids: list[UUID]) -> list[Hit]:
        if not ids:
            return []
        record, hidden = KINDS[kind], self._reader.actor.hidden(kind)
        columns = [record.__table__.c[name] for name in shown_columns(kind)]
        rows = {row.id: row for row in self._reader.all(self._reader.select(record, *columns).where(record.id.in_(ids)))}
        return [hit_of(kind, rows[key], self._query, hidden) for key in ids if key in rows]

    def _linked(self, groups: list[Group]) -> list[Group]:
        """What belongs beside the hits, asked once for all kinds."""
        hits = iter(linked(self._reader, [hit for group in groups for hit in group.hits]))
        return [replace(group, hits=[next(hits) for _ in group.hits]) for group in groups]

    def _hides(self, kind: str) -> bool:
        """Whether the index holds columns that the reader may not see."""
        return not self._reader.actor.hidden(kind).isdisjoint(searched(kind).columns)

    def _is_open(self, kind: str) -> bool:
        """Whether the reader sees whatever the index holds of the kind."""
        return self._reader.actor.sight(kind) is None and not self._hides(kind)

    def _holds(self, kind: str, row: Row[Any]) -> bool:
        """Whether what the reader may see of it matches: the index holds hidden columns too."""
        said, hidden = searched(kind), self._reader.actor.hidden(kind)

        def texts(names: Sequence[str]) -> list[str]:
            return [text_of(getattr(row, name)) for name in names if name not in hidden]

        parts = [fold(text) for text in texts((*said.title, *said.body))]
        numbers = [digits_of(text) for text in texts(said.numbers)]
        return holds(self._query, parts, [fold(text) for text in texts(said.who)], numbers)


def _without_hints(query: Query) -> Query:
    """What the index is asked where it holds hidden words: neither what one of them shuts out nor what it puts first may show."""
    return dataclass_replace(
        query, terms=tuple(dataclass_replace(term, is_typed=False) for term in query.terms if not term.is_not)
    )


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
