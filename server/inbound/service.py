"""Watches every inbox of every tenant, and takes up those that are added while the server runs."""

import asyncio
import logging
from dataclasses import dataclass
from uuid import UUID

from app.kernel.errors import PatchbayError
from app.kernel.tasks import TaskRunner
from server.database import raw_inbound
from server.database.inboxes import InboxSettings, inboxes
from server.database.store import Stores, TenantStore
from server.database.vault import Vault
from server.gateways.email.account import MailAccount, MailServer
from server.gateways.email.gateway import EmailGateway
from server.gateways.email.watcher import Cursor, RawMail
from server.inbound.mail import MailPipeline

log = logging.getLogger(__name__)
LOOK_S = 5.0
TOKEN_PURPOSE = "reply token"  # noqa: S105 - what the key is for


@dataclass(slots=True)
class Watched:
    """An inbox with its gateway."""

    settings: InboxSettings
    gateway: EmailGateway


class MailService:
    """Started and stopped with the server."""

    def __init__(self, stores: Stores, vault: Vault) -> None:
        self._stores, self._vault = stores, vault
        self._tasks = TaskRunner()
        self._watched: dict[tuple[UUID, str], Watched] = {}

    async def start(self) -> None:
        """Begin to look for inboxes."""
        self._tasks.start(self._look(), name="inboxes")

    async def stop(self) -> None:
        """End every thread; what is stored and not worked off is taken up at the next start."""
        await asyncio.gather(*(each.gateway.stop() for each in self._watched.values()))
        await self._tasks.close()

    async def _look(self) -> None:
        while True:
            for store in self._stores.all():
                await self._look_at(store)
            await asyncio.sleep(LOOK_S)

    async def _look_at(self, store: TenantStore) -> None:
        known = await store.look(lambda each: inboxes(each, store.tenant_id))
        for settings in known:
            place = (store.tenant_id, settings.key)
            old = self._watched.get(place)
            if old is not None and old.settings == settings:
                continue
            if old is not None:
                await old.gateway.stop()
                del self._watched[place]
            if settings.is_active:
                self._watched[place] = await self._watch(store, settings)

    async def _watch(self, store: TenantStore, settings: InboxSettings) -> Watched:
        pipeline = MailPipeline(store, settings, self._vault.derive(TOKEN_PURPOSE))
        queue: asyncio.Queue[UUID] = asyncio.Queue()
        for raw_id in await pipeline.waiting():
            queue.put_nowait(raw_id)

        async def on_mail(mail: RawMail) -> None:
            """Stored before it is acknowledged; understood afterwards."""
            queue.put_nowait(await pipeline.store_raw(mail))

        known = await store.look(lambda each: raw_inbound.load_cursor(each, store.tenant_id, settings.key, settings.folder))
        cursor = Cursor(uidvalidity=known[0], uid=known[1]) if known[0] else None
        gateway = EmailGateway(account_of(settings, self._vault), on_mail, cursor=cursor)
        self._tasks.start(_work(pipeline, queue), name=f"inbox {settings.key}")
        try:
            await gateway.start()
        except PatchbayError as error:
            log.warning("inbox %s is not watched: %s", settings.key, error)
        return Watched(settings, gateway)


async def _work(pipeline: MailPipeline, queue: "asyncio.Queue[UUID]") -> None:
    while True:
        await pipeline.work_off(await queue.get())


async def _nothing(_mail: RawMail) -> None:
    """A gateway that only sends hears nothing."""


def sending_gateway(settings: InboxSettings, vault: Vault) -> EmailGateway:
    """The inbox's gateway for who only sends."""
    return EmailGateway(account_of(settings, vault), _nothing)


def account_of(settings: InboxSettings, vault: Vault) -> MailAccount:
    """The inbox with its passwords opened."""
    imap = MailServer(
        host=settings.imap_host, port=settings.imap_port, security=settings.imap_security,  # type: ignore[arg-type] # checked at `inbox add`
        user=settings.imap_user, password=vault.open(settings.imap_secret),
    )  # fmt: skip
    smtp = MailServer(
        host=settings.smtp_host, port=settings.smtp_port, security=settings.smtp_security,  # type: ignore[arg-type] # checked at `inbox add`
        user=settings.smtp_user, password=vault.open(settings.smtp_secret) if settings.smtp_user else "",
    )  # fmt: skip
    return MailAccount(
        key=settings.key, address=settings.address, imap=imap, smtp=smtp, folder=settings.folder, sent_folder=settings.sent_folder
    )
