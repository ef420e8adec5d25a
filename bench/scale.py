"""PostgreSQL with one server process and with two: lists over HTTP, commands pushed, and changes told to open sockets."""

import asyncio
import contextlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

from app.domain.contacts.commands import CreateContact
from app.kernel.clock import system_now_us
from app.kernel.columns import moment_from_us
from app.kernel.command import Issued, body_of
from app.kernel.ids import new_id
from app.protocol.codec import pack, unpack
from app.protocol.envelopes import Answer, Push
from bench.api_list import CONNECTIONS, load
from bench.live_fanout import heard
from bench.report import Row, percentile
from bench.served import PASSWORD, START_TIMEOUT_S, Served, sign_in
from server.database.engines import prepare
from server.database.founding import found_tenant
from server.database.place import Place, read_place
from server.database.store import Stores
from server.database.vault import open_vault
from server.web.passwords import Passwords
from tests.demo import cast
from tests.demo.dataset import Sizes
from tests.demo.fill import fill_tenant, give_passwords
from tests.peers.postgresql import postgresql

FULL = Sizes(contacts=20_000, accounts=2_000, identities=40_000)
QUICK = Sizes(contacts=2_000, accounts=200, identities=4_000)
BATCH = 50  # commands, as a console sends them
PUSHERS = 8
PAUSE_S = 0.03


def run(quick: bool) -> list[Row]:
    """The clients are processes and tasks on the same cores, and part of what is measured."""
    rows: list[Row] = []
    with postgresql() as peer, tempfile.TemporaryDirectory() as folder:
        place = read_place(peer.create_database("bench"), Path(folder) / "patchbay.d")
        asyncio.run(_make(place, QUICK if quick else FULL))
        peer.run("ANALYZE", "bench")  # as it does by itself within a minute
        for workers in (1, 2):
            with serving(place, workers, Path(folder)) as server:
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
    sockets = 100 if quick else 1_000
    joined_s, told_ms = heard(server, sockets, 5 if quick else 30)
    return [
        Row(metric=f"api_list_{workers}_per_s", value=len(lists["took_ms"]) / lists["seconds"], unit="1/s", peer=said),
        Row(metric=f"api_list_{workers}_p99_ms", value=percentile(lists["took_ms"], 99), unit="ms", peer=said),
        Row(metric=f"push_{workers}_per_s", value=pushed, unit="1/s", peer=f"{PUSHERS} consoles, batches of {BATCH}; one tenant"),
        Row(metric=f"fan_out_{workers}_p50_ms", value=percentile(told_ms, 50), unit="ms", peer=f"{sockets:,} sockets"),
        Row(metric=f"fan_out_{workers}_p99_ms", value=percentile(told_ms, 99), unit="ms", peer="from sending the change"),
        Row(metric=f"fan_out_{workers}_joined_s", value=joined_s, unit="s", peer="all come in the same moment"),
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


@contextlib.contextmanager
def serving(place: Place, workers: int, folder: Path) -> Iterator[Served]:
    """`patchbay-server serve --workers`, until the block ends."""
    log = folder / f"server-{workers}.log"
    words = ["serve", "--database", place.url, "--folder", str(place.folder), "--port", "0", "--workers", str(workers)]
    with log.open("wb") as said:
        process = subprocess.Popen([sys.executable, "-m", "server", *words], stdout=subprocess.PIPE, stderr=said, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if " on http" not in line:
            raise RuntimeError(f"the server did not start: {line} {log.read_text(encoding='utf-8')}")
        url = line.split()[3]
        told = sign_in(url, cast.SUPERVISOR, "bench")
        yield Served(url=url, process_id=process.pid, tenant_id=told.tenant_id, user_id=told.user_id, token=told.access_token)
    finally:
        process.terminate()
        process.wait(START_TIMEOUT_S)


async def _make(place: Place, sizes: Sizes) -> None:
    prepare(place)
    open_vault(place.key_file)
    stores, passwords, now = Stores(place), Passwords(), moment_from_us(system_now_us())
    try:
        store = await found_tenant(stores, cast.COMPANY, country=cast.COUNTRY, time_zone=cast.TIME_ZONE)
        await store.write(lambda: fill_tenant(store.engine, store.tenant_id, sizes, now=now))
        password_hash = await passwords.hash(PASSWORD)
        await store.change(lambda each: give_passwords(each, store.tenant_id, password_hash, now))
    finally:
        passwords.close()
        stores.close()
