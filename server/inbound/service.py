"""Watches every inbox of every tenant, and takes up those that are added while the server runs."""

import asyncio
import logging
from concurrent.futures import CancelledError
from dataclasses import dataclass
from uuid import UUID

from app.kernel.tasks import TaskRunner
from server.database import raw_inbound
from server.database.inboxes import InboxSettings, inboxes
from server.database.store import Stores, TenantStore
from server.database.vault import Vault
from server.gateways.email.account import MailAccount, MailServer
from server.gateways.email.imap import FolderCursor, MailboxWatcher, RawMail
from server.inbound.mail import MailPipeline

log = logging.getLogger(__name__)
LOOK_S = 5.0
STORE_S = 60.0
TOKEN_PURPOSE = "reply token"  # noqa: S105 - what the key is for


@dataclass(slots=True)
class Watched:
    """An inbox with its pipeline, its thread, and its queue of stored mails."""

    settings: InboxSettings
    pipeline: MailPipeline
    watcher: MailboxWatcher
    queue: "asyncio.Queue[UUID]"


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
        watched = list(self._watched.values())
        await asyncio.gather(*(asyncio.to_thread(each.watcher.stop) for each in watched))
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
                await asyncio.to_thread(old.watcher.stop)
                del self._watched[place]
            if settings.is_active:
                self._watched[place] = await self._watch(store, settings)

    async def _watch(self, store: TenantStore, settings: InboxSettings) -> Watched:
        pipeline = MailPipeline(store, settings, self._vault.derive(TOKEN_PURPOSE))
        queue: asyncio.Queue[UUID] = asyncio.Queue()
        watcher = _watcher(store, settings, account_of(settings, self._vault), pipeline, queue)
        for raw_id in await pipeline.waiting():
            queue.put_nowait(raw_id)
        self._tasks.start(_work(pipeline, queue), name=f"inbox {settings.key}")
        watcher.start()
        return Watched(settings, pipeline, watcher, queue)


async def _work(pipeline: MailPipeline, queue: "asyncio.Queue[UUID]") -> None:
    while True:
        await pipeline.work_off(await queue.get())


def _watcher(
    store: TenantStore, settings: InboxSettings, account: MailAccount, pipeline: MailPipeline, queue: "asyncio.Queue[UUID]"
) -> MailboxWatcher:
    """Its thread waits until the loop has stored each mail: only then does the cursor move."""
    loop = asyncio.get_running_loop()

    def on_mail(mail: RawMail) -> None:
        try:
            raw_id = asyncio.run_coroutine_threadsafe(pipeline.store_raw(mail), loop).result(STORE_S)
        except CancelledError as error:
            raise OSError("the server is ending") from error
        loop.call_soon_threadsafe(queue.put_nowait, raw_id)

    def load() -> FolderCursor:
        told = store.look(lambda each: raw_inbound.load_cursor(each, store.tenant_id, settings.key, settings.folder))
        uidvalidity, uid = asyncio.run_coroutine_threadsafe(told, loop).result(STORE_S)
        return FolderCursor(uidvalidity=uidvalidity, uid=uid)

    def save(cursor: FolderCursor) -> None:
        done = store.change(
            lambda each: raw_inbound.save_cursor(
                each, store.tenant_id, settings.key, settings.folder, uidvalidity=cursor.uidvalidity, uid=cursor.uid,
                now_us=store.now_us(),
            )
        )  # fmt: skip
        asyncio.run_coroutine_threadsafe(done, loop).result(STORE_S)

    return MailboxWatcher(account, load=load, save=save, on_mail=on_mail)


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
