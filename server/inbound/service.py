"""Watches every inbox of every tenant, and takes up those that are added or changed while the server runs.

Of several server processes one watches an inbox, as long as it holds its lease.
"""

import asyncio
import contextlib
import logging
from datetime import timedelta
from uuid import UUID

from app.kernel.errors import PatchbayError
from app.kernel.ids import new_id
from app.kernel.tasks import TaskRunner
from server.database import leases
from server.database.away import DatabaseAway
from server.database.inboxes import InboxSettings, inboxes
from server.database.store import Stores, TenantStore
from server.database.vault import Vault
from server.gateways.email.account import MailAccount, MailServer
from server.gateways.email.gateway import EmailGateway
from server.gateways.email.watcher import RawMail
from server.inbound.inbox import WatchedInbox

log = logging.getLogger(__name__)
LOOK_S = 5.0
LEASE = timedelta(seconds=15)  # after which another process goes on watching for one that died
TOKEN_PURPOSE = "reply token"  # noqa: S105 - what the key is for
InboxPlace = tuple[UUID, str]  # a tenant, and the inbox's key


class MailService:
    """Started and stopped with the server. What is wrong with one inbox does not touch the others."""

    def __init__(self, stores: Stores, vault: Vault) -> None:
        self._stores, self._vault = stores, vault
        self._tasks = TaskRunner()
        self._holder = new_id().hex
        self._watched: dict[InboxPlace, WatchedInbox] = {}
        self._unusable: dict[InboxPlace, InboxSettings] = {}

    async def start(self) -> None:
        """Begin to look for inboxes."""
        self._tasks.start(self._look(), name="inboxes")
        self._tasks.start(self._renew(), name="inboxes' leases")

    async def stop(self) -> None:
        """End every inbox."""
        await self._tasks.close()
        places = list(self._watched)
        await asyncio.gather(*(each.stop() for each in self._watched.values()))
        self._watched.clear()
        with contextlib.suppress(DatabaseAway):  # then the leases run out by themselves
            for tenant_id, key in places:
                await self._release(self._stores.of(tenant_id), key)

    async def _look(self) -> None:
        while True:
            try:
                for store in self._stores.readable():
                    await self._look_at(store)
            except DatabaseAway:
                pass  # which was told once, for all
            except Exception:
                log.exception("the inboxes could not be read and will be looked at again")
            await asyncio.sleep(LOOK_S)

    async def _look_at(self, store: TenantStore) -> None:
        found = await store.look(lambda each: inboxes(each, store.tenant_id))
        wanted = {(store.tenant_id, each.key): each for each in found if each.is_active}
        for place, inbox in list(self._watched.items()):
            if place[0] == store.tenant_id and wanted.get(place) != inbox.settings:
                await self._watched.pop(place).stop()
                await self._release(store, place[1])
        for place, settings in wanted.items():
            is_new = place not in self._watched and self._unusable.get(place) != settings
            if is_new and await self._take(store, place[1]):
                await self._begin(store, place, settings)

    async def _take(self, store: TenantStore, key: str) -> bool:
        """Whether this process may watch the inbox; on SQLite there is no other."""
        name, holder = _lease(key), self._holder
        return not store.is_shared or await store.change(lambda each: leases.take(each, store.tenant_id, name, holder, LEASE))

    async def _release(self, store: TenantStore, key: str) -> None:
        if store.is_shared:
            await store.change(lambda each: leases.release(each, store.tenant_id, [_lease(key)], self._holder))

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(LEASE.total_seconds() / 3)
            for store in self._stores.opened():
                held = [key for tenant_id, key in self._watched if tenant_id == store.tenant_id]
                if store.is_shared and held:
                    with contextlib.suppress(DatabaseAway):  # without it nothing can be stored, by nobody
                        await self._renew_of(store, held)

    async def _renew_of(self, store: TenantStore, held: list[str]) -> None:
        names, holder = [_lease(key) for key in held], self._holder
        kept = await store.change(lambda each: leases.renew(each, store.tenant_id, names, holder, LEASE))
        for key in held:
            inbox = self._watched.pop((store.tenant_id, key), None) if _lease(key) not in kept else None
            if inbox is not None:
                log.warning("inbox %s is watched by another process now", key)
                await inbox.stop()

    async def _begin(self, store: TenantStore, place: InboxPlace, settings: InboxSettings) -> None:
        try:
            account = account_of(settings, self._vault)
            inbox = WatchedInbox(store, settings, account, self._vault.derive(TOKEN_PURPOSE))
            await inbox.start()
        except DatabaseAway:  # that says nothing of the settings: it is tried again at the next look
            raise
        except PatchbayError as error:  # said once; when the settings change it is tried again
            log.warning("inbox %s is not watched: %s", settings.key, error)
            self._unusable[place] = settings
            await self._release(store, settings.key)
        else:
            self._unusable.pop(place, None)
            self._watched[place] = inbox


def _lease(key: str) -> str:
    return f"inbox {key}"


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
