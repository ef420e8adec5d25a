"""The files of a conversation."""

from collections.abc import Collection
from uuid import UUID

import msgspec

from app.domain.attachments.records import Attachment
from app.domain.messages.records import Message
from app.domain.messages.rules import has_not_left
from app.kernel.reader import Reader
from app.kernel.shown import shows


@shows(Attachment)
class AttachmentCard(msgspec.Struct, frozen=True, kw_only=True):
    """A file as the thread shows it."""

    id: UUID
    message_id: UUID
    name: str
    media_type: str
    size_bytes: int
    sha256: str
    content_id: str | None
    is_inline: bool
    created_by: UUID


def _card(row: object) -> AttachmentCard:
    return msgspec.convert(row, AttachmentCard, from_attributes=True)


def attachments(reader: Reader, conversation_id: UUID) -> list[AttachmentCard]:
    """All files of a conversation, in the order in which they came."""
    statement = reader.select(Attachment).where(Attachment.conversation_id == conversation_id)
    return [_card(row) for row in reader.all(statement.order_by(Attachment.created_at, Attachment.id))]


def attachment(reader: Reader, attachment_id: UUID) -> AttachmentCard:
    """One file; `NotHere` when there is none in sight."""
    return _card(reader.get(Attachment, attachment_id))


def hashes_here(reader: Reader) -> frozenset[str]:
    """Of all files of messages that are here."""
    return frozenset(row.sha256 for row in reader.all(reader.select(Attachment, Attachment.sha256).distinct()))


def awaited(reader: Reader, hashes: Collection[str]) -> list[tuple[AttachmentCard, UUID]]:
    """The files of these hashes in answers of the reader's own that have not left, each with its conversation."""
    mine = (Attachment.sha256.in_(hashes), Attachment.created_by == reader.actor.user_id)
    files = reader.all(reader.select(Attachment).where(*mine).order_by(Attachment.created_at, Attachment.id))
    wanted = reader.select(Message).where(Message.id.in_([file.message_id for file in files]), Message.direction == "out")
    waiting = {message.id for message in reader.all(wanted) if has_not_left(message.state)}
    return [(_card(file), file.conversation_id) for file in files if file.message_id in waiting]
