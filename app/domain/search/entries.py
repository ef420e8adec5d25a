"""What the index holds of a record, and the number under which it is held: newer records of a kind have greater ones."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache, lru_cache
from itertools import chain
from typing import Any, NamedTuple
from zlib import crc32

from app.domain.contacts.records import Contact
from app.domain.conversations.records import Conversation
from app.domain.identities.records import Identity
from app.domain.messages.records import Message
from app.kernel.columns import us_from_moment
from app.kernel.folding import fold_many
from app.kernel.phone import digits_of
from app.kernel.record import KINDS, Record
from app.kernel.searched import Searched

MINUTE_US = 60_000_000
SLOT_BITS, MINUTE_BITS = 12, 32  # records in a minute, minutes since 1970; the kind stands above both
SLOTS = 1 << SLOT_BITS
KEEPS_ITS_PLACE = 12 * 60 * SLOTS  # an entry whose time moves by less than half a day stays where it is
MOST_WORDS = 20_000  # of one part of one record
START = "·"  # before the first letters of a title's word; no folded word has it in it
END = "··"  # before a phone number read backwards
STARTS = (1, 2, 3)
LEAST_PHONE_DIGITS = 3
FIRST = (Contact, Identity, Conversation, Message)  # what people look for most stands first in results
ANALYSIS = 1  # raise it with every change to what is held: every index is made again


class Entry(NamedTuple):
    """One record's words, a blank between each two; `more` holds what makes titles and numbers quick to find."""

    doc: int
    id: Any
    title: str
    who: str
    body: str
    more: str

    @property
    def texts(self) -> tuple[str, str, str, str]:
        return self.title, self.who, self.body, self.more

    @property
    def words(self) -> set[str]:
        """Every word of it once."""
        return set(" ".join(self.texts).split())


@cache
def searched_kinds() -> tuple[str, ...]:
    """The kinds that are searched, in the order in which results name them."""
    first = [kind.__tablename__ for kind in FIRST]
    found = [name for name, kind in KINDS.items() if kind.__searched__ is not None]
    return (*first, *sorted(set(found) - set(first)))


def searched(kind: str) -> Searched:
    """What is searched in a kind; KeyError when nothing is."""
    said = KINDS[kind].__searched__
    if said is None:
        raise KeyError(kind)
    return said


def analysis_now() -> int:
    """A number that changes whenever what an index holds would be other."""
    told = [f"{kind}{KINDS[kind].__searched__}" for kind in searched_kinds()]
    return crc32(f"{ANALYSIS}{told}".encode())


def doc_range(kind: str, after: datetime | None = None, before: datetime | None = None) -> tuple[int, int]:
    """The first and the last number of a kind, between two times if they are given."""
    low, high = _doc(kind, 0), _doc(kind, (1 << MINUTE_BITS) - 1) + SLOTS - 1
    low = low if after is None else max(low, _doc(kind, us_from_moment(after) // MINUTE_US))
    return low, high if before is None else min(high, _doc(kind, us_from_moment(before) // MINUTE_US) - 1)


def doc_at(kind: str, at: Any) -> int:
    """The first number of the minute of a time, as either database gives it."""
    at_us = at if isinstance(at, int) else us_from_moment(at)
    return _doc(kind, min(max(at_us // MINUTE_US, 0), (1 << MINUTE_BITS) - 1))


def kind_of(doc: int) -> str:
    """The kind of an entry."""
    return searched_kinds()[(doc >> (MINUTE_BITS + SLOT_BITS)) - 1]


def _doc(kind: str, minute: int) -> int:
    return ((_place(kind) << MINUTE_BITS) + minute) << SLOT_BITS


@cache
def _place(kind: str) -> int:
    return searched_kinds().index(kind) + 1


@cache
def columns(kind: str) -> tuple[str, ...]:
    """What must be read of a record to make its entry."""
    said = searched(kind)
    return ("id", "deleted_at", said.at, *(name for name in said.columns))


class Maker:
    """Makes entries of rows of one kind whose values stand in the order of `columns`."""

    def __init__(self, kind: type[Record] | str) -> None:
        self.kind = kind if isinstance(kind, str) else kind.__tablename__
        said, names = searched(self.kind), columns(self.kind)
        self._parts = [[names.index(name) for name in part] for part in (said.title, said.who, said.body)]
        self._numbers = [names.index(name) for name in said.numbers]

    def entry(self, row: Sequence[Any], doc: int) -> Entry:
        """The entry of a row that is not deleted."""
        return self.entries([row], [doc])[0]

    def entries(self, rows: Sequence[Sequence[Any]], docs: Iterable[int]) -> list[Entry]:
        """The same for many rows; together they take a fraction of the time."""
        title, who, body = (self._folded(rows, places) for places in self._parts)
        more = [self._more(row, words) for row, words in zip(rows, title, strict=True)]
        return [*map(Entry, docs, [row[0] for row in rows], title, who, body, more)]

    @staticmethod
    def _folded(rows: Sequence[Sequence[Any]], places: Sequence[int]) -> list[str]:
        if not places:
            return [""] * len(rows)
        told = [fold_many([row[place] or "" for row in rows], MOST_WORDS) for place in places]
        return told[0] if len(told) == 1 else [" ".join(filter(None, texts)) for texts in zip(*told, strict=True)]

    def _more(self, row: Sequence[Any], title: str) -> str:
        words = title.split()
        more = starts(words[0]) if len(words) == 1 else tuple(dict.fromkeys(chain.from_iterable(map(starts, words))))
        for place in self._numbers:
            digits = digits_of(row[place] or "")
            if len(digits) >= LEAST_PHONE_DIGITS:
                more += (digits, END + digits[::-1])
        return " ".join(more)


@lru_cache(65_536)
def starts(word: str) -> tuple[str, ...]:
    """The words that stand for a title's word that is being typed."""
    return tuple(START + word[:length] for length in STARTS if length <= max(len(word), STARTS[0]))


class Slots:
    """Gives numbers in a new index: the next of each minute."""

    def __init__(self) -> None:
        self._used: dict[int, int] = {}

    def next(self, kind: str, at: Any) -> int:
        """A number that none has had."""
        doc = doc_at(kind, at)
        while (used := self._used.get(doc, 0)) >= SLOTS:
            doc += SLOTS
        self._used[doc] = used + 1
        return doc + used
