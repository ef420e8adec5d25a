"""What follows an agent's answer: the mail is sent once, and the message says how far it came."""

import asyncio
import logging
from collections.abc import Callable
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
from server.gateways.api import Accepted, OutboundFile, OutboundMessage, Rejected, Retry
from server.gateways.email.account import MailAccount
from server.gateways.email.imap import append_sent, has_sent
from server.gateways.email.smtp import send_mail
from server.gateways.email.threading import make_message_key, make_token

log = logging.getLogger(__name__)
DEVICE = "gateway:email"
Open = Callable[[InboxSettings], MailAccount]


class EmailSender:
    """The effect "email.send"; called again after a crash or a wait, it never sends what went out."""

    def __init__(self, open_account: Open, token_key: bytes) -> None:
        self._open_account, self._token_key = open_account, token_key

    async def __call__(self, store: TenantStore, job: Job) -> None:
        """Send the message that the job names."""
        message_id, conversation_id = UUID(str(job.payload["message_id"])), UUID(str(job.payload["conversation_id"]))
        system = system_actor(store.tenant_id).user_id
        message, header, keys, files, company = await store.read(
            lambda reader: _gather(reader, message_id, conversation_id), system
        )
        if message.state != "queued":
            return
        inbox = await store.look(lambda each: _inbox_of(inboxes(each, store.tenant_id), header.inbox_key))
        if inbox is None:
            await self._tell(store, message_id, job, "failed", "no e-mail inbox is set up")
            return
        account = self._open_account(inbox)
        outbound = await self._outbound(store, inbox, message, header, keys, files, company)
        await self._send(store, job, account, outbound, message_id)

    async def _send(
        self, store: TenantStore, job: Job, account: MailAccount, outbound: OutboundMessage, message_id: UUID
    ) -> None:
        if job.attempts > 1 and await self._was_sent(account, outbound.message_key):
            await self._tell(store, message_id, job, "sent", None, outbound.message_key)
            return
        match await send_mail(account.smtp, outbound):
            case Accepted(sent=raw):
                await self._tell(store, message_id, job, "sent", None, outbound.message_key)
                await self._append(account, raw, outbound.message_key)
            case Retry(after_s=after_s, reason=reason):
                raise TryLater(reason, after_s)
            case Rejected(reason=reason):
                await self._tell(store, message_id, job, "failed", reason)
            case unknown:
                await self._tell(store, message_id, job, "failed", f"it may have been sent: {unknown.reason}")

    async def _outbound(
        self, store: TenantStore, inbox: InboxSettings, message: OutgoingMessage, header: ConversationRow, keys: list[str],
        files: list[AttachmentCard], company: str,
    ) -> OutboundMessage:  # fmt: skip
        to = tuple(address for address in message.to_addresses.get("to", ()) if read_email(address).is_valid)
        if not to:
            raise GiveUp(reason="there is no address to send to")
        token = make_token(self._token_key, header.id)
        data = [await store.aside(partial(store.blobs.read, file.sha256)) for file in files]
        return OutboundMessage(
            message_key=make_message_key(message.id, token, inbox.address), from_address=inbox.address,
            from_name=f"{message.author_name} · {company}".strip(" ·"), to=to,
            cc=tuple(each for each in message.to_addresses.get("cc", ()) if read_email(each).is_valid), subject=message.subject,
            text=message.text, sent_us=us_from_moment(message.sent_at), in_reply_to=keys[-1] if keys else None,
            references=tuple(keys), reply_token=token,
            files=tuple(
                OutboundFile(name=file.name, media_type=file.media_type, data=content)
                for file, content in zip(files, data, strict=True)
            ),
        )  # fmt: skip

    async def _was_sent(self, account: MailAccount, message_key: str) -> bool:
        """Whether an attempt that was cut short had sent it: it stands in the folder for sent mail."""
        try:
            return await asyncio.to_thread(has_sent, account, message_key)
        except (PatchbayError, OSError) as error:
            raise TryLater(f"the folder for sent mail can't be looked at: {error}", 60.0) from error

    async def _append(self, account: MailAccount, raw: bytes, message_key: str) -> None:
        """The copy for the server's own folder; the mail is out, so a failure is only logged."""
        try:
            await asyncio.to_thread(append_sent, account, raw, message_key)
        except Exception:
            log.warning("the copy of %s could not be put into the folder for sent mail", message_key, exc_info=True)

    async def _tell(
        self, store: TenantStore, message_id: UUID, job: Job, state: str, reason: str | None, message_key: str | None = None
    ) -> None:
        command = SetMessageState(message_id=message_id, state=state, reason=reason, message_key=message_key)
        system = system_actor(store.tenant_id).user_id
        await store.issue(command, system, DEVICE, command_id=derived_id(job.id, state))


def _gather(
    reader: Reader, message_id: UUID, conversation_id: UUID
) -> tuple[OutgoingMessage, ConversationRow, list[str], list[AttachmentCard], str]:
    files = [file for file in attachments(reader, conversation_id) if file.message_id == message_id]
    try:
        company = workspace(reader).name
    except NotHere:
        company = ""
    return outgoing(reader, message_id), conversation(reader, conversation_id), last_keys(reader, conversation_id), files, company


def _inbox_of(known: list[InboxSettings], key: str) -> InboxSettings | None:
    """The conversation's own inbox; the first that is active where it has none."""
    active = [inbox for inbox in known if inbox.is_active]
    return next((inbox for inbox in active if inbox.key == key), active[0] if active else None)
