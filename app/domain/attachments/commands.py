"""Putting files to messages, and taking back what has not left."""

from uuid import UUID

import msgspec

from app.domain.attachments.records import Attachment, AttachmentId, NewAttachmentId
from app.domain.attachments.rules import check_hash, check_mail_files, check_size, clean_name
from app.domain.conversations.records import Conversation, ConversationId
from app.domain.conversations.rules import preview_of
from app.domain.messages.commands import AlreadyLeft, Reply, check_not_left, reply
from app.domain.messages.records import Message, MessageId, NewMessageId
from app.domain.messages.rules import has_not_left
from app.kernel.command import Command, handles
from app.kernel.errors import NotAllowed
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


class RemoveFile(Command, name="attachment.remove", permission="message:reply", offline=True, has_effects=True):
    """An answer that has not left goes without this file."""

    attachment_id: AttachmentId


class DiscardAnswer(Command, name="message.discard", permission="message:reply", offline=True):
    """An answer that has not left never goes."""

    message_id: MessageId


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


@handles(RemoveFile)
def remove_file(work: UnitOfWork, command: RemoveFile) -> None:
    """Whatever waited for the file goes on without it."""
    file = work.get(Attachment, command.attachment_id)
    _unsent(work, file.message_id)
    work.delete(file)
    work.effect("attachment.removed", attachment_id=file.id)


@handles(DiscardAnswer)
def discard_answer(work: UnitOfWork, command: DiscardAnswer) -> None:
    """With its files; the conversation says again what was said last."""
    message = _unsent(work, command.message_id)
    work.delete(message)
    for file in work.find(Attachment, Attachment.message_id == message.id):
        work.delete(file)
    conversation = work.get(Conversation, message.conversation_id)
    conversation.message_count -= 1
    left = work.find(Message, Message.conversation_id == conversation.id)
    if left and conversation.preview == preview_of(message.text):
        last = max(left, key=lambda each: (each.sent_at, each.id))
        conversation.preview, conversation.last_direction = preview_of(last.text or last.subject), last.direction


def _unsent(work: UnitOfWork, message_id: UUID) -> Message:
    message = work.get(Message, message_id)
    if message.direction != "out" or not has_not_left(message.state):
        raise AlreadyLeft(state=message.state)
    if message.author_id != work.issued.actor_id and not work.actor.may("undo:force"):
        raise NotAllowed(permission="undo:force")
    return message
