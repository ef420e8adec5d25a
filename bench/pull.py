"""The first download of 100k contacts into an encrypted replica, and of a million rows; one changed row; peers beside it."""

import asyncio
import tempfile
import time
from pathlib import Path

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
FEW_ROWS = Sizes(contacts=20_000, accounts=2_000, identities=40_000)  # a hundred thousand rows
MANY_ROWS = Sizes(contacts=200_000, accounts=20_000, identities=400_000)  # a million
QUICK_FEW = Sizes(contacts=500, accounts=50, identities=1_000)


def run(quick: bool) -> list[Row]:
    """Console and server are two processes on the same cores; so are PouchDB's."""
    sizes = QUICK if quick else FULL
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        with served("quick" if quick else "full", sizes, folder) as server:
            rows_per_s, contacts_per_s, rows, changes_ms = asyncio.run(_measure(server, folder))
            floor_per_s = floor.measure(place_of(folder).tenant_file(server.tenant_id), folder)
        few = _again("quick-few" if quick else "few", QUICK_FEW if quick else FEW_ROWS)
        many = (rows_per_s, rows) if quick else _again("many", MANY_ROWS)
        said = f"{rows:,} rows of {sizes.contacts:,} contacts with numbers and addresses, SQLCipher, indexes made"
        figures = [
            Row(metric="rows_per_s", value=rows_per_s, unit="1/s", target=">= 25000", peer=said),
            Row(metric="contacts_per_s", value=contacts_per_s, unit="1/s", peer=said),
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
                metric="slope_100k_1m", value=few[0] / many[0], unit="times", target="" if quick else "<= 1.1",
                peer=f"time a row: {many[1]:,} rows to {few[1]:,}",
            ),
            Row(metric="rows_per_s_100k", value=few[0], unit="1/s", peer=f"{few[1]:,} rows"),
            Row(metric="rows_per_s_1m", value=many[0], unit="1/s", peer=f"{many[1]:,} rows"),
        ]  # fmt: skip
        return figures + _beside_pouchdb(2_000 if quick else 20_000, folder, rows_per_s, contacts_per_s)


def _again(name: str, sizes: Sizes) -> tuple[float, int]:
    """Rows a second of another tenant's first download, and how many they were."""
    with tempfile.TemporaryDirectory() as text, served(name, sizes, Path(text)) as server:
        rows_per_s, _, rows, _ = asyncio.run(_measure(server, Path(text)))
    return rows_per_s, rows


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


async def _measure(server: Served, folder: Path) -> tuple[float, float, int, list[float]]:
    """Rows and contacts a second, how many rows there were, and the milliseconds of each single change."""
    replica = await ReplicaThread.open(
        folder / "replica.db", BENCH_KEY, tenant_id=server.tenant_id, actor_id=server.user_id, device=BENCH_DEVICE
    )
    link = ServerLink(server.url, server.bring_token, server.bring_token)
    exchange = Exchange(replica, link, system_now_us)
    came: list[int] = [0]
    try:
        began = time.perf_counter()
        await exchange.pull(lambda done, _total: came.append(done))
        seconds = time.perf_counter() - began
        page = await replica.read(lambda reader: contacts(reader, limit=CHANGES))
        changes_ms = [await _one_change(server, exchange, row.id.hex, number) for number, row in enumerate(page.rows)]
        newest = await replica.read(lambda reader: contacts(reader, limit=CHANGES))
        assert [row.job_title for row in newest.rows] == [f"Changed {number}" for number in range(len(page.rows))]
        held = await replica.read(_count_contacts)
    finally:
        await link.close()
        await replica.close()
    return max(came) / seconds, held / seconds, max(came), changes_ms


async def _one_change(server: Served, exchange: Exchange, contact_id: str, number: int) -> float:
    async with httpx.AsyncClient(base_url=server.url, headers=server.headers) as client:
        answer = await client.patch(f"/api/v1/contacts/{contact_id}", json={"job_title": f"Changed {number}"})
        answer.raise_for_status()
    began = time.perf_counter()
    await exchange.pull(lambda _done, _total: None)
    return (time.perf_counter() - began) * 1_000


def _count_contacts(reader: Reader) -> int:
    return count_of(reader.connection, Contact)
