"""Putting files to messages."""

from app.domain.attachments.records import Attachment, NewAttachmentId
from app.domain.attachments.rules import check_size, clean_name
from app.domain.messages.records import Message, MessageId
from app.kernel.command import Command, handles
from app.kernel.work import UnitOfWork


class AttachFile(Command, name="attachment.add", permission="attachment:create", offline=True):
    """A file belongs to a message; its bytes are stored under the hash (SHA-256, hex)."""

    attachment_id: NewAttachmentId
    message_id: MessageId
    name: str
    media_type: str
    size_bytes: int
    sha256: str
    content_id: str | None = None
    is_inline: bool = False


@handles(AttachFile)
def attach_file(work: UnitOfWork, command: AttachFile) -> Attachment:
    """The file follows the message's conversation."""
    message = work.get(Message, command.message_id)
    return work.add(
        Attachment(
            id=command.attachment_id,
            conversation_id=message.conversation_id,
            message_id=message.id,
            name=clean_name(command.name),
            media_type=command.media_type,
            size_bytes=check_size(command.size_bytes),
            sha256=command.sha256,
            content_id=command.content_id,
            is_inline=command.is_inline,
        )
    )
