"""What an agent can do with a conversation as a whole."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.contacts.records import Contact, ContactId
from app.domain.contacts.surviving import survivor_of
from app.domain.conversations.records import Conversation, ConversationId, NewConversationId
from app.domain.conversations.rules import EDITABLE, check_channel, check_status
from app.domain.users.records import UserId
from app.kernel.command import Command, foresees, handles
from app.kernel.errors import BadValue
from app.kernel.going_along import take_along
from app.kernel.locking import lock, unlock
from app.kernel.patch import read_patch
from app.kernel.work import UnitOfWork


class StartConversation(Command, name="conversation.start", permission="conversation:create", offline=True):
    """Open a conversation with somebody; the one who does owns it."""

    conversation_id: NewConversationId
    channel: str
    address: str
    subject: str = ""
    contact_id: UUID | None = None
    inbox_key: str = ""
    team_id: UUID | None = None


class AssignConversation(Command, name="conversation.assign", permission="conversation:assign", offline=True, in_bulk=True):
    """Give a conversation to somebody; nobody puts it back among the unassigned."""

    conversation_id: ConversationId
    assignee_id: UserId | None
    team_id: UUID | None = None


class SetConversationStatus(Command, name="conversation.set_status", permission="conversation:edit", offline=True, in_bulk=True):
    """Open, resolve or snooze; `until` goes with snoozed and with nothing else."""

    conversation_id: ConversationId
    status: str
    until: datetime | None = None


class MarkRead(Command, name="conversation.mark_read", permission="conversation:edit", offline=True, in_bulk=True):
    """Somebody has looked at what came in, or wants it to stand out again."""

    conversation_id: ConversationId
    is_unread: bool = False


class EditConversation(Command, name="conversation.edit", permission="conversation:edit", offline=True, in_bulk=True):
    """Change some fields; tags as a list, or as {"add": […], "remove": […]} beside what others do to them."""

    conversation_id: ConversationId
    patch: dict[str, Any]


class LinkContact(Command, name="conversation.link_contact", permission="conversation:edit", offline=True):
    """Say whom the conversation is with."""

    conversation_id: ConversationId
    contact_id: ContactId | None


class LockConversation(Command, name="conversation.lock", permission="conversation:lock", offline=True, in_bulk=True):
    """Let nobody without this right change or delete the conversation, nor what is below it."""

    conversation_id: ConversationId


class UnlockConversation(Command, name="conversation.unlock", permission="conversation:lock", offline=True, in_bulk=True):
    """Let everybody who may change the conversation do so again."""

    conversation_id: ConversationId


@handles(StartConversation)
def start_conversation(work: UnitOfWork, command: StartConversation) -> Conversation:
    """Empty as yet; the first message fills the preview."""
    work.check_named(Contact, "contact_id", command.contact_id)
    return work.add(
        Conversation(
            id=command.conversation_id,
            owner_id=work.issued.actor_id,
            team_id=command.team_id or work.tenant_id,
            channel=check_channel(command.channel),
            subject=command.subject,
            contact_id=survivor_of(work, command.contact_id),
            address=command.address,
            inbox_key=command.inbox_key,
            last_message_at=work.now,
            last_direction="out",
            assigned_at=work.now,
        )
    )


@foresees(StartConversation)
def _foreseen(_tenant_id: UUID, command: StartConversation) -> Iterator[tuple[str, UUID]]:
    """Whom it is with."""
    if command.contact_id is not None:
        yield Contact.__tablename__, command.contact_id


@handles(AssignConversation)
def assign_conversation(work: UnitOfWork, command: AssignConversation) -> Conversation:
    """Assignee and time belong together; nothing changes if they have it already. Notes go along to another team."""
    conversation = work.get(Conversation, command.conversation_id)
    if command.team_id:
        before, conversation.team_id = conversation.team_id, command.team_id
        take_along(work, conversation, before)
    if conversation.owner_id != command.assignee_id:
        conversation.owner_id = command.assignee_id
        conversation.assigned_at = work.now if command.assignee_id else None
    return conversation


@handles(SetConversationStatus)
def set_conversation_status(work: UnitOfWork, command: SetConversationStatus) -> Conversation:
    """A snoozed conversation says until when; a resolved one waits for no answer."""
    status = check_status(command.status)
    if (status == "snoozed") != (command.until is not None):
        raise BadValue(field="until", value=command.until, hint="Snoozed needs a time; nothing else takes one.")
    conversation = work.get(Conversation, command.conversation_id)
    conversation.status, conversation.snoozed_until = status, command.until
    if status == "resolved":
        conversation.reply_due_at, conversation.is_unread = None, False
    return conversation


@handles(MarkRead)
def mark_read(work: UnitOfWork, command: MarkRead) -> Conversation:
    """The mark stands on its own."""
    conversation = work.get(Conversation, command.conversation_id)
    work.edit(conversation, {"is_unread": command.is_unread})
    return conversation


@handles(EditConversation)
def edit_conversation(work: UnitOfWork, command: EditConversation) -> Conversation:
    """Each field stands on its own."""
    conversation = work.get(Conversation, command.conversation_id)
    work.edit(conversation, read_patch(Conversation, command.patch, EDITABLE))
    return conversation


@handles(LinkContact)
def link_contact(work: UnitOfWork, command: LinkContact) -> Conversation:
    """The link stands on its own."""
    conversation = work.get(Conversation, command.conversation_id)
    work.edit(conversation, {"contact_id": command.contact_id})
    return conversation


@handles(LockConversation)
def lock_conversation(work: UnitOfWork, command: LockConversation) -> Conversation:
    """Once; locking it again changes nothing."""
    return lock(work, work.get(Conversation, command.conversation_id))


@handles(UnlockConversation)
def unlock_conversation(work: UnitOfWork, command: UnlockConversation) -> Conversation:
    """Whoever locked it."""
    return unlock(work.get(Conversation, command.conversation_id))
