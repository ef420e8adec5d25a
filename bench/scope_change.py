"""Somebody joins a team of 20,000 contacts, and leaves it: until they are on their device, and until they are off it."""

import asyncio
import sqlite3
import tempfile
import time
from pathlib import Path

import httpx

from app.domain.contacts.records import Contact
from app.kernel.ids import derived_id
from app.kernel.reader import Reader
from app.replica.idle import IDLE_S
from app.replica.tables import load, load_cursor
from app.replica.thread import ReplicaThread
from app.sync.syncer import Syncer
from bench.report import Row
from bench.served import FULL, QUICK, Served, served, sign_in
from server.database.place import Place
from tests.demo import cast
from tests.demo.fill import BENCH_DEVICE, BENCH_KEY, count_of

CONTACTS, QUICK_CONTACTS = 20_000, 500
TEAM = derived_id("bench", "large team")


def run(quick: bool) -> list[Row]:
    """Over the live socket, as an administrator's click would do it; the server is a process on the same cores."""
    count = QUICK_CONTACTS if quick else CONTACTS
    sizes = QUICK if quick else FULL
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        with served(
            "quick" if quick else "full", sizes, folder, email=cast.MAYA, before=lambda place: _apart(place, count)
        ) as maya:
            gain_s, lose_s, rows, wiped_s = asyncio.run(_measure(maya, folder, count))
    said = f"{count:,} of {sizes.contacts:,} contacts, {rows:,} rows with their numbers, SQLCipher"
    return [
        Row(
            metric="gain_s",
            value=gain_s,
            unit="s",
            target="<= 3",
            peer=f"{said}; to the last row in the replica, and found by search",
        ),
        Row(metric="lose_s", value=lose_s, unit="s", target="<= 3", peer=f"{said}; until none is in the tables, overwritten"),
        Row(
            metric="wiped_s",
            value=wiped_s,
            unit="s",
            peer=f"until the file is written anew without a trace, which waits for {IDLE_S:.0f} s without a write",
        ),
    ]


def _apart(place: Place, count: int) -> None:
    """Give the first contacts to a team that nobody is in."""
    [file] = place.folder.glob("*.db")
    with sqlite3.connect(file) as connection:
        chosen = "SELECT id FROM contact WHERE deleted_at IS NULL ORDER BY id LIMIT ?"
        connection.execute(f"UPDATE contact SET team_id=?, owner_id=NULL WHERE id IN ({chosen})", (TEAM.bytes, count))  # noqa: S608
    connection.close()


async def _measure(maya: Served, folder: Path, count: int) -> tuple[float, float, int, float]:
    aiko = await asyncio.to_thread(sign_in, maya.url, cast.ADMINISTRATOR, "administrator")
    headers = {"Authorization": f"Bearer {aiko.access_token}"}
    replica = await ReplicaThread.open(
        folder / "replica.db", BENCH_KEY, tenant_id=maya.tenant_id, actor_id=maya.user_id, device=BENCH_DEVICE
    )
    syncer = Syncer(replica, maya.url, token=maya.bring_token, refresh=maya.bring_token)
    try:
        is_live = asyncio.Event()
        syncer.subscribe(lambda state: is_live.set() if state.kind == "live" else None)
        syncer.start()
        async with asyncio.timeout(120):
            await is_live.wait()
        before = await _held(replica)
        async with httpx.AsyncClient(base_url=f"{maya.url}/api/v1", headers=headers, timeout=60) as client:
            (await client.post("/teams", json={"team_id": str(TEAM), "name": "Large"})).raise_for_status()
            began = time.perf_counter()
            (await client.post(f"/teams/{TEAM}/members", json={"user_id": str(maya.user_id)})).raise_for_status()
            gain_s = await _reached(replica, before + count, began)
            rows = count * 3
            began = time.perf_counter()
            (await client.delete(f"/teams/{TEAM}/members/{maya.user_id}")).raise_for_status()
            lose_s = await _reached(replica, before, began)
        await _wiped(replica)
        return gain_s, lose_s, rows, time.perf_counter() - began
    finally:
        await syncer.stop()
        await replica.close()


async def _held(replica: ReplicaThread) -> int:
    """How many contacts it has, once it has all that belongs to them; before that none."""

    def held(reader: Reader) -> int:
        is_whole = load_cursor(reader.connection).place is None
        return count_of(reader.connection, Contact) if is_whole else 0

    return await replica.read(held)


async def _wiped(replica: ReplicaThread) -> None:
    """Nobody is told of it."""
    async with asyncio.timeout(300):
        is_unwiped = True
        while is_unwiped:
            await asyncio.sleep(0.05)
            is_unwiped = await replica.read(lambda reader: load(reader.connection, "is_unwiped", default=False))


async def _reached(replica: ReplicaThread, count: int, began: float) -> float:
    """When the replica holds so many contacts, as told by its listener."""
    told = asyncio.Event()
    stop = replica.subscribe(lambda _changed: told.set())
    try:
        async with asyncio.timeout(120):
            while await _held(replica) != count:
                await told.wait()
                told.clear()
        return time.perf_counter() - began
    finally:
        stop()
