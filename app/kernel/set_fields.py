"""Fields that hold a set of words: columns of the type `Words`. Each word wins and loses for itself."""

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, and_, literal_column

from app.kernel.columns import EMPTY_SET, EPOCH, Words, words_text
from app.kernel.record import KINDS, Record
from app.kernel.set_words import Turn, clean_word, turn_of

if TYPE_CHECKING:
    from app.kernel.log import Audit
    from app.kernel.reader import Reader

MOST_NAMED = 1_000


@cache
def set_fields(kind: str) -> frozenset[str]:
    """The fields of a kind that hold sets."""
    return frozenset(name for name, column in KINDS[kind].__table__.columns.items() if isinstance(column.type, Words))


def met_by(field: str, turn: Turn, unseen: Sequence["Audit"], device: str) -> dict[str, "Audit"]:
    """The words that somebody else, unseen, last turned the other way, each with that act (`unseen`: oldest first)."""
    last: dict[str, tuple[Audit, bool]] = {}
    for audit in unseen:
        if field in audit.fields:
            theirs = turn_of(*audit.fields[field])
            last |= dict.fromkeys(theirs.add, (audit, True)) | dict.fromkeys(theirs.remove, (audit, False))
    return {
        word: audit
        for word, (audit, is_in) in last.items()
        if audit.device != device and word in (turn.remove if is_in else turn.add)
    }


def has_any(column: Any) -> ColumnElement[bool]:
    """Whether a set field holds anything; written so that the index of those that do serves."""
    found: ColumnElement[bool] = column != literal_column(f"'{EMPTY_SET}'")
    return found


def has_word(column: Any, word: str) -> ColumnElement[bool]:
    """Whether a set field holds a word, however it was typed."""
    written = words_text((clean_word(column.key, word),))[1:-1]
    return and_(has_any(column), column.contains(written, autoescape=True))


def holding(reader: "Reader", kind: type[Record], field: str, word: str) -> ColumnElement[bool]:
    """The same for a list in some order: few rows are named by their ids, many are soon met on the way through the list.

    That `updated_at` is asked for is what has SQLite take the index of the rows that hold any.
    """
    table = kind.__table__
    found = has_word(table.c[field], word)
    asked = reader.select(kind, table.c.id).where(table.c.updated_at > EPOCH, found).limit(MOST_NAMED)
    ids = [row.id for row in reader.all(asked)]
    return found if len(ids) == MOST_NAMED else table.c.id.in_(ids)
