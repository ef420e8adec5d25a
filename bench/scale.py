"""PostgreSQL with one server process and with two: lists over HTTP, and commands pushed."""

import asyncio
import contextlib
import tempfile
import time
from pathlib import Path

import httpx

from app.domain.contacts.commands import CreateContact
from app.kernel.clock import system_now_us
from app.kernel.command import Issued, body_of
from app.kernel.ids import new_id
from app.protocol.codec import pack, unpack
from app.protocol.envelopes import Answer, Push
from bench.api_list import CONNECTIONS, load
from bench.report import Row, percentile
from bench.served import Served, on_postgresql, serving
from tests.demo.dataset import Sizes

FULL = Sizes(contacts=20_000, accounts=2_000, identities=40_000)
QUICK = Sizes(contacts=2_000, accounts=200, identities=4_000)
BATCH = 50  # commands, as a console sends them
PUSHERS = 8


def run(quick: bool) -> list[Row]:
    """The clients are processes and tasks on the same cores, and part of what is measured."""
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder, on_postgresql(QUICK if quick else FULL, Path(folder)) as place:
        for workers in (1, 2):
            with serving(place, Path(folder), workers=workers) as server:
                rows += _measure(server, workers, quick=quick)
    return rows


def _measure(server: Served, workers: int, *, quick: bool) -> list[Row]:
    said = f"{workers} server process{'es' if workers > 1 else ''} on PostgreSQL, clients and database on the same cores"
    wish = {
        "host": "127.0.0.1", "port": int(server.url.rsplit(":", 1)[1]), "token": server.token, "connections": CONNECTIONS,
        "paths": ["/api/v1/contacts?limit=50"],
    }  # fmt: skip
    load(wish, 2)
    lists = load(wish, 3 if quick else 15)
    pushed = asyncio.run(_push(server, 3.0 if quick else 15.0))
    return [
        Row(metric=f"api_list_{workers}_per_s", value=len(lists["took_ms"]) / lists["seconds"], unit="1/s", peer=said),
        Row(metric=f"api_list_{workers}_p99_ms", value=percentile(lists["took_ms"], 99), unit="ms", peer=said),
        Row(metric=f"push_{workers}_per_s", value=pushed, unit="1/s", peer=f"{PUSHERS} consoles, batches of {BATCH}; one tenant"),
    ]


async def _push(server: Served, seconds: float) -> float:
    """Commands a second that were answered as applied."""

    async def one(client: httpx.AsyncClient, until_s: float) -> int:
        count = 0
        while time.perf_counter() < until_s:
            commands = [_command(server, number) for number in range(BATCH)]
            answer = await client.post("/sync/push", content=pack(Push(device="bench", commands=commands)), timeout=60)
            outcomes = unpack(answer.raise_for_status().content, Answer).outcomes
            count += sum(outcome.status == "applied" for outcome in outcomes)
        return count

    async with contextlib.AsyncExitStack() as stack:
        clients = [
            await stack.enter_async_context(httpx.AsyncClient(base_url=server.url, headers=server.headers))
            for _ in range(PUSHERS)
        ]
        began = time.perf_counter()
        applied = sum(await asyncio.gather(*(one(client, began + seconds) for client in clients)))
        return applied / (time.perf_counter() - began)


def _command(server: Served, number: int) -> Issued:
    command = CreateContact(contact_id=new_id(), name=f"Pushed {number}", team_id=server.tenant_id)
    return Issued(
        id=new_id(), name=command.verb, body=body_of(command), actor_id=server.user_id, device="bench", acted_us=system_now_us()
    )
