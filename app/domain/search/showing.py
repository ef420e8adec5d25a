"""How a record that was found is shown: what it is called, and where the words stand in it."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row

from app.domain.search.entries import searched
from app.domain.search.rules import Query, Term
from app.kernel.folding import LONGEST_WORD, spans
from app.kernel.phone import digits_of
from app.kernel.record import KINDS

Marks = list[list[int]]
SNIPPET, BEFORE = 160, 40  # characters of a snippet, and of it before the first word that was found
LOOKED_THROUGH = 20_000  # characters of a text
LINKS = ("conversation_id", "contact_id", "channel")


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """One record that was found; marks are where its words begin and end, in characters."""

    kind: str
    id: UUID
    title: str
    title_marks: list[list[int]] = []
    snippet: str = ""
    snippet_marks: list[list[int]] = []
    detail: str = ""
    at: datetime
    channel: str = ""
    conversation_id: UUID | None = None
    contact_id: UUID | None = None


def shown_columns(kind: str) -> tuple[str, ...]:
    """What is read of a record that was found."""
    said, columns = searched(kind), KINDS[kind].__table__.columns
    return tuple(dict.fromkeys(("id", said.at, *said.columns, *(name for name in LINKS if name in columns))))


def hit_of(kind: str, row: Row[Any], query: Query, hidden: frozenset[str]) -> Hit:
    """A row as a hit."""
    said = searched(kind)
    values = {name: "" if name in hidden else text_of(getattr(row, name)) for name in said.columns}
    titles = [values[name] for name in (*said.title, *said.who) if values[name]]
    texts = [values[name] for name in (*said.body, *said.who, *said.title, *said.numbers) if values[name]]
    title = titles[0] if titles else ""
    text, marks = _best(query, [each for each in texts if each != title])
    title_marks = marks_in(title, query)
    if not title:
        title, title_marks, text = text, marks, ""
    return Hit(
        kind=kind, id=row.id, title=title, title_marks=title_marks, snippet=text,
        snippet_marks=marks if text else [], detail=_detail(said.who, values, title), at=getattr(row, said.at),
        channel=getattr(row, "channel", None) or said.channel, conversation_id=_link(kind, row, "conversation"),
        contact_id=_link(kind, row, "contact"),
    )  # fmt: skip


def text_of(value: Any) -> str:
    """What is searched in a column, as it is shown."""
    return ", ".join(value) if isinstance(value, tuple) else value or ""


def _link(kind: str, row: Row[Any], to: str) -> UUID | None:
    found: UUID | None = row.id if kind == to else getattr(row, f"{to}_id", None)
    return found


def _detail(who: Iterable[str], values: dict[str, str], title: str) -> str:
    return next((values[name] for name in who if values[name] and values[name] != title), "")


def _best(query: Query, texts: Sequence[str]) -> tuple[str, Marks]:
    """The piece of the first text that has any of the words; else the beginning of the first text."""
    for text in texts:
        if marks := marks_in(text[:LOOKED_THROUGH], query):
            return cut_out(text, marks)
    return cut_out(texts[0], []) if texts else ("", [])


def cut_out(text: str, marks: Marks) -> tuple[str, Marks]:
    """A snippet of one line around the first mark, with the marks that fall into it."""
    start = max(0, marks[0][0] - BEFORE) if marks and marks[0][1] > SNIPPET else 0
    if start:
        start = text.rfind(" ", 0, start + 1) + 1 or start
    piece = text[start : start + SNIPPET]
    line = "".join(" " if letter.isspace() else letter for letter in piece)
    ahead, behind = "…" if start else "", "…" if start + SNIPPET < len(text) else ""
    shift = len(ahead) - start
    kept = [[begin + shift, end + shift] for begin, end in marks if begin >= start and end <= start + len(piece)]
    return f"{ahead}{line}{behind}", kept


def marks_in(text: str, query: Query) -> Marks:
    """Where the words of the query stand in a text; of a word that was only begun, the letters that were typed."""
    wanted = [term for term in query.terms if not term.is_not]
    found: Marks = []
    for word, start, end in _likely(text, query.terms) if text.isascii() else spans(text):
        length = max((_matched(term, word, end - start) for term in wanted), default=0)
        if length:
            found.append([start, start + length])
    return found or _number_marks(text, wanted)


def _likely(text: str, terms: tuple[Term, ...]) -> Iterator[tuple[str, int, int]]:
    """As `spans`, for plain letters, but only words that begin like one that is looked for: many times quicker."""
    for match in _beginnings(terms).finditer(text.lower()):
        yield match.group()[:LONGEST_WORD], match.start(), match.end()


@lru_cache(16)
def _beginnings(terms: tuple[Term, ...]) -> re.Pattern[str]:
    words = {word for term in terms for phrase in term.spellings for word in phrase}
    return re.compile(rf"(?<![a-z0-9])(?:{'|'.join(map(re.escape, sorted(words)))})[a-z0-9]*" if words else r"(?!)")


def _matched(term: Term, word: str, width: int) -> int:
    """How many characters of a word, which is as wide in the text, the term is about."""
    for phrase in term.spellings:
        if word in phrase:
            return width
        if term.is_prefix and word.startswith(phrase[-1]):
            return min(len(phrase[-1]), width)
    return 0


def _number_marks(text: str, wanted: Iterable[Term]) -> Marks:
    """A phone number's digits, whatever stands between them."""
    known = digits_of(text)
    digits = next((each for term in wanted for each in term.digits if each in known), "")
    at = known.rfind(digits) if digits else -1
    if at < 0:
        return []
    places = [place for place, letter in enumerate(text) if letter.isascii() and letter.isdecimal()]
    return [[places[at], places[at + len(digits) - 1] + 1]]
