"""What follows an agent's answer: the mail is sent once, and the message says how far it came."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from app.domain.attachments.queries import AttachmentCard, attachments
from app.domain.conversations.queries import ConversationRow, conversation
from app.domain.identities.rules import read_email
from app.domain.messages.commands import SetMessageState
from app.domain.messages.queries import OutgoingMessage, last_keys, outgoing
from app.domain.tenants.queries import workspace
from app.kernel.columns import us_from_moment
from app.kernel.errors import NotHere, PatchbayError
from app.kernel.ids import derived_id
from app.kernel.permissions import system_actor
from app.kernel.reader import Reader
from server.database.inboxes import InboxSettings, inboxes
from server.database.jobs import GiveUp, Job, TryLater
from server.database.store import TenantStore
from server.gateways.api import Accepted, OutboundFile, OutboundMessage, Rejected, Retry, Unknown
from server.gateways.email.gateway import EmailGateway
from server.gateways.email.threading import make_message_key, make_token

log = logging.getLogger(__name__)
DEVICE = "gateway:email"
Open = Callable[[InboxSettings], EmailGateway]


class EmailSender:
    """The effect "email.send"; called again after a crash or a wait, it never sends what went out."""

    def __init__(self, open_gateway: Open, token_key: bytes) -> None:
        self._open_gateway, self._token_key = open_gateway, token_key

    async def __call__(self, store: TenantStore, job: Job) -> None:
        """Send the message that the job names."""
        message_id, conversation_id = UUID(str(job.payload["message_id"])), UUID(str(job.payload["conversation_id"]))
        gathered = await store.read(lambda reader: _gather(reader, message_id, conversation_id), system_of(store))
        if gathered.message.state == "sending":  # an attempt was cut short: never blindly again
            await self._tell(store, job, message_id, "failed", "the program ended while it was sent; it may have been sent")
        if gathered.message.state != "queued":
            return
        inbox = await store.look(lambda each: _inbox_of(inboxes(each, store.tenant_id), gathered.header.inbox_key))
        if inbox is None:
            await self._tell(store, job, message_id, "failed", "no e-mail inbox is set up")
            return
        await self._send(store, job, inbox, await self._outbound(store, inbox, gathered))

    async def _send(self, store: TenantStore, job: Job, inbox: InboxSettings, outbound: OutboundMessage) -> None:
        message_id = UUID(str(job.payload["message_id"]))
        gateway = self._open_gateway(inbox)
        await self._tell(store, job, message_id, "sending")
        match await gateway.send(outbound):
            case Accepted(sent=raw):
                await self._tell(store, job, message_id, "sent", None, outbound.message_key)
                await self._keep(gateway, raw, outbound.message_key)
            case Retry(after_s=after_s, reason=reason):
                await self._tell(store, job, message_id, "queued", reason)
                raise TryLater(reason, after_s)
            case Rejected(reason=reason):
                await self._tell(store, job, message_id, "failed", reason)
            case Unknown(reason=reason):
                await self._tell(store, job, message_id, "failed", f"it may have been sent: {reason}")

    async def _outbound(self, store: TenantStore, inbox: InboxSettings, gathered: "Gathered") -> OutboundMessage:
        message, keys = gathered.message, gathered.keys
        to = tuple(address for address in message.to_addresses.get("to", ()) if read_email(address).is_valid)
        if not to:
            raise GiveUp(reason="there is no address to send to")
        token = make_token(self._token_key, gathered.header.id)
        files = [
            OutboundFile(
                name=file.name, media_type=file.media_type, data=await store.aside(partial(store.blobs.read, file.sha256))
            )
            for file in gathered.files
        ]
        return OutboundMessage(
            message_key=make_message_key(message.id, token, inbox.address), from_address=inbox.address,
            from_name=f"{message.author_name} · {gathered.company}".strip(" ·"), to=to,
            cc=tuple(each for each in message.to_addresses.get("cc", ()) if read_email(each).is_valid), subject=message.subject,
            text=message.text, sent_us=us_from_moment(message.sent_at), in_reply_to=keys[-1] if keys else None,
            references=tuple(keys), reply_token=token, files=tuple(files),
        )  # fmt: skip

    async def _keep(self, gateway: EmailGateway, raw: bytes, message_key: str) -> None:
        """The copy for the server's own folder; the mail is out, so a failure is said in the log and changes nothing."""
        try:
            await gateway.keep_sent(raw)
        except PatchbayError as error:
            log.warning("the copy of %s could not be put into the folder for sent mail: %s", message_key, error)

    async def _tell(
        self,
        store: TenantStore,
        job: Job,
        message_id: UUID,
        state: str,
        reason: str | None = None,
        message_key: str | None = None,
    ) -> None:
        command = SetMessageState(message_id=message_id, state=state, reason=reason, message_key=message_key)
        await store.issue(command, system_of(store), DEVICE, command_id=derived_id(job.id, state, str(job.attempts)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """What an answer is made of."""

    message: OutgoingMessage
    header: ConversationRow
    keys: list[str]
    files: list[AttachmentCard]
    company: str


def system_of(store: TenantStore) -> UUID:
    """Who acts when nobody does."""
    return system_actor(store.tenant_id).user_id


def _gather(reader: Reader, message_id: UUID, conversation_id: UUID) -> Gathered:
    try:
        company = workspace(reader).name
    except NotHere:
        company = ""
    return Gathered(
        message=outgoing(reader, message_id), header=conversation(reader, conversation_id),
        keys=last_keys(reader, conversation_id),
        files=[file for file in attachments(reader, conversation_id) if file.message_id == message_id], company=company,
    )  # fmt: skip


def _inbox_of(known: list[InboxSettings], key: str) -> InboxSettings | None:
    """The conversation's own inbox; the first that is active where it has none."""
    active = [inbox for inbox in known if inbox.is_active]
    return next((inbox for inbox in active if inbox.key == key), active[0] if active else None)
