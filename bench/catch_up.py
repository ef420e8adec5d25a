"""A console that was away: 500 changes meanwhile, from its first connection to the last of them painted in its window."""

import asyncio
import os
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from app.desk.profile import ProfileStore
from app.domain.contacts.queries import contacts
from app.kernel.clock import system_now_us
from app.kernel.record import KINDS
from app.replica.thread import ReplicaThread
from app.sync.exchange import Exchange
from app.sync.server import ServerLink
from bench.live import contact_of, make_home
from bench.report import Row, percentile
from bench.served import Served, served, sign_in
from bench.started import StartedConsole, started_console
from tests.demo import cast
from tests.demo.dataset import Sizes
from tests.demo.fill import BENCH_DEVICE, BENCH_KEY, count_of
from tests.faults.wire import Wire
from tests.ui.display import screen

CHANGES, ROUNDS = 500, 5
BACK_S = 120.0  # a console that was away for long asks seldom
TALKS: dict[str, Any] = {"messages": 2_000, "open_of_maya": 12, "unassigned": 5, "open_of_others": 40}
FULL = Sizes(contacts=200_000, accounts=20_000, identities=400_000, **TALKS)
QUICK = Sizes(contacts=2_000, accounts=200, identities=4_000, **TALKS)


def run(quick: bool) -> list[Row]:
    """How long somebody is away does not matter, only what changed: nobody waits for 45 minutes here."""
    changes, rounds = (50, 2) if quick else (CHANGES, ROUNDS)
    name, sizes = ("away-quick", QUICK) if quick else ("away", FULL)
    with tempfile.TemporaryDirectory() as text, screen(), served(name, sizes, Path(text)) as server:
        took_ms, rows = asyncio.run(_measure(server, Path(text), changes, rounds))
    said = f"{changes} changes among {rows:,} rows, {rounds} times, load {os.getloadavg()[0]:.1f}; from the first connection"
    return [
        Row(metric="painted_ms", value=percentile(took_ms, 50), unit="ms", target="<= 1000", peer=said),
        Row(metric="worst_ms", value=max(took_ms), unit="ms", peer=said),
    ]


async def _measure(server: Served, folder: Path, changes: int, rounds: int) -> tuple[list[float], int]:
    home = folder / "console"
    home.mkdir()
    async with Wire(int(server.url.rpartition(":")[2])) as wire:
        await make_home(server, home, wire.url)
        ids, rows = await _download(server, home, changes)
        fresh = await asyncio.to_thread(sign_in, server.url, cast.SUPERVISOR, "afterwards")  # the download may have taken long
        headers = {"Authorization": f"Bearer {fresh.access_token}"}
        async with (
            started_console(home, "live") as console,
            httpx.AsyncClient(base_url=f"{server.url}/api/v1", headers=headers, timeout=30) as client,
        ):
            shown = (await console.wait("settled", timeout_s=BACK_S))["shown"]
            in_sight = [found for found in [await contact_of(client, each) for each in shown] if found]
            away = Away(wire, console, client)
            took_ms = [
                await away.round([each for each in ids if each != in_sight[0]][: changes - 1], in_sight[0], number)
                for number in range(rounds)
            ]
    return took_ms, rows


async def _download(server: Served, home: Path, changes: int) -> tuple[list[str], int]:
    """Everything onto the device before its console starts; contacts that its person sees, and how many rows there are."""
    path, person = ProfileStore(home).replica_path, sign_in(server.url, cast.MAYA, "download")

    async def token() -> str:
        return person.access_token

    replica = await ReplicaThread.open(path, BENCH_KEY, tenant_id=server.tenant_id, actor_id=person.user_id, device=BENCH_DEVICE)
    link = ServerLink(server.url, token, token)
    try:
        await Exchange(replica, link, system_now_us).pull(lambda _done, _total: None)
        rows = await replica.read(lambda reader: sum(count_of(reader.connection, kind) for kind in KINDS.values()))
        ids, after = list[str](), None
        while len(ids) < changes:
            page = await replica.read(partial(contacts, limit=200, after=after))
            ids += [row.id.hex for row in page.rows]
            after = page.next
    finally:
        await link.close()
        await replica.close()
    return ids, rows


class Away:
    """A console whose line is cut, while somebody else goes on."""

    def __init__(self, wire: Wire, console: StartedConsole, client: httpx.AsyncClient) -> None:
        self._wire, self._console, self._client = wire, console, client

    async def round(self, ids: list[str], in_sight: str, number: int) -> float:
        """Contacts all over the list change, and last the name of one that the window shows; then the console comes back."""
        self._wire.is_open = False
        self._wire.cut()
        for record_id in ids:
            await self._change(record_id, {"job_title": f"Changed {number}"})
        name = f"Away {number}"
        await self._change(in_sight, {"name": name})
        came_us = list[int]()
        self._wire.on_way_through = lambda: came_us.append(time.monotonic_ns() // 1000)
        self._wire.is_open = True
        seen = await self._console.wait("row", timeout_s=BACK_S, title=name)
        return (int(seen["at_us"]) - came_us[0]) / 1_000

    async def _change(self, record_id: str, body: dict[str, str]) -> None:
        (await self._client.patch(f"/contacts/{record_id}", json=body)).raise_for_status()
