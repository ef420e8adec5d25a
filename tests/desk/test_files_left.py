"""What a killed server or program leaves behind of files: it is gone on with, or it goes."""

import hashlib
import os
import time
from collections.abc import Iterable
from pathlib import Path

import msgspec
import pytest

from app.desk.sealed import hash_of
from server.database.blobs import BlobFolder, BlobsAway
from tests.desk.test_files import KEY, LARGE, attached, files_of
from tests.desk.test_files import world as world  # noqa: PLC0414 - a fixture
from tests.server.world import World


async def test_what_a_server_that_went_down_had_of_a_file_is_gone_on_with_or_found_to_be_damaged(
    world: World, tmp_path: Path
) -> None:
    uploads = world.server.stores.of(world.people.acme).uploads
    halves = {"all": LARGE, "some": LARGE[:1_000_001], "damaged": bytes(1_000_001)}
    async with files_of(world, tmp_path / "files") as files:
        for name, half in halves.items():
            content = LARGE + name.encode()
            (tmp_path / name).write_bytes(content)
            sent = await files.outgoing.take(tmp_path / name, most_bytes=10_000_000)
            path = uploads.path(world.people.ana, sent.sha256)
            uploads.begin(path, world.people.ana, 0)
            path.write_bytes(half + name.encode() if name == "all" else half)
            await files.outgoing.send_waiting()
            assert (await files.outgoing.waiting(), files.outgoing.refused.value) == ([], ())
            assert hashlib.sha256(world.server.stores.of(world.people.acme).blobs.read(sent.sha256)).hexdigest() == sent.sha256
            assert not path.exists()
            path.write_bytes(content)  # it went down before it could let go of it
            await files.outgoing.again(sent)
            await files.outgoing.send_waiting()
            assert not path.exists()


async def test_what_a_killed_program_left_behind_goes_at_its_next_start(world: World, tmp_path: Path) -> None:
    folder, saved = tmp_path / "files", tmp_path / ".manual.pdf.part"
    async with files_of(world, folder) as files:
        for name, age_days in (("sealing/x", 0), ("coming/young", 1), ("coming/old", 4)):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(b"half")
            os.utime(folder / name, (time.time() - 86_400 * age_days,) * 2)
        await files.outgoing.tidy()
        assert [path.name for path in folder.rglob("*") if path.is_file()] == ["young"]
        saved.write_bytes(b"%PDF ha")
        await files._store.keep("files:saving", msgspec.json.encode([str(saved), str(tmp_path / "gone")]))
        await files.halves.drop_left()
        assert (saved.exists(), await files._store.kept("files:saving")) == (False, None)


async def test_what_is_being_saved_is_noted_until_it_is_whole(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted, noted = await attached(world, b"lamp"), list[bytes | None]()
    async with files_of(world, tmp_path / "files") as files:
        write = files._folder.write_plain

        def look(path: Path, target: Path) -> None:
            noted.append(files._store.values["files:saving"])  # type: ignore[attr-defined] # the test's own
            write(path, target)

        monkeypatch.setattr(files._folder, "write_plain", look)
        await files.save(wanted, tmp_path / "saved.bin")
        assert noted == [msgspec.json.encode([str(tmp_path / ".saved.bin.part")])]
        assert await files._store.kept("files:saving") is None


async def test_a_download_waits_for_a_server_that_is_unwell(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.desk.files.PAUSE_S", 0.01)
    wanted, tries, parts = await attached(world, b"lamp"), 0, BlobFolder.parts

    def away(self: BlobFolder, sha256: str, start: int, end: int) -> Iterable[bytes]:
        nonlocal tries
        tries += 1
        if tries < 4:
            raise BlobsAway(hint="out for lunch")
        return parts(self, sha256, start, end)

    monkeypatch.setattr(BlobFolder, "parts", away)
    async with files_of(world, tmp_path / "files") as files:
        assert (hash_of(await files.fetch(wanted), KEY), tries) == (wanted.sha256, 4)
