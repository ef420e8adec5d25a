"""What is:, channel:, owner: and tag: mean for each kind; a kind that has no such thing is left out."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, and_, false, or_, select

from app.domain.calls.records import Call
from app.domain.contacts.records import Contact
from app.domain.conversations.records import Conversation
from app.domain.notes.records import Note
from app.domain.search.entries import searched
from app.domain.search.rules import BadQuery, Query
from app.domain.tasks.records import Task
from app.domain.users.records import User
from app.kernel.reader import Reader
from app.kernel.record import KINDS, Record, Root
from app.kernel.set_fields import has_word, set_fields

STATUSES = frozenset({"open", "pending", "snoozed", "resolved"})
MOST_OWNERS = 50
TAGS = "tags"  # of every kind that has any
Condition = Callable[[], ColumnElement[bool] | None]


class Filters:
    """The filters of one query, in the words of each kind."""

    def __init__(self, reader: Reader, query: Query) -> None:
        self._query, self._owners = query, _owners(reader, query.owners)

    def of(self, kind: str) -> list[ColumnElement[bool]] | None:
        """What rows of the kind must be; nothing at all where no row of the kind can be it."""
        record, found = KINDS[kind], list[ColumnElement[bool]]()
        asked: tuple[tuple[frozenset[str], Condition], ...] = (
            (self._query.states, lambda: self._states(record)), (self._query.channels, lambda: self._channels(record)),
            (self._query.owners, lambda: self._owned(record)), (self._query.tags, lambda: self._tagged(record)),
        )  # fmt: skip
        for wanted, condition in asked:
            if wanted:
                said = condition()
                if said is None:
                    return None
                found.append(said)
        return found

    def _states(self, record: type[Record]) -> ColumnElement[bool] | None:
        said = [each for state in sorted(self._query.states) if (each := _state(record, state)) is not None]
        return or_(*said) if said else None

    def _channels(self, record: type[Record]) -> ColumnElement[bool] | None:
        if own := searched(record.__tablename__).channel:
            return None if own not in self._query.channels else record.tenant_id.is_not(None)
        return _of_conversation(record, lambda talk: talk.c.channel.in_(sorted(self._query.channels)))

    def _owned(self, record: type[Record]) -> ColumnElement[bool] | None:
        if issubclass(record, Root):
            return self._is_owner(record.__table__)
        if record.__parent__ is None:
            return None
        kind, column = record.__parent__
        above = KINDS[kind].__table__.alias("owned")
        mine = (above.c.tenant_id == record.tenant_id, above.c.id == getattr(record, column), self._is_owner(above))
        return select(above.c.id).where(*mine).correlate(record.__table__).exists()

    def _tagged(self, record: type[Record]) -> ColumnElement[bool] | None:
        if TAGS not in set_fields(record.__tablename__):
            return None
        return and_(*(has_word(record.__table__.c[TAGS], tag) for tag in sorted(self._query.tags)))

    def _is_owner(self, table: FromClause) -> ColumnElement[bool]:
        named = [each for each in self._owners if each is not None]
        said: list[ColumnElement[bool]] = [table.c.owner_id.in_(named)] if named else []
        return or_(false(), *said, *([table.c.owner_id.is_(None)] if None in self._owners else []))


def _state(record: type[Record], state: str) -> ColumnElement[bool] | None:
    if state in STATUSES and record is not Task:
        return _of_conversation(record, lambda talk: talk.c.status == state)
    if state == "unread":
        return _of_conversation(record, lambda talk: talk.c.is_unread)
    own: dict[tuple[type[Record], str], ColumnElement[bool]] = {
        (Task, "open"): Task.done_at.is_(None), (Task, "done"): Task.done_at.is_not(None),
        (Call, "missed"): Call.outcome == "missed", (Note, "pinned"): Note.is_pinned.is_(True),
        (Contact, "vip"): Contact.is_vip.is_(True),
    }  # fmt: skip
    return own.get((record, state))


def _of_conversation(record: type[Record], says: Callable[[Any], ColumnElement[bool]]) -> ColumnElement[bool] | None:
    """Of a conversation itself, or of what hangs below one."""
    if record is Conversation:
        return and_(says(Conversation.__table__))
    if record.__parent__ is None or record.__parent__[0] != Conversation.__tablename__:
        return None
    talk = Conversation.__table__.alias("talk")
    mine = (talk.c.tenant_id == record.tenant_id, talk.c.id == getattr(record, record.__parent__[1]), says(talk))
    return select(talk.c.id).where(*mine).correlate(record.__table__).exists()


def _owners(reader: Reader, names: frozenset[str]) -> set[UUID | None]:
    """Whose ids the names stand for; `BadQuery` for a name that nobody has."""
    found: set[UUID | None] = set()
    for name in sorted(names):
        if name in {"me", "none"}:
            found.add(reader.actor.user_id if name == "me" else None)
            continue
        called = or_(User.name.icontains(name, autoescape=True), User.email == name.lower())
        ids = [row.id for row in reader.all(reader.select(User, User.id).where(called).limit(MOST_OWNERS))]
        if not ids:
            raise BadQuery(f"Nobody here is called {name}: write owner:me, owner:none or a colleague's name.", name)
        found.update(ids)
    return found
