"""Putting files to messages."""

import msgspec

from app.domain.attachments.records import Attachment, NewAttachmentId
from app.domain.attachments.rules import check_hash, check_mail_files, check_size, clean_name
from app.domain.conversations.records import ConversationId
from app.domain.messages.commands import Reply, check_not_left, reply
from app.domain.messages.records import Message, MessageId, NewMessageId
from app.kernel.command import Command, handles
from app.kernel.ids import derived_id
from app.kernel.undo import before_undoing
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


class SentFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file that goes out; its bytes are on the server under the hash, or on their way there."""

    name: str
    media_type: str
    size_bytes: int
    sha256: str


class ReplyWithFiles(Command, name="message.reply_files", permission="message:reply", offline=True, has_effects=True):
    """An agent answers with files; it goes out when the server has them all."""

    conversation_id: ConversationId
    message_id: NewMessageId
    text: str
    files: tuple[SentFile, ...]
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    and_resolve: bool = False


before_undoing(ReplyWithFiles)(check_not_left)


@handles(ReplyWithFiles)
def reply_with_files(work: UnitOfWork, command: ReplyWithFiles) -> Message:
    """Answer and files stand or fall together."""
    check_mail_files([check_size(file.size_bytes) for file in command.files])
    answer = Reply(
        conversation_id=command.conversation_id, message_id=command.message_id, text=command.text, to=command.to, cc=command.cc,
        and_resolve=command.and_resolve,
    )  # fmt: skip
    message = reply(work, answer)
    for place, file in enumerate(command.files):
        work.add(
            Attachment(
                id=derived_id(message.id, "file", str(place)),
                conversation_id=message.conversation_id,
                message_id=message.id,
                name=clean_name(file.name),
                media_type=file.media_type,
                size_bytes=file.size_bytes,
                sha256=check_hash(file.sha256),
            )
        )
    return message


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
            sha256=check_hash(command.sha256),
            content_id=command.content_id,
            is_inline=command.is_inline,
        )
    )
