"""The language of searches, read once and alike on the console and on the server.

refund order          both words, in any order, whatever their case and accents
"next week"           these words one after the other
-cancelled            not this
deliv*                words that begin like this; the last word of all does while it is being typed
from:amara kind:message channel:email is:open owner:me tag:vip after:2026-01-01 before:30d
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice, product

from app.kernel.errors import BadValue
from app.kernel.folding import fold, spellings
from app.kernel.phone import digits_of
from app.kernel.set_words import clean_word

MOST_TERMS, LONGEST = 24, 1_000
LEAST_DIGITS, LEAST_BARE = 3, 6  # of a phone number; without zeros before it
MOST_SPELLINGS = 4  # of a phrase
FILTERS = ("kind", "from", "channel", "after", "before", "is", "owner", "tag")
CHANNELS = ("email", "sms", "whatsapp", "voice", "chat", "social")
STATES = ("open", "pending", "snoozed", "resolved", "unread", "done", "missed", "pinned", "vip")
PIECE = re.compile(r'(?P<no>-?)(?:(?P<name>[A-Za-z]+):)?(?:"(?P<phrase>[^"]*)(?P<end>"?)|(?P<word>[^\s"]+))')
LOOKS_LIKE_A_NUMBER = re.compile(r"[+(]?\d[\d\s()/.-]*")
DAYS_AGO = re.compile(r"(\d{1,4})([dwmy])")
DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}
DATE = re.compile(r"(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?")

Phrase = tuple[str, ...]


class BadQuery(BadValue):
    """What was typed is no search."""

    key = "bad_query"
    text = "This can't be searched for. {hint}"

    def __init__(self, hint: str, value: str = "") -> None:
        super().__init__(field="query", value=value, hint=hint)


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """Something that must stand there, in any one of its spellings, each of them words in a row."""

    spellings: tuple[Phrase, ...]
    is_prefix: bool = False  # the last word only has to begin like this
    is_typed: bool = False  # … because it may not be written to its end
    is_not: bool = False
    is_who: bool = False  # among those who wrote it
    digits: tuple[str, ...] = ()  # of a phone number, with and without zeros before: it may begin or end like this


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What somebody looks for; a filter that is empty lets everything through."""

    terms: tuple[Term, ...] = ()
    kinds: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()
    states: frozenset[str] = frozenset()
    owners: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()  # all of them
    after: datetime | None = None
    before: datetime | None = None

    @property
    def is_empty(self) -> bool:
        """Whether it asks for nothing at all."""
        wanted = (self.kinds, self.channels, self.states, self.owners, self.tags, self.after, self.before)
        return not any(not term.is_not for term in self.terms) and not any(wanted)


@dataclass(frozen=True, slots=True)
class _Piece:
    name: str
    value: str
    is_not: bool
    is_phrase: bool
    is_last: bool


def read_query(text: str, kinds: frozenset[str], *, now: datetime, is_typing: bool = False) -> Query:
    """What was typed as a query over these kinds; `BadQuery` says what is wrong with it and what would be right."""
    if len(text) > LONGEST:
        raise BadQuery(f"It has more than {LONGEST:,} characters.")
    pieces = _pieces(text, is_typing=is_typing)
    words = [piece for piece in pieces if not piece.name or piece.name == "from"]
    terms = _number(words) or [term for piece in words for term in _terms(piece, is_typing=is_typing)]
    if len(terms) > MOST_TERMS:
        raise BadQuery(f"Use at most {MOST_TERMS} words.")
    if terms and all(term.is_not for term in terms):
        raise BadQuery("Say what should be there, too: a search can't be made of exclusions only.")
    tags = frozenset(clean_word("tag", piece.value) for piece in pieces if piece.name == "tag")
    terms += [Term(spellings=(tuple(fold(tag)),)) for tag in sorted(tags) if fold(tag)]  # the index knows them as words
    days = {piece.name: _day(piece, now) for piece in pieces if piece.name in {"after", "before"}}
    if len(days) == 2 and days["after"] >= days["before"]:
        raise BadQuery("Nothing is after one day and before an earlier one.")
    return Query(
        terms=tuple(terms), kinds=_among(pieces, "kind", kinds), channels=_among(pieces, "channel", CHANNELS),
        states=_among(pieces, "is", STATES), owners=frozenset(piece.value for piece in pieces if piece.name == "owner"),
        tags=tags,
        after=days.get("after"), before=days.get("before"),
    )  # fmt: skip


def _pieces(text: str, *, is_typing: bool) -> list[_Piece]:
    matches = list(PIECE.finditer(text))
    found = []
    for match in matches:
        is_last = match is matches[-1] and not text[match.end() :].strip() and not text[-1:].isspace()
        if match["phrase"] is not None and not match["end"] and not is_typing:
            raise BadQuery('A quotation mark is open: close it with ".')
        name, value = (match["name"] or "").lower(), match["phrase"] if match["phrase"] is not None else match["word"]
        if name not in FILTERS:
            value = f"{match['name']} {value}" if name else value  # "Re:order" and "10:42" are words
            if (
                name
                and match["phrase"] is None
                and name.isalpha()
                and len(name) > 2
                and not value.partition(" ")[2].startswith("//")
            ):
                raise BadQuery(f"There is no filter {name}: there are {', '.join(FILTERS)}.", name)
            name = ""
        found.append(_Piece(name, value.strip(), bool(match["no"]), match["phrase"] is not None, is_last))
    return _without_empty_filters(found)


def _without_empty_filters(pieces: list[_Piece]) -> list[_Piece]:
    """A filter's name with nothing behind it is read as a word by the pattern: say what belongs there."""
    hints = {
        "kind": "Write what kind, as in kind:contact.", "channel": f"channel: is one of {', '.join(CHANNELS)}.",
        "is": f"is: is one of {', '.join(STATES)}.", "owner": "Write owner:me, owner:none or somebody's name.",
        "after": "Write a day, as in after:2026-01-31 or after:30d.", "from": "Write a name or address, as in from:amara.",
    }  # fmt: skip
    hints["tag"] = 'Write a tag, as in tag:renewal or tag:"key account".'
    hints["before"] = hints["after"].replace("after", "before")
    for piece in pieces:
        bare = piece.value.removesuffix(":").lower()
        if not piece.is_phrase and not piece.name and piece.value.endswith(":") and bare in hints:
            raise BadQuery(hints[bare], bare)
        if piece.name and piece.is_not and piece.name != "from":
            raise BadQuery(f"{piece.name}: can't be turned round with a minus.", piece.name)
        if piece.name and not piece.value:
            raise BadQuery(hints[piece.name], piece.name)
    return pieces


def _terms(piece: _Piece, *, is_typing: bool) -> list[Term]:
    """One piece is one term: what punctuation parts in it stands in a row."""
    is_starred = piece.value.endswith("*") and not piece.is_phrase
    is_typed = is_typing and piece.is_last and not piece.is_phrase
    phrases = _phrases(piece.value)
    if not phrases:
        return []
    return [
        Term(
            spellings=phrases, is_prefix=is_starred or is_typed, is_typed=is_typed and not is_starred, is_not=piece.is_not,
            is_who=piece.name == "from",
        )
    ]  # fmt: skip


def _phrases(value: str) -> tuple[Phrase, ...]:
    words = fold(value)
    if not words:
        return ()
    written = [each for each in re.split(r"[\W_]+", value) if each]
    if len(written) != len(words):  # characters that are words by themselves have one spelling
        return (tuple(words),)
    return tuple(islice(product(*map(spellings, written)), MOST_SPELLINGS))


def _number(words: list[_Piece]) -> list[Term]:
    """All that was typed is one phone number, with whatever between its digits."""
    if not words or any(piece.name or piece.is_not or piece.is_phrase for piece in words):
        return []
    typed = " ".join(piece.value for piece in words)
    digits = digits_of(typed)
    if len(digits) < LEAST_DIGITS or LOOKS_LIKE_A_NUMBER.fullmatch(typed) is None:
        return []
    return [Term(spellings=(tuple(fold(typed)),), is_prefix=True, is_typed=True, digits=_forms(digits))]


def _forms(digits: str) -> tuple[str, ...]:
    """ "030 55…" and "0049 30 55…" are ends of +49 30 55… but for their zeros; the last four digits keep theirs."""
    bare = digits.lstrip("0")
    return (digits, bare) if len(bare) >= LEAST_BARE and bare != digits else (digits,)


def _among(pieces: list[_Piece], name: str, choices: frozenset[str] | tuple[str, ...]) -> frozenset[str]:
    found = frozenset(piece.value.lower() for piece in pieces if piece.name == name)
    if strange := sorted(found - set(choices)):
        known = sorted(choices) if isinstance(choices, frozenset) else choices
        raise BadQuery(f"{name}:{strange[0]} is not known: there are {', '.join(known)}.", strange[0])
    return found


def _day(piece: _Piece, now: datetime) -> datetime:
    """The beginning of a day in UTC; 30d is so many days back."""
    back, match = DAYS_AGO.fullmatch(piece.value.lower()), DATE.fullmatch(piece.value)
    try:
        if back:
            return now - timedelta(days=int(back[1]) * DAYS[back[2]])
        if match:
            return datetime(int(match[1]), int(match[2] or 1), int(match[3] or 1), tzinfo=UTC)
    except (ValueError, OverflowError):
        pass  # the thirteenth month; longer ago than anything
    raise BadQuery(f"{piece.value} is no day: write {piece.name}:2026-01-31, 2026-01, 2026 or 30d.", piece.value)
