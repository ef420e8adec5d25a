"""Sets of words as values: each word comes and goes for itself.

Acts say what they add and remove (`Turn`), so that they come to the same over whatever stands there when they are run again.
"""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from app.kernel.errors import BadValue
from app.kernel.text import storable_line

LONGEST_WORD, MOST_WORDS = 40, 50  # characters of one; words in one field
PARTING = (",", ";", '"')  # what ends a word where several are typed or written in a row


class Turn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an act puts into a set and takes out of it."""

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()

    @property
    def words(self) -> frozenset[str]:
        return frozenset((*self.add, *self.remove))

    def without(self, words: Iterable[str]) -> "Turn":
        """The same, but for these words."""
        left = frozenset(words)
        return Turn(tuple(word for word in self.add if word not in left), tuple(word for word in self.remove if word not in left))

    def only(self, words: Iterable[str]) -> "Turn":
        """The same for these words alone."""
        return self.without(self.words - frozenset(words))

    def then(self, other: "Turn") -> "Turn":
        """What both come to, this one first."""
        added = (set(self.add) | set(other.add)) - set(other.remove)
        return Turn(in_order(added), in_order((set(self.remove) | set(other.remove)) - set(other.add)))

    def back(self) -> "Turn":
        """The opposite."""
        return Turn(self.remove, self.add)


def in_order(words: Iterable[str]) -> tuple[str, ...]:
    """A set as a field holds it: equal sets are equal values."""
    return tuple(sorted(set(words)))


def turned(words: Iterable[str], turn: Turn) -> tuple[str, ...]:
    """The set after the act."""
    return in_order({*words, *turn.add} - {*turn.remove})


def turn_of(before: Iterable[str] | None, after: Iterable[str] | None) -> Turn:
    """What an act did that found one set and left the other."""
    old, new = frozenset(before or ()), frozenset(after or ())
    return Turn(in_order(new - old), in_order(old - new))


def holds_turn(words: Iterable[str], turn: Turn) -> bool:
    """Whether the set still holds all that the act left in it."""
    held = frozenset(words)
    return held.issuperset(turn.add) and held.isdisjoint(turn.remove)


def read_words(field: str, value: Any) -> tuple[str, ...] | Turn:
    """What somebody asks of a set field: a list is what it shall hold, {"add": […], "remove": […]} what shall change."""
    try:
        if isinstance(value, Mapping):
            asked = msgspec.convert(dict(value), Turn)
            return _read_turn(field, asked)
        return clean_words(field, value if isinstance(value, tuple) else msgspec.convert(value, list[str]))
    except msgspec.ValidationError as error:
        raise BadValue(field=field, value=value, hint=f"A list of words, or what to add and to remove. {error}") from error


def _read_turn(field: str, asked: Turn) -> Turn:
    turn = Turn(clean_words(field, asked.add), clean_words(field, asked.remove))
    if both := sorted({*turn.add} & {*turn.remove}):
        raise BadValue(field=field, value=both[0], hint="It can't be added and removed at once.")
    return turn


def clean_words(field: str, words: Iterable[str]) -> tuple[str, ...]:
    """The words as they are kept; `BadValue` names the first that can't be, or says that they are too many."""
    found = in_order(clean_word(field, word) for word in words)
    check_count(field, found)
    return found


def clean_word(field: str, word: str) -> str:
    """In lower case and without blanks around it, so that nobody has the same word twice."""
    cleaned = unicodedata.normalize("NFC", storable_line(word).lower()).strip()
    if not cleaned:
        raise BadValue(field=field, value="(empty)", hint="Write a word.")
    if len(cleaned) > LONGEST_WORD:
        raise BadValue(field=field, value=f"{cleaned[:LONGEST_WORD]}…", hint=f"At most {LONGEST_WORD} characters each.")
    if mark := next((each for each in PARTING if each in cleaned), None):
        raise BadValue(field=field, value=cleaned, hint=f"Leave out the {mark} or write two of them.")
    return cleaned


def check_count(field: str, words: Sequence[str]) -> None:
    """`BadValue` when they are more than a field holds."""
    if len(words) > MOST_WORDS:
        raise BadValue(field=field, value=f"{len(words)} of them", hint=f"At most {MOST_WORDS}; remove some first.")
