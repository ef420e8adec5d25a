"""The first download of 100k contacts into an encrypted replica, and of a million rows; one changed row; peers beside it."""

import asyncio
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import httpx

from app.domain.contacts.queries import contacts
from app.domain.contacts.records import Contact
from app.kernel.clock import system_now_us
from app.kernel.reader import Reader
from app.replica.thread import ReplicaThread
from app.sync.exchange import Exchange
from app.sync.server import ServerLink
from bench import floor, pouch
from bench.report import Row, percentile
from bench.served import FULL, QUICK, Served, place_of, served
from tests.demo.dataset import Sizes
from tests.demo.fill import BENCH_DEVICE, BENCH_KEY, count_of

CHANGES = 60
LOOK_S = 0.02
FEW_ROWS = Sizes(contacts=20_000, accounts=2_000, identities=40_000)  # a hundred thousand rows
MANY_ROWS = Sizes(contacts=200_000, accounts=20_000, identities=400_000)  # a million
QUICK_FEW = Sizes(contacts=500, accounts=50, identities=1_000)


class Pulled(NamedTuple):
    """A first download: its rows, and the seconds until it could be used, and from then until it could be searched."""

    rows: int
    contacts: int
    seconds: float
    index_s: float
    own_s: float  # of the console's processor time, until it could be used
    changes_ms: list[float]

    @property
    def rows_per_s(self) -> float:
        """Until it could be used."""
        return self.rows / self.seconds

    @property
    def searchable_per_s(self) -> float:
        """Until it could be searched."""
        return self.rows / (self.seconds + self.index_s)


def run(quick: bool) -> list[Row]:
    """Console and server are two processes on the same cores; so are PouchDB's."""
    sizes = QUICK if quick else FULL
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        with served("quick" if quick else "full", sizes, folder) as server:
            pulled = asyncio.run(_measure(server, folder))
            floor_per_s = floor.measure(place_of(folder).tenant_file(server.tenant_id), folder)
        few = _again("quick-few" if quick else "few", QUICK_FEW if quick else FEW_ROWS)
        many = pulled if quick else _again("many", MANY_ROWS)
        rows_per_s, changes_ms = pulled.rows_per_s, pulled.changes_ms
        contacts_per_s = pulled.contacts / pulled.seconds
        said = f"{pulled.rows:,} rows of {sizes.contacts:,} contacts with numbers and addresses, SQLCipher, keys made, in use"
        figures = [
            Row(metric="rows_per_s", value=rows_per_s, unit="1/s", target=">= 25000", peer=said),
            Row(
                metric="own_rows_per_s",
                value=pulled.rows / pulled.own_s,
                unit="1/s",
                peer="in a second of the console's processor time, whatever else is at work",
            ),
            Row(metric="contacts_per_s", value=contacts_per_s, unit="1/s", peer=said),
            Row(
                metric="searchable_rows_per_s",
                value=pulled.searchable_per_s,
                unit="1/s",
                peer=f"until all of it is in the search index, which took {pulled.index_s:.1f} s more, in the background",
            ),
            Row(metric="one_change_ms", value=percentile(changes_ms, 50), unit="ms", target="<= 20", peer="median of a pull"),
            Row(metric="one_change_p99_ms", value=percentile(changes_ms, 99), unit="ms", peer=f"{len(changes_ms)} pulls"),
        ]
        figures += [
            Row(
                metric="vs_floor", value=rows_per_s / floor_per_s, unit="times", target=">= 0.5",
                peer="the same rows over aiohttp, msgpack and zstd into plain SQLite",
            ),
            Row(metric="floor_rows_per_s", value=floor_per_s, unit="1/s", peer="without sign-in, sight, encryption and indexes"),
            Row(
                metric="slope_100k_1m", value=few.rows_per_s / many.rows_per_s, unit="times", target="" if quick else "<= 1.1",
                peer=f"time a row: {many.rows:,} rows to {few.rows:,}",
            ),
            Row(metric="rows_per_s_100k", value=few.rows_per_s, unit="1/s", peer=f"{few.rows:,} rows"),
            Row(metric="rows_per_s_1m", value=many.rows_per_s, unit="1/s", peer=f"{many.rows:,} rows"),
            Row(metric="searchable_rows_per_s_1m", value=many.searchable_per_s, unit="1/s", peer=f"{many.rows:,} rows"),
        ]  # fmt: skip
        return figures + _beside_pouchdb(2_000 if quick else 20_000, folder, rows_per_s, contacts_per_s)


def _again(name: str, sizes: Sizes) -> Pulled:
    """Another tenant's first download."""
    with tempfile.TemporaryDirectory() as text, served(name, sizes, Path(text)) as server:
        return asyncio.run(_measure(server, Path(text)))


def _beside_pouchdb(count: int, folder: Path, rows_per_s: float, contacts_per_s: float) -> list[Row]:
    try:
        peer = pouch.measure(count, folder / "pouchdb")
    except pouch.NoPeer as reason:
        return [Row(metric="vs_pouchdb", value=0, unit="times", target=">= 8", peer=f"PouchDB was not measured: {reason}")]
    said = f"{count:,} documents of {peer.doc_bytes} bytes, PouchDB 9 on LevelDB"
    return [
        Row(metric="vs_pouchdb", value=rows_per_s / peer.docs_per_s, unit="times", target=">= 8", peer=f"rows to {said}"),
        Row(
            metric="vs_pouchdb_contacts", value=contacts_per_s / peer.docs_per_s, unit="times",
            peer="whole contacts (five rows each) to documents",
        ),
        Row(metric="pouchdb_docs_per_s", value=peer.docs_per_s, unit="1/s", peer=said),
        Row(metric="pouchdb_one_change_ms", value=peer.one_change_ms, unit="ms", peer=said),
    ]  # fmt: skip


async def _measure(server: Served, folder: Path) -> Pulled:
    """A first download until it can be used, then until it can be searched, then single changes."""
    replica = await ReplicaThread.open(
        folder / "replica.db", BENCH_KEY, tenant_id=server.tenant_id, actor_id=server.user_id, device=BENCH_DEVICE
    )
    link = ServerLink(server.url, server.bring_token, server.bring_token)
    exchange = Exchange(replica, link, system_now_us)
    came: list[int] = [0]
    try:
        began, worked = time.perf_counter(), time.process_time()
        await exchange.pull(lambda done, _total: came.append(done))
        seconds, own_s = time.perf_counter() - began, time.process_time() - worked
        page = await replica.read(lambda reader: contacts(reader, limit=CHANGES))
        while replica.indexed is not None:
            await asyncio.to_thread(time.sleep, LOOK_S)
        index_s = time.perf_counter() - began - seconds
        changes_ms = [await _one_change(server, exchange, row.id.hex, number) for number, row in enumerate(page.rows)]
        newest = await replica.read(lambda reader: contacts(reader, limit=CHANGES))
        assert [row.job_title for row in newest.rows] == [f"Changed {number}" for number in range(len(page.rows))]
        held = await replica.read(_count_contacts)
    finally:
        await link.close()
        await replica.close()
    return Pulled(rows=max(came), contacts=held, seconds=seconds, index_s=index_s, own_s=own_s, changes_ms=changes_ms)


async def _one_change(server: Served, exchange: Exchange, contact_id: str, number: int) -> float:
    async with httpx.AsyncClient(base_url=server.url, headers=server.headers) as client:
        answer = await client.patch(f"/api/v1/contacts/{contact_id}", json={"job_title": f"Changed {number}"})
        answer.raise_for_status()
    began = time.perf_counter()
    await exchange.pull(lambda _done, _total: None)
    return (time.perf_counter() - began) * 1_000


def _count_contacts(reader: Reader) -> int:
    return count_of(reader.connection, Contact)
