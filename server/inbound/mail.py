"""The way of an inbound mail: stored raw, understood, received by commands, and settled; what cannot be is quarantined."""

import logging
from typing import Any
from uuid import UUID

from app.kernel.errors import Refused
from app.kernel.texts import text_of
from server.database import raw_inbound
from server.database.away import DatabaseAway
from server.database.blobs import Blob
from server.database.inboxes import InboxSettings
from server.database.store import TenantStore
from server.gateways.email.parse import Unparseable, parse
from server.gateways.email.watcher import RawMail
from server.inbound.bounces import take_report
from server.inbound.desk import Desk
from server.inbound.receiving import receive

log = logging.getLogger(__name__)


class MailPipeline:
    """One inbox of one tenant. Every step may be done again after a crash and changes nothing the second time."""

    def __init__(self, store: TenantStore, inbox: InboxSettings, token_key: bytes) -> None:
        self._store, self._inbox, self._token_key = store, inbox, token_key

    async def store_raw(self, mail: RawMail) -> UUID:
        """Keep the bytes, and that the folder was read up to them; after this nothing is lost."""
        store = self._store
        blob = await store.aside(lambda: store.blobs.keep(mail.raw))
        return await store.change(lambda each: self._note(each, mail, blob))

    def _note(self, connection: Any, mail: RawMail, blob: Blob) -> UUID:
        store, account = self._store, self._inbox.key
        place = {"uidvalidity": mail.uidvalidity, "uid": mail.uid, "now_us": store.now_us()}
        raw_inbound.save_cursor(connection, store.tenant_id, account, mail.folder, **place)
        return raw_inbound.keep_raw(connection, store.tenant_id, account=account, folder=mail.folder, blob=blob, **place)

    async def waiting(self) -> list[UUID]:
        """What is stored and not understood yet, oldest first."""
        store = self._store
        return await store.look(lambda each: raw_inbound.in_state(each, store.tenant_id, self._inbox.key, "received"))

    async def quarantined(self) -> list[UUID]:
        """What could not be taken in, oldest first."""
        store = self._store
        return await store.look(lambda each: raw_inbound.in_state(each, store.tenant_id, self._inbox.key, "quarantined"))

    async def work_off(self, raw_id: UUID) -> bool:
        """Take a stored mail in; false when it must be tried again. Whatever is in it, the next one gets its turn."""
        store = self._store
        found = await store.look(lambda each: raw_inbound.raw_of(each, store.tenant_id, raw_id))
        if found is None or found.state == "done":
            return True
        try:
            message_id = await self._take_in(found)
        except (Unparseable, Refused) as error:
            return await self._settle(raw_id, "quarantined", text_of(error))
        except DatabaseAway:  # that is not the mail's fault, and could not be written down either
            raise
        except Exception as error:
            log.exception("mail %s could not be taken in", raw_id)
            is_last = found.attempts + 1 >= raw_inbound.MOST_ATTEMPTS
            reason = f"The server failed at this mail ({type(error).__name__}). It is kept as it came."
            return await self._settle(raw_id, "quarantined" if is_last else "received", reason)
        return await self._settle(raw_id, "done", message_id=message_id)

    async def _take_in(self, found: raw_inbound.Received) -> UUID | None:
        store = self._store
        desk = Desk(store=store, inbox=self._inbox, token_key=self._token_key, attempt=found.attempts)
        raw = await store.aside(lambda: store.blobs.read(found.sha256))
        mail = await store.aside(lambda: parse(raw))
        if mail.is_bounce and await take_report(desk, mail):
            return None
        return await receive(desk, mail)

    async def _settle(self, raw_id: UUID, state: str, error: str | None = None, message_id: UUID | None = None) -> bool:
        store = self._store
        if error:
            log.warning("mail %s: %s (%s)", raw_id, error, state)
        await store.change(lambda each: raw_inbound.settle(each, store.tenant_id, raw_id, state, error, message_id))
        return state != "received"
