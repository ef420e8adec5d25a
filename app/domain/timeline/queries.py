"""The timeline: all that happened with a person, read from the other nouns; it keeps nothing of its own."""

from datetime import datetime
from functools import cache
from typing import Any, Literal
from uuid import UUID

import msgspec
from sqlalchemy import Integer, Select, and_, bindparam, select

from app.domain.calls.recorded import recording_of
from app.domain.calls.records import Call
from app.domain.conversations.records import Conversation
from app.domain.messages.records import Message
from app.domain.notes.records import Note
from app.domain.tasks.records import Task
from app.domain.timeline.rules import newest_first
from app.kernel.permissions import Actor
from app.kernel.reader import Reader, Sight, scoped

Kind = Literal["message", "call", "note", "task"]
GROUPS: dict[str, frozenset[str]] = {  # the kinds as they are looked at; no kind means all
    "all": frozenset(),
    "calls": frozenset({"call"}),
    "messages": frozenset({"message"}),
    "notes": frozenset({"note"}),
    "tasks": frozenset({"task"}),
}
MOST_CONVERSATIONS = 10_000  # of one person
SAYS: dict[str, dict[str, tuple[tuple[str, str], ...]]] = {  # of an entry's kind: its field → the columns that it says
    "message": {
        "title": (("message", "subject"), ("conversation", "subject")), "body": (("message", "text"),),
        "by": (("message", "author_name"),),
    },
    "call": {"title": (("call", "queue"),), "body": (("call", "reason"),), "by": (("call", "number"), ("call", "number_shown"))},
    "note": {"body": (("note", "text"),)},
    "task": {"title": (("task", "title"),), "body": (("task", "details"),)},
}  # fmt: skip


class TimelineEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened; `detail` is a key that screens translate (a direction, an outcome, a state).

    `hidden`: those of title, body and by that are empty because they are hidden from whoever asks.
    """

    kind: Kind
    id: UUID
    at: datetime
    title: str
    body: str
    detail: str
    channel: str
    by: str
    duration_s: int | None
    conversation_id: UUID | None
    recorded_s: float | None = None  # of a call: how much of it was recorded and is still there
    hidden: tuple[str, ...] = ()


def timeline(
    reader: Reader, contact_id: UUID, *, kinds: frozenset[str] = frozenset(), before: datetime | None = None, limit: int = 50
) -> list[TimelineEntry]:
    """The newest entries of a person, of the kinds asked for (none: all); `before` gives those further back."""
    sources = {"message": _messages, "call": _calls, "note": _notes, "task": _tasks}
    found = [
        entry
        for kind, source in sources.items()
        if not kinds or kind in kinds
        for entry in source(reader, contact_id, before, limit)
    ]
    shown = newest_first(found, limit)
    return shown if reader.actor.access.is_open else [_marked(entry, reader.actor) for entry in shown]


def _marked(entry: TimelineEntry, actor: Actor) -> TimelineEntry:
    """Said of what is hidden: it is, also where nothing was."""
    says = SAYS[entry.kind].items()
    hidden = tuple(field for field, columns in says if all(column in actor.hidden(kind) for kind, column in columns))
    return msgspec.structs.replace(entry, hidden=hidden) if hidden else entry


def timeline_counts(reader: Reader, contact_id: UUID) -> dict[str, int]:
    """How many entries of each kind a person has in sight."""
    talks = (
        reader.select(Conversation, Conversation.id)
        .where(Conversation.contact_id == contact_id)
        .order_by(Conversation.last_message_at.desc())
        .limit(MOST_CONVERSATIONS)  # as in `_messages_asked`
    )
    said = select(Message.id).where(
        Message.tenant_id == reader.tenant_id, Message.deleted_at.is_(None), Message.conversation_id.in_(talks)
    )
    others = {
        kind.__tablename__: reader.count(reader.select(kind, kind.id).where(kind.contact_id == contact_id))
        for kind in (Call, Note, Task)
    }
    return {"message": reader.count(said)} | others


@cache
def _messages_asked(sight: Sight, has_before: bool) -> Select[Any]:
    """Built once: the pop card asks while the phone rings, and building costs more than running."""
    talk = Conversation
    talks = (  # by themselves (a limit keeps SQLite from merging the two): else it begins with all messages of the tenant
        select(talk.tenant_id, talk.id, talk.channel, talk.subject)
        .where(scoped(talk, sight), talk.contact_id == bindparam("contact"))
        .order_by(talk.last_message_at.desc())
        .limit(MOST_CONVERSATIONS)
        .subquery("talks")
    )
    statement = (
        select(
            Message.id, Message.sent_at, Message.subject, Message.text, Message.direction, Message.author_name,
            Message.conversation_id, talks.c.channel, talks.c.subject.label("topic"),
        )
        .join(talks, and_(Message.tenant_id == talks.c.tenant_id, Message.conversation_id == talks.c.id))
        .where(Message.deleted_at.is_(None))
    )  # fmt: skip
    if has_before:
        statement = statement.where(Message.sent_at < bindparam("before"))
    return statement.order_by(Message.sent_at.desc()).limit(bindparam("most", type_=Integer))


def _messages(reader: Reader, contact_id: UUID, before: datetime | None, limit: int) -> list[TimelineEntry]:
    statement = _messages_asked(reader.sight(Conversation), before is not None)
    rows = reader.all(statement, **reader.scope, contact=contact_id, before=before, most=limit)
    return [
        TimelineEntry(
            kind="message", id=row.id, at=row.sent_at, title=row.subject or row.topic, body=row.text,
            detail=row.direction, channel=row.channel, by=row.author_name, duration_s=None,
            conversation_id=row.conversation_id,
        )
        for row in rows
    ]  # fmt: skip


@cache
def _calls_asked(sight: Sight, has_before: bool) -> Select[Any]:
    statement = select(*Call.__table__.columns).where(scoped(Call, sight), Call.contact_id == bindparam("contact"))
    if has_before:
        statement = statement.where(Call.started_at < bindparam("before"))
    return statement.order_by(Call.started_at.desc()).limit(bindparam("most", type_=Integer))


def _calls(reader: Reader, contact_id: UUID, before: datetime | None, limit: int) -> list[TimelineEntry]:
    statement = _calls_asked(reader.sight(Call), before is not None)
    rows = reader.all(statement, **reader.scope, contact=contact_id, before=before, most=limit)
    return [
        TimelineEntry(
            kind="call", id=row.id, at=row.started_at, title=row.queue, body=row.reason or "",
            detail=f"{row.outcome or row.state}.{row.direction}", channel="voice", by=row.number_shown or row.number,
            duration_s=int((row.ended_at - row.answered_at).total_seconds()) if row.ended_at and row.answered_at else None,
            conversation_id=row.conversation_id, recorded_s=recording_of(row.recording).seconds or None,
        )
        for row in rows
    ]  # fmt: skip


def _notes(reader: Reader, contact_id: UUID, before: datetime | None, limit: int) -> list[TimelineEntry]:
    statement = reader.select(Note).where(Note.contact_id == contact_id)
    if before:
        statement = statement.where(Note.created_at < before)
    return [
        TimelineEntry(
            kind="note", id=row.id, at=row.created_at, title="", body=row.text,
            detail="pinned" if row.is_pinned else "", channel="", by="", duration_s=None,
            conversation_id=row.conversation_id,
        )
        for row in reader.all(statement.order_by(Note.created_at.desc()).limit(limit))
    ]  # fmt: skip


def _tasks(reader: Reader, contact_id: UUID, before: datetime | None, limit: int) -> list[TimelineEntry]:
    statement = reader.select(Task).where(Task.contact_id == contact_id)
    if before:
        statement = statement.where(Task.created_at < before)
    return [
        TimelineEntry(
            kind="task", id=row.id, at=row.created_at, title=row.title, body=row.details,
            detail="done" if row.done_at else "open", channel="", by="", duration_s=None,
            conversation_id=row.conversation_id,
        )
        for row in reader.all(statement.order_by(Task.created_at.desc()).limit(limit))
    ]  # fmt: skip
