"""What comes in, what goes out, and how far it has come."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from app.domain.conversations.records import Conversation, ConversationId
from app.domain.conversations.rules import preview_of, reply_due
from app.domain.messages.records import Message, MessageId, NewMessageId
from app.domain.messages.rules import has_not_left, may_become, reply_subject
from app.domain.teams.records import Team
from app.domain.users.records import User
from app.kernel.coming_back import when_back
from app.kernel.command import Command, Ref, handles
from app.kernel.erasing import refuse_erased, when_erased
from app.kernel.errors import BadValue, Refused
from app.kernel.named import required
from app.kernel.patch import clean_text
from app.kernel.undo import before_undoing
from app.kernel.watch import Change
from app.kernel.work import UnitOfWork

LONGEST_REPLY = 100_000
IS_AFTER_ALL = (
    "is_after_all"  # in an effect: the answer was taken back once, and may have another that is still to be carried out
)


CAME_IN = "What came in was sent by somebody else, and stays."
REPORTED = "It tells how far a message has come, which nobody can take back."


class AlreadyLeft(Refused):
    """The answer is on its way, or there."""

    key = "already_left"
    text = "This answer has left already ({state}). It can't be taken back; write another one."


class ReceiveMessage(
    Command, name="message.receive", permission="message:receive", offline=False, on_conflict="commute", no_undo=CAME_IN
):
    """A message came in by a gateway; the conversation is made when there is none yet."""

    message_id: NewMessageId
    conversation_id: UUID
    channel: str
    inbox_key: str
    address: str
    author_name: str
    text: str
    sent_at: datetime
    subject: str = ""
    full_text: str | None = None
    html: str | None = None
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    message_key: str = ""
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    contact_id: UUID | None = None
    team_id: UUID | None = None
    problems: str | None = None
    is_auto: bool = False
    reply_to: str = ""


class Reply(Command, name="message.reply", permission="message:reply", offline=True, has_effects=True):
    """An agent answers; the server sends it when it has the command."""

    conversation_id: ConversationId
    message_id: NewMessageId
    text: str
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    and_resolve: bool = False


class RetrySend(Command, name="message.retry", permission="message:reply", offline=True, has_effects=True):
    """Try once more to send what failed."""

    message_id: MessageId


class SetMessageState(
    Command, name="message.set_state", permission="message:deliver", offline=False, on_conflict="commute", no_undo=REPORTED
):
    """A gateway tells how far a message has come."""

    message_id: Annotated[UUID, Ref("message")]
    state: str
    reason: str | None = None
    message_key: str | None = None


def _team_of(work: UnitOfWork, team_id: UUID | None) -> UUID:
    """Whom an inbox gives what comes in to; everybody, when that team was given up meanwhile."""
    team = work.peek(Team, team_id) if team_id is not None else None
    return work.tenant_id if team is None or team.deleted_at is not None else team.id


@handles(ReceiveMessage)
def receive_message(work: UnitOfWork, command: ReceiveMessage) -> Message:
    """A new message wakes its conversation up, unless a machine wrote it."""
    conversation = work.peek(Conversation, command.conversation_id)
    if conversation is None:
        conversation = work.add(
            Conversation(
                id=command.conversation_id,
                team_id=_team_of(work, command.team_id),
                channel=command.channel,
                subject=command.subject,
                contact_id=command.contact_id,
                address=command.reply_to or command.address,
                inbox_key=command.inbox_key,
                last_message_at=work.now,
            )
        )
    conversation.deleted_at = None
    conversation.last_message_at, conversation.last_direction = work.now, "in"
    conversation.preview, conversation.preview_kind = preview_of(command.text or command.subject), "text"
    conversation.message_count += 1
    if conversation.contact_id is None:
        conversation.contact_id = command.contact_id
    if not command.is_auto:
        conversation.is_unread, conversation.status, conversation.snoozed_until = True, "open", None
        conversation.reply_due_at = conversation.reply_due_at or reply_due(command.channel, work.now)
    return work.add(
        Message(
            id=command.message_id,
            conversation_id=conversation.id,
            direction="in",
            author_name=command.author_name,
            subject=command.subject,
            text=command.text,
            full_text=command.full_text,
            html=command.html,
            from_address=command.address,
            to_addresses={"to": list(command.to), "cc": list(command.cc)},
            message_key=command.message_key,
            in_reply_to=command.in_reply_to,
            thread_keys={"references": list(command.references)},
            state="received",
            problems=command.problems,
            sent_at=command.sent_at,
        )
    )


@handles(Reply)
def reply(work: UnitOfWork, command: Reply) -> Message:
    """The answer is queued; who answers an unassigned conversation takes it."""
    text = required("text", command.text, at_most=LONGEST_REPLY)
    conversation = work.get(Conversation, command.conversation_id)
    author = work.peek(User, work.issued.actor_id)
    message = work.add(
        Message(
            id=command.message_id,
            conversation_id=conversation.id,
            direction="out",
            author_id=work.issued.actor_id,
            author_name=author.name if author else "",
            subject=reply_subject(conversation.subject),
            text=text,
            to_addresses={"to": list(command.to or (conversation.address,)), "cc": list(command.cc)},
            state="queued",
            sent_at=work.now,
        )
    )
    _answered(work, conversation, text, status="resolved" if command.and_resolve else "pending")
    work.effect(f"{conversation.channel}.send", message_id=message.id, conversation_id=conversation.id)
    return message


def _answered(work: UnitOfWork, conversation: Conversation, text: str, *, status: str) -> None:
    changes: dict[str, Any] = {
        "preview": preview_of(text), "preview_kind": "text", "last_message_at": work.now, "last_direction": "out",
        "is_unread": False, "reply_due_at": None, "status": "open" if status == "pending" else status,
    }  # fmt: skip
    work.edit(conversation, changes)
    work.edit(conversation, {"message_count": conversation.message_count + 1})
    if conversation.owner_id is None:
        work.edit(conversation, {"owner_id": work.issued.actor_id, "assigned_at": work.now})


@before_undoing(Reply)
@before_undoing(RetrySend)
def check_not_left(work: UnitOfWork, changes: Sequence[Change]) -> None:
    """As long as it is queued nobody has it; the gateway that begins to send says so first."""
    for change in changes:
        if change.kind == "message":
            message = work.get(Message, change.record_id, even_deleted=True)
            if message.state != "queued":
                raise AlreadyLeft(state=message.state)


@when_erased(Message)
def end_sending(message: Message) -> None:
    """What waits for its sending shall not leave any more."""
    if message.direction == "out" and has_not_left(message.state):
        message.state = "failed"


@when_back(Message)
def send_after_all(work: UnitOfWork, message: Message) -> None:
    """Whoever was to send it may have found it taken back, and ended."""
    if message.direction == "out" and message.state == "queued":
        channel = work.get(Conversation, message.conversation_id, even_deleted=True).channel
        work.effect(f"{channel}.send", message_id=message.id, conversation_id=message.conversation_id, is_after_all=True)


@handles(RetrySend)
def retry_send(work: UnitOfWork, command: RetrySend) -> Message:
    """Only what failed is tried again."""
    message = work.get(Message, command.message_id)
    refuse_erased(message)
    if message.state != "failed":
        raise BadValue(field="state", value=message.state, hint="Only a message that was not sent can be tried again.")
    conversation = work.get(Conversation, message.conversation_id)
    message.state, message.state_reason = "queued", None
    work.effect(f"{conversation.channel}.send", message_id=message.id, conversation_id=conversation.id)
    return message


@handles(SetMessageState)
def set_message_state(work: UnitOfWork, command: SetMessageState) -> Message:
    """Reports that come late or twice change nothing."""
    message = work.get(Message, command.message_id)
    if may_become(message.state, command.state):
        message.state = command.state
        message.state_reason = clean_text("reason", command.reason) if command.reason and not message.is_erased else None
    if command.message_key and not message.is_erased and not message.message_key:
        message.message_key = command.message_key
    return message
