"""A console that was away: 500 changes meanwhile, from connecting again to the last of them in its replica."""

import asyncio
import tempfile
import time
from functools import partial
from pathlib import Path
from uuid import UUID

import httpx

from app.domain.contacts.queries import contact, contacts
from app.kernel.clock import system_now_us
from app.kernel.record import KINDS
from app.replica.thread import ReplicaThread
from app.sync.exchange import Exchange
from app.sync.server import ServerLink
from app.sync.syncer import Syncer
from bench.report import Row, percentile
from bench.served import FULL, QUICK, Served, served
from tests.demo.fill import BENCH_DEVICE, BENCH_KEY, count_of

CHANGES, ROUNDS = 500, 5


def run(quick: bool) -> list[Row]:
    """How long somebody is away does not matter, only what changed: nobody waits for 45 minutes here."""
    changes, rounds = (50, 2) if quick else (CHANGES, ROUNDS)
    with (
        tempfile.TemporaryDirectory() as text,
        served("quick" if quick else "full", QUICK if quick else FULL, Path(text)) as server,
    ):
        took_ms, rows = asyncio.run(_measure(server, Path(text), changes, rounds))
    said = f"{changes} changes among {rows:,} rows, {rounds} times; to the replica's listener, nothing painted"
    return [
        Row(metric="painted_ms", value=percentile(took_ms, 50), unit="ms", target="<= 1000", peer=said),
        Row(metric="worst_ms", value=max(took_ms), unit="ms", peer=said),
    ]


async def _measure(server: Served, folder: Path, changes: int, rounds: int) -> tuple[list[float], int]:
    replica = await ReplicaThread.open(
        folder / "replica.db", BENCH_KEY, tenant_id=server.tenant_id, actor_id=server.user_id, device=BENCH_DEVICE
    )
    link = ServerLink(server.url, server.bring_token, server.bring_token)
    try:
        await Exchange(replica, link, system_now_us).pull(lambda _done, _total: None)
        rows = await replica.read(lambda reader: sum(count_of(reader.connection, kind) for kind in KINDS.values()))
        took_ms = [await _round(server, replica, changes, number) for number in range(rounds)]
    finally:
        await link.close()
        await replica.close()
    return took_ms, rows


async def _round(server: Served, replica: ReplicaThread, changes: int, number: int) -> float:
    """Somebody else changes contacts all over the list; then the console comes back."""
    ids, after = list[str](), None
    while len(ids) < changes:
        page = await replica.read(partial(contacts, limit=200, after=after))
        ids += [row.id.hex for row in page.rows]
        after = page.next
    async with httpx.AsyncClient(base_url=server.url, headers=server.headers, timeout=30) as client:
        for record_id in ids[:changes]:
            body = {"job_title": f"Changed {number}"}
            (await client.patch(f"/api/v1/contacts/{record_id}", json=body)).raise_for_status()
    is_here = asyncio.Event()
    last = ids[changes - 1]
    stop = replica.subscribe(lambda told: is_here.set() if told.ids is None or last in {each.hex for each in told.ids} else None)
    syncer = Syncer(replica, server.url, token=server.bring_token, refresh=server.bring_token)
    began = time.perf_counter()
    syncer.start()
    try:
        async with asyncio.timeout(60):
            await is_here.wait()
            row = await replica.read(lambda reader: contact(reader, UUID(hex=last)))
        assert row.job_title == f"Changed {number}"
        return (time.perf_counter() - began) * 1_000
    finally:
        stop()
        await syncer.stop()
