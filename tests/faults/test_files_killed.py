"""Whoever is killed in the middle of a file: it goes on from what was there, is whole at the end, and nothing is left over."""

import asyncio
import hashlib
import json
import os
import re
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import httpx
import pytest

from app.desk.sealed import CHUNK_BYTES, hash_of
from app.desk.sealed_folder import sealed_name
from app.domain.attachments.commands import SentFile
from app.kernel.ids import new_id
from server.database.bucket import KEY_ID as KEY_VARIABLE
from server.database.bucket import SECRET as SECRET_VARIABLE
from server.database.place import BLOBS, read_place
from softphone.sealed import HEAD_BYTES, SEALED_BYTES
from tests.desk.test_files import answered
from tests.faults.desk_process import KEY, TICKETS
from tests.faults.file_process import DONE, OFFER, SEALED, WANTED
from tests.faults.held_line import HeldLine
from tests.faults.own_server import ROOT, OwnServer, found, sign_in
from tests.faults.relay import Way
from tests.peers.process import Peer
from tests.peers.rclone import KEY_ID, SECRET, Bucket, bucket
from tests.server.test_files import attach
from tests.sync.service import until

Victim = Literal["server", "console"]
SIZE, LARGE = 3_000_001, 15_000_000
PATIENCE_S = 120.0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnServer]:
    """A process that is killed and started again; its files lie in a folder."""
    folder = tmp_path_factory.mktemp("server")
    with OwnServer(read_place(f"sqlite:///{folder}/patchbay.db"), folder) as running:
        yield running
        running.kill()


@dataclass(kw_only=True)
class Scene:
    """A server, a console's folder, and the line between them."""

    server: OwnServer
    folder: Path
    line: HeldLine
    content: bytes
    device: str
    console: Peer | None = None

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    @property
    def sealed(self) -> Path:
        return self.folder / SEALED

    def start_console(self, way: Way) -> None:
        words = [sys.executable, "-m", "tests.faults.file_process", str(self.folder), f"http://127.0.0.1:{self.line.port}"]
        environment = {"PYTHONPATH": str(ROOT)}
        self.console = Peer([*words, self.device, way], self.folder, name="console", environment=environment)

    def came(self, way: Way) -> int:
        """How much of it is on the disk of whom it goes to."""
        if way == "up":
            return sum(path.stat().st_size for path in self.server.place.folder.glob(f"uploads/*/*-{self.sha256}"))
        path = self.sealed / "coming" / sealed_name(KEY, self.sha256)
        return (path.stat().st_size - HEAD_BYTES) // SEALED_BYTES * CHUNK_BYTES if path.exists() else 0

    def begun_at(self, way: Way) -> list[int]:
        """From where on it was sent or asked for, each time."""
        if way == "up":
            return [
                int(re.findall(r"offset=(\d+)", where)[0]) for where, _ in self.line.asked("/api/v1/uploads/") if "?" in where
            ]
        heads = [heads for _, heads in self.line.asked("/api/v1/attachments/")]
        return [int(re.findall(r"range: bytes=(\d+)-", each, re.IGNORECASE)[0]) for each in heads]

    async def kill(self, victim: Victim) -> None:
        """At once, without a word."""
        assert self.console is not None
        if victim == "server":
            await asyncio.to_thread(self.server.kill)
        else:
            self.console.kill()
            await asyncio.to_thread(self.console.stop)
        self.line.cut()

    async def revive(self, victim: Victim, way: Way) -> None:
        if victim == "server":
            await asyncio.to_thread(self.server.start)
        else:
            self.start_console(way)

    async def is_done(self) -> None:
        """What the console was to do."""
        assert self.console is not None
        await until((self.folder / DONE).exists, PATIENCE_S)
        await until(lambda: self.console is not None and not self.console.is_running, PATIENCE_S)

    def left(self) -> list[str]:
        """What lies about on both sides that is no whole file."""
        halves = [self.sealed / "coming", self.sealed / "sealing", self.sealed / "outgoing", self.server.place.folder / "uploads"]
        found = [path for folder in halves for path in folder.rglob("*") if path.is_file()]
        return [str(path) for path in (*found, *self.server.place.blobs.rglob(".part-*"))]


@asynccontextmanager
async def scene(server: OwnServer, folder: Path, way: Way, size: int = SIZE) -> AsyncIterator[Scene]:
    """A console that is signed in, and what it is to give or to fetch."""
    content = os.urandom(size)
    async with HeldLine(server.port) as line:
        made = Scene(server=server, folder=folder, line=line, content=content, device=new_id().hex)
        (folder / TICKETS).write_text(json.dumps(await asyncio.to_thread(sign_in, server.url, made.device)))
        if way == "up":
            (folder / OFFER).write_bytes(content)
        else:
            async with caller(server) as ana:
                told = {"id": await attach(ana, content, "offer.bin"), "name": "offer.bin"}
            (folder / WANTED).write_text(json.dumps({**told, "size_bytes": size, "sha256": made.sha256}))
        try:
            yield made
        finally:
            if made.console is not None:
                made.console.kill()
                made.console.stop()


@asynccontextmanager
async def caller(server: OwnServer) -> AsyncIterator[httpx.AsyncClient]:
    """Ana, at the API."""
    headers = {"Authorization": f"Bearer {(await asyncio.to_thread(sign_in, server.url, 'api'))['access_token']}"}
    async with httpx.AsyncClient(base_url=f"{server.url}/api/v1", headers=headers, timeout=60) as ana:
        yield ana


async def check_whole(made: Scene, way: Way) -> None:
    """What came is the file, on the side to which it went."""
    if way == "up":
        sent = SentFile(name="offer.bin", media_type="application/octet-stream", size_bytes=len(made.content), sha256=made.sha256)
        async with caller(made.server) as ana:
            assert (await ana.get(f"/uploads/{made.sha256}")).json() == {"sha256": made.sha256, "size_bytes": 0, "is_kept": True}
            assert await answered(ana, sent) == made.content
    kept = made.sealed / "kept" / sealed_name(KEY, made.sha256)
    assert await asyncio.to_thread(hash_of, kept, KEY) == made.sha256
    assert made.left() == []


async def is_killed_in_the_middle(made: Scene, holding: HeldLine, way: Way, victim: Victim, after_bytes: int) -> tuple[int, int]:
    """Hold the line there, kill one side, and let it all go on: how much of the file had come, and from where on it went on."""
    holding.hold(way, after_bytes)
    made.start_console(way)
    await until(lambda: holding.is_held and made.came(way) > 0, PATIENCE_S)
    await made.kill(victim)
    holding.cut()
    there = made.came(way)
    before = made.begun_at(way)
    assert there > 0
    assert before == sorted(set(before))
    assert not (made.sealed / "kept").exists(), "no half is shown as the file"
    holding.release()
    await made.revive(victim, way)
    await made.is_done()
    return there, made.begun_at(way)[len(before)]


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("way", "victim"),
    [
        ("up", "server"), ("down", "console"),  # to whom it goes
        pytest.param("up", "console", marks=pytest.mark.soak), pytest.param("down", "server", marks=pytest.mark.soak),
    ],
)  # fmt: skip
async def test_a_file_goes_on_from_what_was_there_when_one_side_is_killed(
    server: OwnServer, tmp_path: Path, way: Way, victim: Victim
) -> None:
    async with scene(server, tmp_path, way) as made:
        there, again = await is_killed_in_the_middle(made, made.line, way, victim, SIZE // 3)
        assert there <= again < SIZE, "it goes on, and does not begin anew"
        if (way, victim) in {("up", "server"), ("down", "console")}:
            assert again == there, "what was on the disk, and no more, was there"
        await check_whole(made, way)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    """An S3-compatible store."""
    monkeypatch.setenv(KEY_VARIABLE, KEY_ID)
    monkeypatch.setenv(SECRET_VARIABLE, SECRET)
    with bucket(tmp_path) as made:
        yield made


@pytest.mark.soak
@pytest.mark.timeout(600)
@pytest.mark.parametrize("way", ["up", "down"])
async def test_a_server_killed_between_the_console_and_a_bucket_leaves_nothing_half(
    store: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: Way
) -> None:
    folder, size = tmp_path / "server", LARGE
    folder.mkdir()
    port = int(store.url.rpartition(":")[2])
    async with HeldLine(port) as line:
        monkeypatch.setenv(BLOBS, store.url.replace(f":{port}", f":{line.port}"))
        place = read_place(f"sqlite:///{folder}/patchbay.db")
        await found(place)
        server = OwnServer(place, folder)
        await asyncio.to_thread(server.start)
        try:
            async with scene(server, tmp_path, way, size) as made:
                there, again = await is_killed_in_the_middle(made, line, way, "server", size // 2)
                assert 0 < there <= again, "it goes on, and does not begin anew"
                await check_whole(made, way)
                lying = {path.name: path.stat().st_size for path in store.folder.rglob("*") if path.is_file()}
                assert lying == {"begun": 1, made.sha256: size}, "the ledger's beginning, and the file"
        finally:
            server.kill()
