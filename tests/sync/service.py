"""The real sync endpoints over a real socket, and consoles that talk to them; only the sign-in is a stand-in."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast
from uuid import UUID

from aiohttp import web
from aiohttp.typedefs import Handler
from sqlalchemy.orm import Session

from app.domain.roles.commands import CreateRole, GrantRole
from app.domain.search import building
from app.domain.teams.commands import AddTeamMember, CreateTeam
from app.domain.users.commands import CreateUser
from app.kernel.clock import NowUs, system_now_us
from app.kernel.command import Command
from app.kernel.database import open_sqlite
from app.kernel.log import Tenant
from app.kernel.record import KINDS, Base
from app.replica.thread import ReplicaThread
from app.sync.state import SyncState
from app.sync.syncer import Syncer
from server.database.sessions import SignedIn
from server.database.store import Stores, TenantStore
from server.database.tables import ServerTable
from server.features.keys import SESSION, STORES
from server.sync.endpoints import add_sync_routes
from server.sync.scope import sight_on
from server.web.problems import NotSignedIn, problems
from tests.sync.disks import KEY
from tests.sync.expected import expected, held
from tests.sync.world import ROLE, SYSTEM, TEAMS, TENANT, rows_of, user_id


class OneTenant:
    """The stores of a server with a single tenant."""

    def __init__(self, store: TenantStore) -> None:
        self._store = store

    def of(self, tenant_id: UUID) -> TenantStore:
        assert tenant_id == TENANT
        return self._store


@web.middleware
async def signed_in(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The token is "user number:fresh"; a stale one is refused."""
    number, _, state = request.headers["Authorization"].removeprefix("Bearer ").partition(":")
    if state != "fresh":
        raise NotSignedIn
    request[SESSION] = SignedIn(
        tenant_id=TENANT, user_id=user_id(int(number)), device=f"desk{number}", session_id=user_id(int(number))
    )
    return await handler(request)


class Service:
    """A server that can be stopped and started on the same port; its database stays."""

    def __init__(self, folder: Path, users: int = 2) -> None:
        self.engine = open_sqlite(str(folder / "server.db"))
        Base.metadata.create_all(self.engine)
        ServerTable.metadata.create_all(self.engine)
        with self.engine.begin() as connection:
            building.empty(connection)
        with Session(self.engine) as session, session.begin():
            session.add(Tenant(id=TENANT, change=0))
        self._threads = [ThreadPoolExecutor(3), ThreadPoolExecutor(1)]
        self._folder, self._port = folder, 0
        self._runner: web.AppRunner | None = None
        self.store = self._open()
        self._found(users)

    def _open(self) -> TenantStore:
        readers, writer = self._threads
        return TenantStore(
            tenant_id=TENANT, engine=self.engine, readers=readers, writer=writer, blobs=self._folder, now_us=system_now_us
        )

    def _found(self, users: int) -> None:
        self.order(CreateRole(role_id=ROLE, key="all", name="All", rights={"*": "team"}))
        for number, team in enumerate(TEAMS):
            self.order(CreateTeam(team_id=team, name=f"Team {number}"))
        for number in range(users):
            self.order(CreateUser(user_id=user_id(number), name=f"User {number}", email=f"user{number}@example.com"))
            self.order(GrantRole(role_id=ROLE, user_id=user_id(number)))
            for team in (TEAMS[0], TEAMS[1 + number % 2]):
                self.order(AddTeamMember(team_id=team, user_id=user_id(number)))

    def order(self, command: Command) -> None:
        self.store.authority.issue(command, SYSTEM, "server")

    @property
    def port(self) -> int:
        return self._port

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    async def start(self) -> None:
        self.store = self._open()
        application = web.Application(middlewares=[problems, signed_in])
        application[STORES] = cast("Stores", OneTenant(self.store))
        add_sync_routes(application)
        self._runner = web.AppRunner(application, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port, reuse_address=True)
        await site.start()
        self._port = cast("Any", site)._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def close(self) -> None:
        for thread in self._threads:
            thread.shutdown()
        self.engine.dispose()


class Console:
    """One person's replica and syncer."""

    def __init__(self, number: int, replica: ReplicaThread, url: str, now_us: NowUs) -> None:
        self.number, self.replica = number, replica
        self.states: list[SyncState] = []
        self.refreshed = 0
        self._token = f"{number}:fresh"
        self.syncer = Syncer(replica, url, token=self._give, refresh=self._renew, now_us=now_us)
        self.syncer.subscribe(self.states.append)

    async def _give(self) -> str:
        return self._token

    async def _renew(self) -> str:
        self.refreshed += 1
        self._token = f"{self.number}:fresh"
        return self._token

    def let_token_expire(self) -> None:
        self._token = f"{self.number}:stale"

    def rows(self, kind: str) -> dict[UUID, dict[str, Any]]:
        """What this console holds."""
        return rows_of(self.replica._replica.engine, KINDS[kind])

    async def is_live(self) -> None:
        """Waits until everything is exchanged."""
        await until(lambda: self.syncer.state.kind == "live" and self.syncer.state.waiting == 0)


@asynccontextmanager
async def service(folder: Path, users: int = 2) -> AsyncIterator[Service]:
    """A server that runs."""
    served = Service(folder, users)
    await served.start()
    try:
        yield served
    finally:
        await served.stop()
        served.close()


@asynccontextmanager
async def console(number: int, folder: Path, url: str, now_us: NowUs = system_now_us) -> AsyncIterator[Console]:
    """A console whose syncer runs."""
    replica = await ReplicaThread.open(
        folder / f"replica{number}.db", KEY, tenant_id=TENANT, actor_id=user_id(number), device=f"desk{number}"
    )
    opened = Console(number, replica, url, now_us)
    opened.syncer.start()
    try:
        yield opened
    finally:
        await opened.syncer.stop()
        await replica.close()


async def until(holds: Callable[[], bool | Awaitable[bool]], timeout_s: float = 60.0) -> float:
    """Waits until it holds; how long that took."""
    begun = time.monotonic()
    while True:
        held = holds()
        if held if isinstance(held, bool) else await held:
            return time.monotonic() - begun
        assert time.monotonic() - begun < timeout_s, "it never came to hold"
        await asyncio.sleep(0.01)


def same_as_server(served: Service, opened: Console) -> bool:
    """Whether the console holds exactly what its person may see."""
    everything = {name: rows_of(served.engine, kind) for name, kind in KINDS.items()}
    with served.engine.connect() as connection, connection.begin():
        actor = served.store.authority.actor(user_id(opened.number), connection)
        sight = sight_on(connection, TENANT, actor, f"desk{opened.number}", system_now_us())
    wanted = expected(sight, everything)
    return all(held(sight, name, opened.rows(name)) == wanted[name] for name in KINDS)
