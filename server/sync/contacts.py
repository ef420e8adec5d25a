"""Which devices are on a live socket: they are in contact, and a session that ended takes its socket with it."""

import asyncio
from collections.abc import Collection
from contextlib import suppress
from uuid import UUID

from aiohttp import WSCloseCode, web

from app.kernel.columns import moment_from_us
from app.kernel.tasks import TaskRunner
from app.protocol.sign_in import DeviceRevoked
from server.database.away import DatabaseAway
from server.database.devices import device_id, seen
from server.database.sessions import SignedIn, ended_among
from server.database.store import Stores, TenantStore
from server.sync.endpoints import LIVES

LOOK_EVERY_S = 5.0  # what another process ended is noticed within this
NOTE_EVERY = 60  # looks: a contact is noted every five minutes


def hang_up(app: web.Application, ended: Collection[UUID]) -> None:
    """Cut the live sockets of sessions that are over; on the event loop."""
    lives = app[LIVES]
    for socket, session in list(lives.sockets.items()):
        if session.session_id in ended:
            closing = socket.close(code=WSCloseCode.POLICY_VIOLATION, message=DeviceRevoked.key.encode())
            lives.tasks.start(closing, name="hang-up")


class ContactWatch:
    """Runs beside the web server."""

    def __init__(self, stores: Stores, app: web.Application) -> None:
        self._stores, self._app = stores, app
        self._tasks = TaskRunner()

    async def start(self) -> None:
        """Begin to look."""
        self._tasks.start(self._keep_looking(), name="contacts")

    async def stop(self) -> None:
        """Look no more."""
        await self._tasks.close()

    async def _keep_looking(self) -> None:
        count = 0
        while True:
            with suppress(DatabaseAway):
                await self.look(is_noted=count % NOTE_EVERY == 0)
            count += 1
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self, *, is_noted: bool) -> None:
        """Cut who is out, and note who is in contact."""
        by_tenant: dict[UUID, list[SignedIn]] = {}
        for session in self._app[LIVES].sockets.values():
            by_tenant.setdefault(session.tenant_id, []).append(session)
        for tenant_id, sessions in by_tenant.items():
            await self._look_at(self._stores.of(tenant_id), sessions, is_noted=is_noted)

    async def _look_at(self, store: TenantStore, sessions: list[SignedIn], *, is_noted: bool) -> None:
        ids, now = {each.session_id for each in sessions}, moment_from_us(store.now_us())
        ended = await store.look(lambda connection: ended_among(connection, store.tenant_id, ids, now))
        hang_up(self._app, ended)
        here = sorted({device_id(each.tenant_id, each.user_id, each.device) for each in sessions if each.session_id not in ended})
        if is_noted and here:
            await store.change(lambda connection: seen(connection, store.tenant_id, here, now))
