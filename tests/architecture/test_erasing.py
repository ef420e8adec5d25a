"""Every column that can say something about a person outside is emptied when they are erased, or is known to say nothing."""

import pytest
from sqlalchemy import BigInteger

from app.domain.nouns import NOUNS
from app.kernel.columns import Key, Moment
from app.kernel.erasing import BELONGS_BY, MERGED_INTO
from app.kernel.log import Conflict
from app.kernel.record import KINDS, Record, defaults_of

assert NOUNS
NEVER = frozenset({"custom"})  # emptied in every record
SAYS_NOTHING = {  # of a person: kinds, states, and what is the workspace's own
    "call": {"direction", "state", "outcome", "queue"}, "call_leg": {"role"},
    "attachment": {"media_type"}, "conflict": {"record_kind", "field"},
    "conversation": {"channel", "status", "inbox_key", "preview_kind", "last_direction"}, "identity": {"kind"},
    "message": {"direction", "state"},
}  # fmt: skip
WORDS_FROM_A_LIST = {("call", "disposition")}


def hanging() -> list[type[Record]]:
    """What names a person, what names that, and what else is theirs."""
    columns = {*BELONGS_BY, MERGED_INTO, "identity_id"}
    found = [
        kind for kind in KINDS.values() if kind.__module__.startswith("app.") and columns & set(kind.__table__.columns.keys())
    ]
    return sorted({*found, KINDS["contact"], KINDS["identity"], Conflict}, key=lambda kind: kind.__tablename__)


@pytest.mark.parametrize("kind", hanging(), ids=lambda kind: kind.__tablename__)
def test_whatever_can_tell_of_a_person_is_emptied_with_them(kind: type[Record]) -> None:
    name = kind.__tablename__
    telling = {
        column.name for column in kind.__table__.columns
        if not isinstance(column.type, Key | Moment | BigInteger) and not column.name.startswith("is_")
    }  # fmt: skip
    known = SAYS_NOTHING.get(name, set()) | {field for each, field in WORDS_FROM_A_LIST if each == name}
    assert telling - NEVER - known - kind.__erased__.keys() == set(), f"say in {kind.__name__}.__erased__ what is left of these"


@pytest.mark.parametrize("kind", [kind for kind in KINDS.values() if kind.__erased__], ids=lambda kind: kind.__tablename__)
def test_what_is_left_can_stand_there(kind: type[Record]) -> None:
    columns = kind.__table__.columns
    assert all(columns[field].nullable or left is not None for field, left in kind.__erased__.items())
    assert kind.__erased__.keys() <= defaults_of(kind).keys()
