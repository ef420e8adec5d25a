"""A mail that was understood becomes a message: whose it is, where it belongs, when it counts as written, and its files."""

from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import msgspec

from app.domain.attachments.commands import AttachFile
from app.domain.contacts.matching import who_writes
from app.domain.conversations.queries import is_erased
from app.domain.messages.commands import ReceiveMessage
from app.domain.messages.queries import conversation_by_keys, message, message_by_key, thread
from app.kernel.columns import moment_from_us
from app.kernel.command import Issued
from app.kernel.errors import NotHere, Refused
from app.kernel.ids import derived_id
from app.kernel.reader import Reader
from server.database import files
from server.database.blobs import Blob
from server.database.store import TenantStore
from server.gateways.email.attachments import File
from server.gateways.email.headers import Address
from server.gateways.email.parse import ParsedMail
from server.gateways.email.threading import Thread, thread_of
from server.inbound.desk import Desk

AT_ONCE = 20  # files in one transaction: others want to write too
TICK = timedelta(milliseconds=1)  # between two messages of which the later says that it is the earlier


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a mail belongs, as far as that is known."""

    is_known: bool  # it is here already
    conversation_id: UUID | None
    last_at: datetime | None  # of the conversation's messages
    contact_id: UUID | None


async def receive(desk: Desk, mail: ParsedMail) -> UUID | None:
    """Put it into its conversation, which is made when there is none; a second time changes nothing. Which message it is."""
    own, sender = desk.inbox.address.lower(), mail.sender
    if sender is not None and sender.address == own and await _is_ours(desk, mail.message_key):
        return None  # what we sent came back by a list or a copy
    message_id = derived_id(desk.store.tenant_id, "mail", desk.inbox.key, mail.message_key, mail.body_sha256)
    reply_to = next((each for each in mail.reply_to if each.address != own), None)
    people = [each.address for each in (sender, reply_to) if each is not None and each.address != own]
    found = await desk.store.read(partial(_place, message_id, thread_of(mail, desk.token_key), people), desk.system)
    if not found.is_known:
        await desk.once(_command(desk, mail, message_id, reply_to, found), message_id, "receive")
    if mail.attachments:
        await _attach(desk, message_id, mail.attachments)
    return message_id


async def _is_ours(desk: Desk, key: str) -> bool:
    return await desk.store.read(lambda reader: message_by_key(reader, key), desk.system) is not None


def _place(message_id: UUID, told: Thread, people: list[str], reader: Reader) -> Place:
    """People are who wrote and who is to be answered: forms on web sites write for others."""
    matches = next((found for address in people if (found := who_writes(reader, address).matches)), [])
    conversation_id = _conversation(reader, told)
    last = thread(reader, conversation_id, limit=1) if conversation_id else []
    return Place(
        is_known=_is_here(reader, message_id), conversation_id=conversation_id, last_at=last[0].sent_at if last else None,
        contact_id=matches[0].contact_id if matches else None,
    )  # fmt: skip


def _is_here(reader: Reader, message_id: UUID) -> bool:
    try:
        message(reader, message_id)
    except NotHere:
        return False
    return True


def _conversation(reader: Reader, told: Thread) -> UUID | None:
    """By our own token first, then by the nearest known mail of the chain."""
    for candidate in told.conversation_ids:
        with suppress(NotHere):
            if not is_erased(reader, candidate):  # who writes anew after they were erased begins a new conversation
                return candidate
    return conversation_by_keys(reader, told.message_keys) if told.message_keys else None


def _command(desk: Desk, mail: ParsedMail, message_id: UUID, reply_to: Address | None, found: Place) -> ReceiveMessage:
    sender = mail.sender or reply_to or Address("")
    return ReceiveMessage(
        message_id=message_id, conversation_id=found.conversation_id or derived_id(message_id, "conversation"), channel="email",
        inbox_key=desk.inbox.key, address=sender.address, reply_to=reply_to.address if reply_to else "",
        author_name=sender.name or sender.address,
        text=mail.text_visible, full_text=mail.text if mail.text != mail.text_visible else None, html=mail.html,
        subject=mail.subject, sent_at=_written_at(desk, mail, found.last_at),
        to=tuple(each.address for each in mail.to), cc=tuple(each.address for each in mail.cc),
        message_key=mail.message_key, in_reply_to=mail.in_reply_to, references=mail.references, contact_id=found.contact_id,
        team_id=desk.inbox.team_id, problems=" ".join(mail.problems) or None, is_auto=mail.is_auto,
    )  # fmt: skip


def _written_at(desk: Desk, mail: ParsedMail, last_at: datetime | None) -> datetime:
    """What its date says, but neither in the future nor before what stands in the conversation: people's clocks differ."""
    now = moment_from_us(desk.store.now_us())
    said = now if mail.sent_us is None else min(moment_from_us(mail.sent_us), now)
    return said if last_at is None else max(said, last_at + TICK)


async def _attach(desk: Desk, message_id: UUID, attachments: tuple[File, ...]) -> None:
    """The bytes first, then that the tenant has them, then that they belong to the message. Every file has its turn."""
    store = desk.store
    blobs = await store.aside(lambda: [store.blobs.keep(file.data) for file in attachments])
    kept = list(zip(attachments, blobs, strict=True))
    await store.change(lambda each: _note(each, store, kept))
    commands = [_file(desk, message_id, place, *each) for place, each in enumerate(kept)]
    refusals: list[Refused] = []
    for start in range(0, len(commands), AT_ONCE):
        refusals += await desk.all_once(commands[start : start + AT_ONCE])
    for refusal in refusals:
        raise refusal


def _note(connection: Any, store: TenantStore, kept: list[tuple[File, Blob]]) -> None:
    for file, blob in kept:
        files.keep(connection, store.tenant_id, blob, file.media_type, None, store.now_us())


def _file(desk: Desk, message_id: UUID, place: int, file: File, blob: Blob) -> Issued:
    attachment_id = derived_id(message_id, "file", str(place))
    command = AttachFile(
        attachment_id=attachment_id, message_id=message_id, name=file.name, media_type=file.media_type,
        size_bytes=blob.size_bytes, sha256=blob.sha256, content_id=file.content_id or None, is_inline=file.is_inline,
    )  # fmt: skip
    return desk.issued(command, attachment_id, "add")
