"""Inbound mail: stored raw, then parsed, its sender found, its conversation found, and received by a command. Exactly once."""

import logging
from functools import partial
from typing import Any
from uuid import UUID

from app.domain.attachments.commands import AttachFile
from app.domain.contacts.matching import who_writes
from app.domain.conversations.queries import conversation
from app.domain.identities.commands import MarkBounced
from app.domain.identities.rules import EMAIL, identity_id
from app.domain.messages.commands import ReceiveMessage, SetMessageState
from app.domain.messages.queries import conversation_by_keys, message_by_key
from app.kernel.columns import moment_from_us
from app.kernel.errors import NotHere, PatchbayError, Refused
from app.kernel.ids import derived_id
from app.kernel.permissions import system_actor
from app.kernel.reader import Reader
from app.kernel.texts import text_of
from server.database import files, raw_inbound
from server.database.blobs import Blob
from server.database.inboxes import InboxSettings
from server.database.store import TenantStore
from server.gateways.email.parse import ParsedMail, Unparseable, parse
from server.gateways.email.threading import Thread, thread_of
from server.gateways.email.watcher import RawMail

log = logging.getLogger(__name__)
DEVICE = "gateway:email"


class MailPipeline:
    """One inbox of one tenant."""

    def __init__(self, store: TenantStore, inbox: InboxSettings, token_key: bytes) -> None:
        self._store, self._inbox, self._token_key = store, inbox, token_key
        self._system = system_actor(store.tenant_id).user_id

    async def store_raw(self, mail: RawMail) -> UUID:
        """Keep the bytes and where they stood; after this nothing is lost."""
        store = self._store
        blob = await store.aside(lambda: store.blobs.keep(mail.raw))
        return await store.change(lambda each: self._note(each, mail, blob))

    def _note(self, connection: Any, mail: RawMail, blob: Blob) -> UUID:
        """The mail and how far the folder was read, in one transaction."""
        tenant_id, now_us = self._store.tenant_id, self._store.now_us()
        raw_inbound.save_cursor(
            connection, tenant_id, self._inbox.key, mail.folder, uidvalidity=mail.uidvalidity, uid=mail.uid, now_us=now_us
        )
        return raw_inbound.keep_raw(
            connection, tenant_id, account=self._inbox.key, folder=mail.folder, uidvalidity=mail.uidvalidity, uid=mail.uid,
            blob=blob, now_us=now_us,
        )  # fmt: skip

    async def work_off(self, raw_id: UUID) -> None:
        """Understand a stored mail; what cannot be is put into quarantine, and the channel goes on."""
        store = self._store
        found = await store.look(lambda each: raw_inbound.raw_of(each, store.tenant_id, raw_id))
        if found is None or found.state == "done":
            return
        try:
            raw = await store.aside(lambda: store.blobs.read(found.sha256))
            await self._receive(await store.aside(lambda: parse(raw)))
        except (Unparseable, Refused) as error:
            await self._settle(raw_id, "quarantined", text_of(error))
        except PatchbayError as error:
            await self._settle(
                raw_id, "received" if found.attempts < raw_inbound.MOST_ATTEMPTS else "quarantined", text_of(error)
            )
        except Exception:
            log.exception("mail %s could not be taken in", raw_id)
            await self._settle(raw_id, "quarantined", "a fault of the program; it is in the log")
        else:
            await self._settle(raw_id, "done")

    async def waiting(self) -> list[UUID]:
        """What was stored and not worked off before the program ended."""
        store = self._store
        return await store.look(lambda each: raw_inbound.in_state(each, store.tenant_id, self._inbox.key, "received"))

    async def _settle(self, raw_id: UUID, state: str, error: str | None = None) -> None:
        store = self._store
        if error:
            log.warning("mail %s: %s (%s)", raw_id, error, state)
        await store.change(lambda each: raw_inbound.settle(each, store.tenant_id, raw_id, state, error))

    async def _receive(self, mail: ParsedMail) -> None:
        if mail.sender is not None and mail.sender.address == self._inbox.address.lower():
            return  # our own mail, come back by a list or a copy
        if mail.is_bounce:
            await self._bounced(mail)
            return
        tenant_id = self._store.tenant_id
        message_id = derived_id(tenant_id, "mail", self._inbox.key, mail.message_key, mail.body_sha256)
        address = mail.sender.address if mail.sender else ""
        thread = thread_of(mail, self._token_key)
        conversation_id, contact_id = await self._store.read(lambda reader: _place(reader, thread, address), self._system)
        command = ReceiveMessage(
            message_id=message_id, conversation_id=conversation_id or derived_id(message_id, "conversation"), channel="email",
            inbox_key=self._inbox.key, address=address, author_name=(mail.sender.name or address) if mail.sender else "",
            text=mail.text_visible, full_text=mail.text if mail.text != mail.text_visible else None, html=mail.html,
            subject=mail.subject, sent_at=moment_from_us(min(mail.sent_us or self._store.now_us(), self._store.now_us())),
            to=tuple(each.address for each in mail.to), cc=tuple(each.address for each in mail.cc),
            message_key=mail.message_key, in_reply_to=mail.in_reply_to, references=mail.references, contact_id=contact_id,
            team_id=self._inbox.team_id, problems=" ".join(mail.problems) or None, is_auto=mail.is_auto,
        )  # fmt: skip
        await self._store.issue(command, self._system, DEVICE, command_id=derived_id(message_id, "receive"))
        await self._attach(message_id, mail)

    async def _attach(self, message_id: UUID, mail: ParsedMail) -> None:
        store = self._store
        for place, file in enumerate(mail.attachments):
            blob = await store.aside(partial(store.blobs.keep, file.data))
            await store.change(partial(_note_file, store=store, blob=blob, media_type=file.media_type))
            attachment_id = derived_id(message_id, "file", str(place))
            command = AttachFile(
                attachment_id=attachment_id, message_id=message_id, name=file.name, media_type=file.media_type,
                size_bytes=blob.size_bytes, sha256=blob.sha256, content_id=file.content_id or None, is_inline=file.is_inline,
            )  # fmt: skip
            await store.issue(command, self._system, DEVICE, command_id=derived_id(attachment_id, "add"))

    async def _bounced(self, mail: ParsedMail) -> None:
        """A delivery report: the address is marked, and the message of ours says that it was not delivered."""
        store, failed = self._store, [each for each in mail.bounced if each.action == "failed"]
        for each in failed:
            address_id = identity_id(store.tenant_id, EMAIL, each.address)
            try:
                await store.issue(
                    MarkBounced(identity_id=address_id, reason=each.reason or each.status), self._system, DEVICE,
                    command_id=derived_id(address_id, mail.message_key, "bounced"),
                )  # fmt: skip
            except NotHere:
                log.info("a bounce tells of an address that nobody has")
        key = mail.bounce_of
        message_id = await store.read(lambda reader: message_by_key(reader, key), self._system) if key else None
        if message_id is not None:
            reason = failed[0].reason if failed else "returned"
            await store.issue(
                SetMessageState(message_id=message_id, state="failed", reason=reason), self._system, DEVICE,
                command_id=derived_id(message_id, mail.message_key, "bounced"),
            )  # fmt: skip


def _note_file(connection: Any, *, store: TenantStore, blob: Blob, media_type: str) -> None:
    files.keep(connection, store.tenant_id, blob, media_type, None, store.now_us())


def _place(reader: Reader, thread: Thread, address: str) -> tuple[UUID | None, UUID | None]:
    """The conversation that a mail goes on with, if there is one, and whom it is from, if one is known."""
    contact_id = None
    if address:
        matches = who_writes(reader, address).matches
        contact_id = matches[0].contact_id if matches else None
    for candidate in thread.conversation_ids:
        try:
            return conversation(reader, candidate).id, contact_id
        except NotHere:
            continue
    return conversation_by_keys(reader, thread.message_keys) if thread.message_keys else None, contact_id
