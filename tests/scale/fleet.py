"""Two servers of one database in this process, as far apart as two machines: they share nothing but the database."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from app.domain.contacts.records import Contact
from app.kernel.ids import new_id
from app.kernel.reader import Reader
from app.replica.thread import ReplicaThread
from app.sync.syncer import Syncer
from server.database.place import Place
from tests.server.world import PASSWORD, People, World, running

KEY = b"\x07" * 32


@dataclass(slots=True, kw_only=True)
class Console:
    """A person's replica, kept in step with one of the servers."""

    syncer: Syncer
    replica: ReplicaThread
    tenant_id: UUID
    user_id: UUID

    async def name_of(self, contact_id: UUID) -> str | None:
        """What this replica calls a contact, if it is here."""
        return await self.replica.read(lambda reader: _name(reader, contact_id))

    async def sees(self, contact_id: UUID, name: str, timeout_s: float = 60.0) -> float:
        """Until this replica calls the contact so; how long that took."""

        async def holds() -> bool:
            return await self.name_of(contact_id) == name

        return await until(holds, timeout_s)

    async def is_live(self) -> None:
        """Until everything is exchanged."""
        await until(lambda: self.syncer.state.kind == "live" and self.syncer.state.waiting == 0)


@contextlib.asynccontextmanager
async def two_servers(place: Place, people: People) -> AsyncIterator[tuple[World, World]]:
    """Both run until the block ends."""
    async with running(place, people) as one, running(place, people) as other:
        yield one, other


async def sign_in(address: str, email: str, *, workspace: str = "acme", device: str | None = None) -> dict[str, Any]:
    """Tokens, and who one is."""
    body = {"workspace": workspace, "email": email, "password": PASSWORD, "device": device or new_id().hex}
    async with httpx.AsyncClient(timeout=120) as stranger:
        answer = (await stranger.post(f"{address}/api/v1/sign-in", json=body)).raise_for_status()
    return {**answer.json(), "device": body["device"]}


def caller(address: str, tickets: dict[str, Any]) -> httpx.AsyncClient:
    """Calls the REST API."""
    headers = {"Authorization": f"Bearer {tickets['access_token']}"}
    return httpx.AsyncClient(base_url=f"{address}/api/v1", headers=headers, timeout=120)


@contextlib.asynccontextmanager
async def console(address: str, tickets: dict[str, Any], folder: Path) -> AsyncIterator[Console]:
    """A console whose syncer runs."""
    device, tenant_id, user_id = str(tickets["device"]), UUID(tickets["tenant_id"]), UUID(tickets["user_id"])
    replica = await ReplicaThread.open(folder / f"{device}.db", KEY, tenant_id=tenant_id, actor_id=user_id, device=device)

    async def token() -> str:
        return str(tickets["access_token"])

    syncer = Syncer(replica, address, token=token, refresh=token)
    syncer.start()
    try:
        yield Console(syncer=syncer, replica=replica, tenant_id=tenant_id, user_id=user_id)
    finally:
        await syncer.stop()
        await replica.close()


def _name(reader: Reader, contact_id: UUID) -> str | None:
    row = reader.first(reader.select(Contact, Contact.name).where(Contact.id == contact_id))
    return None if row is None else str(row.name)


async def until(holds: Callable[[], bool | Awaitable[bool]], timeout_s: float = 60.0) -> float:
    """Waits until it holds; how long that took."""
    begun = time.monotonic()
    while True:
        held = holds()
        if held if isinstance(held, bool) else await held:
            return time.monotonic() - begun
        assert time.monotonic() - begun < timeout_s, "it never came to hold"
        await asyncio.sleep(0.01)
