"""A commit on the server to the row in another console's replica. (The painted figure comes with the console.)"""

import asyncio
import tempfile
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from app.domain.contacts.queries import contact, contacts
from app.replica.changed import Changed
from app.replica.thread import ReplicaThread
from app.sync.state import SyncState
from app.sync.syncer import Syncer
from bench.report import Row, percentile
from bench.served import QUICK, Served, served
from tests.demo.dataset import DEMO
from tests.demo.fill import BENCH_DEVICE, BENCH_KEY

PAUSE_S = 0.02
HEARD_TIMEOUT_S = 10.0


def run(quick: bool) -> list[Row]:
    """One person changes contacts over the REST API, the console of another is told over its live socket."""
    count = 60 if quick else 500
    name, sizes = ("quick", QUICK) if quick else ("demo", DEMO)
    with tempfile.TemporaryDirectory() as text, served(name, sizes, Path(text)) as server:
        from_request_ms, from_answer_ms = asyncio.run(_measure(server, Path(text), count))
    said = f"{count} changes; from sending the change to reading the row in the other console's replica; nothing painted yet"
    return [
        Row(metric="p50_ms", value=percentile(from_request_ms, 50), unit="ms", peer=said),
        Row(metric="p99_ms", value=percentile(from_request_ms, 99), unit="ms", target="<= 100", peer=said),
        Row(
            metric="after_commit_p99_ms", value=percentile(from_answer_ms, 99), unit="ms",
            peer="from the server's answer to the one who changed it",
        ),
    ]  # fmt: skip


class Watch:
    """Waits until the replica tells of a record."""

    def __init__(self) -> None:
        self._told = asyncio.Event()
        self._record_id = UUID(int=0)

    def expect(self, record_id: UUID) -> None:
        self._record_id = record_id
        self._told.clear()

    def hear(self, changed: Changed) -> None:
        if changed.ids is not None and self._record_id in changed.ids:
            self._told.set()

    async def heard(self) -> None:
        async with asyncio.timeout(HEARD_TIMEOUT_S):
            await self._told.wait()


async def _measure(server: Served, folder: Path, count: int) -> tuple[list[float], list[float]]:
    replica = await ReplicaThread.open(
        folder / "replica.db", BENCH_KEY, tenant_id=server.tenant_id, actor_id=server.user_id, device=BENCH_DEVICE
    )
    syncer = Syncer(replica, server.url, token=server.bring_token, refresh=server.bring_token)
    is_live = asyncio.Event()

    def look(state: SyncState) -> None:
        if state.kind == "live":
            is_live.set()

    try:
        syncer.subscribe(look)
        syncer.start()
        await asyncio.wait_for(is_live.wait(), 60)
        return await _change(server, replica, count)
    finally:
        await syncer.stop()
        await replica.close()


async def _change(server: Served, replica: ReplicaThread, count: int) -> tuple[list[float], list[float]]:
    watch = Watch()
    replica.subscribe(watch.hear)
    page = await replica.read(lambda reader: contacts(reader, limit=100))
    from_request_ms, from_answer_ms = list[float](), list[float]()
    async with httpx.AsyncClient(base_url=server.url, headers=server.headers) as client:
        for number in range(count):
            contact_id: UUID = page.rows[number % len(page.rows)].id
            watch.expect(contact_id)
            began = time.perf_counter()
            change = client.patch(f"/api/v1/contacts/{contact_id}", json={"job_title": f"Changed {number}"})
            (response, answered), shown = await asyncio.gather(_timed(change), _shown(watch, replica, contact_id, number))
            response.raise_for_status()
            from_request_ms.append((shown - began) * 1_000)
            from_answer_ms.append(max(shown - answered, 0) * 1_000)
            await asyncio.sleep(PAUSE_S)
    return from_request_ms, from_answer_ms


async def _timed(change: Coroutine[Any, Any, httpx.Response]) -> tuple[httpx.Response, float]:
    return await change, time.perf_counter()


async def _shown(watch: Watch, replica: ReplicaThread, contact_id: UUID, number: int) -> float:
    await watch.heard()
    row = await replica.read(lambda reader: contact(reader, contact_id))
    assert row.job_title == f"Changed {number}"
    return time.perf_counter()
