"""A commit on the server to the painted row in another person's console window."""

import asyncio
import json
import os
import tempfile
import time
from pathlib import Path

import httpx

from app.desk.keys import SECRET, kept_for
from app.desk.profile import Profile, ProfileStore
from app.desk.sign_in import REFRESH_TOKEN
from app.kernel.clock import system_now_us
from app.replica.thread import ReplicaThread
from bench.keys import FILE
from bench.report import Row, percentile
from bench.served import Served, served, sign_in
from bench.started import StartedConsole, started_console
from tests.demo import cast
from tests.demo.dataset import DEMO, SMALL
from tests.demo.fill import BENCH_DEVICE, BENCH_KEY
from tests.ui.display import screen

PAUSE_S = 0.02
WARM_UP = 10  # changes before those that count: a console hears of many in a day


def run(quick: bool) -> list[Row]:
    """A supervisor renames contacts over the REST API; an agent's console shows their conversations in its inbox."""
    count = 60 if quick else 500
    name, sizes = ("small", SMALL) if quick else ("demo", DEMO)
    with tempfile.TemporaryDirectory() as text, screen(), served(name, sizes, Path(text)) as server:
        home = Path(text) / "console"
        home.mkdir()
        changes = asyncio.run(_measure(server, home, count))[WARM_UP:]
    said = f"{len(changes)} changes, load {os.getloadavg()[0]:.1f}; from sending the change to the painted row"
    from_request, from_answer = [each[0] for each in changes], [each[1] for each in changes]
    return [
        Row(metric="p50_ms", value=percentile(from_request, 50), unit="ms", peer=said),
        Row(metric="p99_ms", value=percentile(from_request, 99), unit="ms", target="<= 100", peer=said),
        Row(metric="max_ms", value=max(from_request), unit="ms", peer=said),
        Row(
            metric="after_commit_p99_ms", value=percentile(from_answer, 99), unit="ms",
            peer="from the server's answer to the one who changed it",
        ),
    ]  # fmt: skip


async def _measure(server: Served, home: Path, count: int) -> list[tuple[float, float]]:
    await make_home(server, home)
    async with (
        started_console(home, "live") as console,
        httpx.AsyncClient(base_url=f"{server.url}/api/v1", headers=server.headers, timeout=30) as client,
    ):
        shown = (await console.wait("settled"))["shown"]
        contacts = [found for found in [await contact_of(client, each) for each in shown] if found]
        return [
            await _change(client, console, contacts[number % len(contacts)], f"Renamed {number}")
            for number in range(count + WARM_UP)
        ]


async def make_home(server: Served, home: Path, url: str = "") -> None:
    """The agent's device as it is after signing in: keys, and an empty replica; `url`: where it finds the server."""
    told = sign_in(server.url, cast.MAYA, BENCH_DEVICE)
    ProfileStore(home).save(
        Profile(
            server_url=url or server.url, workspace="velora-bikes", email=cast.MAYA, tenant_id=server.tenant_id,
            user_id=told.user_id, device=BENCH_DEVICE,
        )
    )  # fmt: skip
    keys = {SECRET: kept_for(BENCH_KEY, system_now_us()), REFRESH_TOKEN: told.refresh_token}
    (home / FILE).write_text(json.dumps(keys))
    replica = await ReplicaThread.open(
        ProfileStore(home).replica_path, BENCH_KEY, tenant_id=server.tenant_id, actor_id=told.user_id, device=BENCH_DEVICE
    )
    await replica.close()


async def contact_of(client: httpx.AsyncClient, conversation_id: str) -> str | None:
    answer = (await client.get(f"/conversations/{conversation_id}")).raise_for_status()
    contact_id: str | None = answer.json()["contact_id"]
    return contact_id


async def _change(client: httpx.AsyncClient, console: StartedConsole, contact_id: str, name: str) -> tuple[float, float]:
    """From the request, and from its answer, to the painted row."""

    async def change() -> int:
        (await client.patch(f"/contacts/{contact_id}", json={"name": name})).raise_for_status()
        return _now_us()

    began_us = _now_us()
    answered_us, seen = await asyncio.gather(change(), console.wait("row", title=name))
    await asyncio.sleep(PAUSE_S)
    return (seen["at_us"] - began_us) / 1_000, max(seen["at_us"] - answered_us, 0) / 1_000


def _now_us() -> int:
    return time.monotonic_ns() // 1000
