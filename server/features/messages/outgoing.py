"""An agent's answer as the mail that goes out: to whom, under which name and ids, and with which files."""

from dataclasses import dataclass
from uuid import UUID

from app.domain.attachments.queries import AttachmentCard, attachments
from app.domain.conversations.queries import ConversationRow, conversation
from app.domain.identities.rules import read_email
from app.domain.messages.queries import OutgoingMessage, last_keys, outgoing
from app.domain.tenants.queries import workspace
from app.kernel.columns import us_from_moment
from app.kernel.errors import NotHere, PatchbayError
from app.kernel.reader import Reader
from server.database.files import AWAITED, is_given_by
from server.database.inboxes import InboxSettings
from server.database.store import TenantStore
from server.gateways.api import OutboundFile, OutboundMessage
from server.gateways.email.threading import make_message_key, make_token


class CannotSend(PatchbayError):
    """An answer from which no mail can be made."""

    key = "cannot_send"
    text = "This can't be sent. {why}"


class FileAwaited(PatchbayError):
    """A file is still on its way from the console that sends it."""

    key = "file_awaited"
    text = f"{AWAITED} {{name}}."


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What an answer is made of; `keys` are the Message-IDs of the conversation, oldest first."""

    message: OutgoingMessage
    header: ConversationRow
    keys: list[str]
    files: list[AttachmentCard]
    company: str


def gather(reader: Reader, message_id: UUID, conversation_id: UUID) -> Draft:
    """From the records."""
    try:
        company = workspace(reader).name
    except NotHere:
        company = ""
    return Draft(
        message=outgoing(reader, message_id), header=conversation(reader, conversation_id),
        keys=last_keys(reader, conversation_id), company=company,
        files=[file for file in attachments(reader, conversation_id) if file.message_id == message_id],
    )  # fmt: skip


async def mail_of(store: TenantStore, inbox: InboxSettings, draft: Draft, token_key: bytes) -> OutboundMessage:
    """The mail; the same whenever it is made, so that a second one is known by its Message-ID. Raises `CannotSend`."""
    message, token = draft.message, make_token(token_key, draft.header.id)
    key = make_message_key(message.id, inbox.address)
    known = draft.keys[: draft.keys.index(key)] if key in draft.keys else draft.keys
    return OutboundMessage(
        message_key=key, from_address=inbox.address, from_name=f"{message.author_name} · {draft.company}".strip(" ·"),
        to=_addresses(message, "to"), cc=_addresses(message, "cc"), subject=message.subject, text=message.text,
        sent_us=us_from_moment(message.sent_at), in_reply_to=known[-1] if known else None, references=tuple(known),
        reply_token=token, files=tuple([await _file(store, file) for file in draft.files]),
    )  # fmt: skip


def _addresses(message: OutgoingMessage, field: str) -> tuple[str, ...]:
    """All of them, or nothing is sent: nobody is left out in silence."""
    found = tuple(each for each in message.to_addresses.get(field, ()) if each)
    for address in found:
        if not read_email(address).is_valid:
            raise CannotSend(why=f"{address} is no e-mail address.")
    if field == "to" and not found:
        raise CannotSend(why="It has no address to go to.")
    return found


async def _file(store: TenantStore, file: AttachmentCard) -> OutboundFile:
    """Only what the one who attached it gave: a hash alone would send somebody else's file out."""
    if not await store.look(lambda each: is_given_by(each, store.tenant_id, file.sha256, file.created_by)):
        raise FileAwaited(name=file.name)
    try:
        data = await store.aside(lambda: store.blobs.read(file.sha256))
    except FileNotFoundError as error:
        raise FileAwaited(name=file.name) from error
    return OutboundFile(name=file.name, media_type=file.media_type, data=data)
