"""The thread of a conversation, and where a message that comes in belongs."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from app.domain.messages.records import Message
from app.kernel.reader import Reader
from app.kernel.shown import shows


@shows(Message)
class MessageRow(msgspec.Struct, frozen=True, kw_only=True):
    """A message as the thread shows it."""

    id: UUID
    conversation_id: UUID
    direction: str
    author_id: UUID | None
    author_name: str
    subject: str
    text: str
    full_text: str | None
    html: str | None
    from_address: str
    state: str
    state_reason: str | None
    problems: str | None
    sent_at: datetime
    version: int


def _row(row: object) -> MessageRow:
    return msgspec.convert(row, MessageRow, from_attributes=True)


def thread(reader: Reader, conversation_id: UUID, *, before: datetime | None = None, limit: int = 100) -> list[MessageRow]:
    """The last messages of a conversation, oldest first; `before` gives those further up."""
    statement = reader.select(Message).where(Message.conversation_id == conversation_id)
    if before:
        statement = statement.where(Message.sent_at < before)
    newest = reader.all(statement.order_by(Message.sent_at.desc(), Message.id.desc()).limit(limit))
    return [_row(row) for row in reversed(newest)]


def message(reader: Reader, message_id: UUID) -> MessageRow:
    """One message; `NotHere` when there is none in sight."""
    return _row(reader.get(Message, message_id))


def conversation_by_keys(reader: Reader, keys: Sequence[str]) -> UUID | None:
    """The conversation of the last known message among these Message-IDs; the caller gives the nearest ones first."""
    known = {
        row.message_key: row.conversation_id
        for row in reader.all(
            reader.select(Message, Message.message_key, Message.conversation_id).where(Message.message_key.in_(keys))
        )
    }
    return next((known[key] for key in keys if key in known), None)


def last_keys(reader: Reader, conversation_id: UUID, *, limit: int = 20) -> list[str]:
    """The Message-IDs of a conversation, oldest first: what an answer refers to."""
    rows = reader.all(
        reader.select(Message, Message.message_key)
        .where(Message.conversation_id == conversation_id, Message.message_key != "")
        .order_by(Message.sent_at.desc(), Message.id.desc())
        .limit(limit)
    )
    return [row.message_key for row in reversed(rows)]


class OutgoingMessage(msgspec.Struct, frozen=True, kw_only=True):
    """What a gateway needs to send a message."""

    id: UUID
    author_name: str
    subject: str
    text: str
    to_addresses: dict[str, list[str]]
    state: str
    sent_at: datetime


def outgoing(reader: Reader, message_id: UUID) -> OutgoingMessage:
    """A message as it shall go out; `NotHere` when there is none in sight."""
    row = reader.get(Message, message_id)
    return OutgoingMessage(
        id=row.id, author_name=row.author_name, subject=row.subject, text=row.text,
        to_addresses={name: list(values) for name, values in row.to_addresses.items()}, state=row.state, sent_at=row.sent_at,
    )  # fmt: skip


def message_by_key(reader: Reader, key: str) -> UUID | None:
    """The message that went out under a Message-ID; what comes in may bear any."""
    row = reader.first(reader.select(Message, Message.id).where(Message.message_key == key, Message.direction == "out"))
    return row.id if row else None
