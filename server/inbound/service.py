"""Watches every inbox of every tenant, and takes up those that are added or changed while the server runs."""

import asyncio
import logging
from uuid import UUID

from app.kernel.errors import PatchbayError
from app.kernel.tasks import TaskRunner
from server.database.inboxes import InboxSettings, inboxes
from server.database.store import Stores, TenantStore
from server.database.vault import Vault
from server.gateways.email.account import MailAccount, MailServer
from server.gateways.email.gateway import EmailGateway
from server.gateways.email.watcher import RawMail
from server.inbound.inbox import WatchedInbox

log = logging.getLogger(__name__)
LOOK_S = 5.0
TOKEN_PURPOSE = "reply token"  # noqa: S105 - what the key is for
InboxPlace = tuple[UUID, str]  # a tenant, and the inbox's key


class MailService:
    """Started and stopped with the server. What is wrong with one inbox does not touch the others."""

    def __init__(self, stores: Stores, vault: Vault) -> None:
        self._stores, self._vault = stores, vault
        self._tasks = TaskRunner()
        self._watched: dict[InboxPlace, WatchedInbox] = {}
        self._unusable: dict[InboxPlace, InboxSettings] = {}

    async def start(self) -> None:
        """Begin to look for inboxes."""
        self._tasks.start(self._look(), name="inboxes")

    async def stop(self) -> None:
        """End every inbox."""
        await self._tasks.close()
        await asyncio.gather(*(each.stop() for each in self._watched.values()))
        self._watched.clear()

    async def _look(self) -> None:
        while True:
            try:
                for store in self._stores.all():
                    await self._look_at(store)
            except Exception:
                log.exception("the inboxes could not be read and will be looked at again")
            await asyncio.sleep(LOOK_S)

    async def _look_at(self, store: TenantStore) -> None:
        found = await store.look(lambda each: inboxes(each, store.tenant_id))
        wanted = {(store.tenant_id, each.key): each for each in found if each.is_active}
        for place, inbox in list(self._watched.items()):
            if place[0] == store.tenant_id and wanted.get(place) != inbox.settings:
                await self._watched.pop(place).stop()
        for place, settings in wanted.items():
            if place not in self._watched and self._unusable.get(place) != settings:
                await self._begin(store, place, settings)

    async def _begin(self, store: TenantStore, place: InboxPlace, settings: InboxSettings) -> None:
        try:
            account = account_of(settings, self._vault)
            inbox = WatchedInbox(store, settings, account, self._vault.derive(TOKEN_PURPOSE))
            await inbox.start()
        except PatchbayError as error:  # said once; when the settings change it is tried again
            log.warning("inbox %s is not watched: %s", settings.key, error)
            self._unusable[place] = settings
        else:
            self._unusable.pop(place, None)
            self._watched[place] = inbox


async def _nothing(_mail: RawMail) -> None:
    """A gateway that only sends hears nothing."""


def sending_gateway(settings: InboxSettings, vault: Vault) -> EmailGateway:
    """The inbox's gateway for who only sends."""
    return EmailGateway(account_of(settings, vault), _nothing)


def account_of(settings: InboxSettings, vault: Vault) -> MailAccount:
    """The inbox with its passwords opened; `BadSecretKey` when they were sealed with another key."""
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
