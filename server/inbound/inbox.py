"""One watched inbox: its gateway stores what comes, and a worker understands what is stored, however it came to wait."""

import asyncio
import contextlib
import logging

from app.kernel.tasks import TaskRunner
from server.database import raw_inbound
from server.database.away import DatabaseAway
from server.database.inboxes import InboxSettings
from server.database.store import TenantStore
from server.gateways.email.account import MailAccount
from server.gateways.email.gateway import EmailGateway
from server.gateways.email.watcher import Cursor, RawMail
from server.inbound.mail import MailPipeline

log = logging.getLogger(__name__)
LOOK_AGAIN_S = 5.0  # what another process stored, what failed, and what a person took out of quarantine


class WatchedInbox:
    """Runs from `start` to `stop`. The rows of raw_inbound are the queue, so a restart goes on where it was."""

    def __init__(self, store: TenantStore, settings: InboxSettings, account: MailAccount, token_key: bytes) -> None:
        self.settings = settings
        self._store, self._account = store, account
        self._pipeline = MailPipeline(store, settings, token_key)
        self._gateway: EmailGateway | None = None
        self._stored = asyncio.Event()
        self._tasks = TaskRunner()

    async def start(self) -> None:
        """Go on behind the last mail that was stored; raises `UnsafeChannel`."""
        store, settings = self._store, self.settings
        uidvalidity, uid = await store.look(
            lambda each: raw_inbound.load_cursor(each, store.tenant_id, settings.key, settings.folder)
        )
        cursor = Cursor(uidvalidity=uidvalidity, uid=uid) if uidvalidity else None
        gateway = EmailGateway(self._account, self._store_mail, cursor=cursor)
        await gateway.start()
        self._gateway = gateway
        self._tasks.start(self._work(), name=f"inbox {settings.key}")

    async def stop(self) -> None:
        """End; what is stored and not understood yet is taken up at the next start."""
        if self._gateway is not None:
            await self._gateway.stop()
        await self._tasks.close()

    async def _store_mail(self, mail: RawMail) -> None:
        """Stored before it counts as fetched, understood afterwards."""
        await self._pipeline.store_raw(mail)
        self._stored.set()

    async def _work(self) -> None:
        while True:
            self._stored.clear()
            if not await self._work_off_some():
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_AGAIN_S):
                        await self._stored.wait()

    async def _work_off_some(self) -> bool:
        """Whether anything was settled, so that it is worth looking again at once."""
        try:
            return any([await self._pipeline.work_off(raw_id) for raw_id in await self._pipeline.waiting()])
        except DatabaseAway:  # which was told once, for all
            return False
        except Exception:
            log.exception("inbox %s could not be worked off and will be looked at again", self.settings.key)
            return False
