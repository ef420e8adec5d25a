"""A server of Acme's with one shared inbox at a real mail server, and questions about what became of a mail."""

import asyncio
import contextlib
import io
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select, update

from app.domain.attachments.queries import AttachmentCard, attachments
from app.domain.conversations.queries import ConversationRow, conversations
from app.domain.identities.records import Identity
from app.domain.messages.commands import Reply
from app.domain.messages.queries import MessageRow, thread
from app.kernel.columns import moment_from_us
from app.kernel.command import Command
from app.kernel.ids import new_id
from app.kernel.log import Effect
from server.commands.quarantine import show_quarantine
from server.database.inboxes import InboxSettings, keep_inbox
from server.database.place import Place
from server.database.raw_inbound import in_state
from server.database.store import TenantStore
from server.database.tables import RawInbound
from server.database.vault import open_vault
from tests.peers.mail import MailServer
from tests.server.world import People, World, running, stores_of

T = TypeVar("T")
STATUSES = ("open", "pending", "resolved", "snoozed")


@dataclass(slots=True)
class Shop:
    """Acme, its inbox, and its server while `open` lasts."""

    mail: MailServer
    place: Place
    people: People
    address: str
    options: dict[str, object] = field(default_factory=dict)
    world: World | None = None

    @property
    def store(self) -> TenantStore:
        """Acme's data in the running server."""
        assert self.world is not None, "the shop is closed"
        return self.world.server.stores.of(self.people.acme)

    def settings(self, **changes: object) -> InboxSettings:
        """How the inbox is reached."""
        secret = open_vault(self.place.key_file).seal(self.mail.password(self.address))
        values = {
            "key": "support", "name": "Support", "address": self.address,
            "imap_host": "127.0.0.1", "imap_port": self.mail.imap_port, "imap_security": "none",
            "imap_user": self.address, "imap_secret": secret,
            "smtp_host": "127.0.0.1", "smtp_port": self.mail.smtp_port, "smtp_security": "none",
            "smtp_user": self.address, "smtp_secret": secret,
        }  # fmt: skip
        return InboxSettings(**{**values, **self.options, **changes})  # type: ignore[arg-type]  # tests name real fields

    async def set_up(self, *more: InboxSettings) -> None:
        """Write the inbox into the database, beside the server."""
        with stores_of(self.place) as stores:
            store = stores.of(self.people.acme)
            for settings in more or (self.settings(),):
                await store.change(partial(keep_inbox, tenant_id=store.tenant_id, settings=settings))

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator["Shop"]:
        """The server runs until the block ends; again after that, over the same data."""
        async with running(self.place, self.people) as world:
            self.world = world
            yield self
        self.world = None

    async def conversations(self, status: str = "") -> list[ConversationRow]:
        """All that came, newest first."""
        found: list[ConversationRow] = []
        for each in [status] if status else STATUSES:
            page = await self.store.read(partial(conversations, status=each), self.people.ana)
            found += page.rows
        return found

    async def messages(self, conversation_id: UUID) -> list[MessageRow]:
        """A conversation's messages, oldest first."""
        return await self.store.read(lambda reader: thread(reader, conversation_id), self.people.ana)

    async def files(self, conversation_id: UUID) -> list[AttachmentCard]:
        """A conversation's files."""
        return await self.store.read(lambda reader: attachments(reader, conversation_id), self.people.ana)

    async def in_state(self, state: str) -> list[UUID]:
        """Stored mails that are in this state."""
        return await self.store.look(lambda each: in_state(each, self.store.tenant_id, "support", state))

    async def bounced(self, address_id: UUID) -> str | None:
        """Why mail to this address came back."""
        row = await self.store.read(lambda reader: reader.get(Identity, address_id), self.people.ana)
        return str(row.bounced) if row.bounced else None

    async def kept_raw(self) -> list[str]:
        """The hashes of all that was ever fetched."""
        return await self.store.look(lambda each: list(each.execute(select(RawInbound.sha256)).scalars()))

    async def quarantine(self, *, retry: bool) -> str:
        """What `inbox quarantine` says."""
        said = io.StringIO()
        await show_quarantine(self.store, said, retry=retry)
        return said.getvalue()

    async def end_leases(self) -> None:
        """While closed: as if the minute had passed in which a dead worker's jobs are still its own."""
        with stores_of(self.place) as stores:
            store = stores.of(self.people.acme)
            await store.change(lambda each: each.execute(update(Effect).values(leased_until=moment_from_us(store.now_us()))))

    async def do(self, command: Command) -> None:
        """Ana does something."""
        await self.store.issue(command, self.people.ana, "d1")

    async def reply(self, conversation_id: UUID, text: str, *, to: tuple[str, ...] = ()) -> UUID:
        """Ana answers; the message's id."""
        message_id = new_id()
        await self.do(Reply(conversation_id=conversation_id, message_id=message_id, text=text, to=to))
        return message_id

    async def comes(self, subject: str, timeout_s: float = 60.0) -> ConversationRow:
        """The conversation with this subject, as soon as it is here."""

        async def found() -> ConversationRow | None:
            return next((each for each in await self.conversations() if each.subject == subject), None)

        return await until(found, timeout_s)

    async def has(self, conversation_id: UUID, number: int, timeout_s: float = 60.0) -> list[MessageRow]:
        """The messages of a conversation, as soon as there are this many."""

        async def found() -> list[MessageRow] | None:
            messages = await self.messages(conversation_id)
            return messages if len(messages) >= number else None

        return await until(found, timeout_s)

    async def becomes(self, message_id: UUID, conversation_id: UUID, state: str, timeout_s: float = 60.0) -> MessageRow:
        """The message, as soon as it is in this state."""

        async def found() -> MessageRow | None:
            messages = await self.messages(conversation_id)
            return next((each for each in messages if each.id == message_id and each.state == state), None)

        return await until(found, timeout_s)

    async def is_at_rest(self) -> None:
        """Until nothing stored waits to be understood."""

        async def rests() -> bool:
            return not await self.in_state("received")

        await until(rests, 60.0)


async def until(ask: Callable[[], Awaitable[T | None]], timeout_s: float) -> T:
    """The first answer that is one."""
    async with asyncio.timeout(timeout_s):
        while not (answer := await ask()):  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.02)
        return answer
