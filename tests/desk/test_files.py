"""Files on a device: over a line that is cut, sealed on the disk, bounded; and out to the server before their answer."""

import asyncio
import contextlib
import errno
import hashlib
import os
import time
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path
from uuid import UUID

import httpx
import msgspec
import pytest
import pytest_asyncio

from app.desk.files import Files, Wanted
from app.desk.outgoing import try_to_send
from app.desk.room import FileNotKept
from app.desk.sealed import CHUNK_BYTES, DamagedFile, SealedWriter, hash_of, opened_parts
from app.domain.attachments.commands import SentFile
from app.domain.roles.rules import PRESETS, preset_id
from app.kernel.errors import BadValue, NotHere
from app.kernel.ids import new_id
from app.replica.errors import DiskFull
from app.sync.errors import ServerAway
from app.sync.rest import Rest
from app.sync.server import ServerLink
from server.database.blobs import Blob, BlobFolder, BlobsAway
from tests.desk.cut_line import Line, cut_line
from tests.server.test_files import attach
from tests.server.test_routes import START, make
from tests.server.world import SqliteDatabase, World, running

KEY = bytes(range(32))
LARGE = os.urandom(6_000_001)
SHA256 = hashlib.sha256(LARGE).hexdigest()


class Kept:
    """What the replica keeps."""

    def __init__(self) -> None:
        self.values: dict[str, bytes | None] = {}

    async def kept(self, key: str) -> bytes | None:
        return self.values.get(key)

    async def keep(self, key: str, value: bytes | None) -> None:
        self.values[key] = value


@pytest_asyncio.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """A running server."""
    (tmp_path / "made").mkdir()
    database = await asyncio.to_thread(SqliteDatabase, tmp_path / "made")
    async with running(database.copy(tmp_path / "place"), database.people) as made:
        yield made


@contextlib.asynccontextmanager
async def files_of(
    world: World, folder: Path, line: Line | None = None, email: str = "ana@acme.example", **options: int
) -> AsyncIterator[Files]:
    """Somebody's files on a device; Ana's, when nobody else is named."""
    token = (await world.try_sign_in("acme", email)).json()["access_token"]

    async def give() -> str:
        return str(token)

    link = ServerLink(f"http://127.0.0.1:{line.port}" if line else world.address, give, give)
    try:
        yield Files(folder, KEY, Rest(link), Kept(), **options)
    finally:
        await link.close()


async def attached(world: World, content: bytes, name: str = "manual.pdf") -> Wanted:
    """A file that came with a message."""
    async with world.signed_in("acme", "ana@acme.example") as ana:
        attachment_id = UUID(await attach(ana, content, name))
    return Wanted(attachment_id=attachment_id, name=name, size_bytes=len(content), sha256=hashlib.sha256(content).hexdigest())


def port_of(world: World) -> int:
    return int(world.address.rpartition(":")[2])


def all_bytes(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


async def test_a_file_comes_whole_over_a_line_that_is_cut_ten_times(world: World, tmp_path: Path) -> None:
    wanted = await attached(world, LARGE)
    async with cut_line(port_of(world)) as line, files_of(world, tmp_path / "files", line) as files:
        line.after_bytes, line.cuts_left = 500_000, 10
        told: list[int] = []
        path = await files.fetch(wanted, told.append)
        assert line.cuts == 10
        assert told[-1] == len(LARGE)
        assert hash_of(path, KEY) == SHA256
        assert sum(told[n] < told[n - 1] for n in range(1, len(told))) <= 10, "it goes on, and does not begin anew"
        assert min(told[n] - told[n - 1] for n in range(1, len(told))) > -2 * CHUNK_BYTES - 256 * 1024
        assert LARGE[1000:1100] not in all_bytes(tmp_path / "files")
        line.after_bytes, line.cuts_left = 0, 1000
        assert await files.fetch(wanted) == path, "what is here needs no line"


async def test_a_download_that_was_given_up_goes_on_after_a_restart(world: World, tmp_path: Path) -> None:
    wanted = await attached(world, LARGE)
    async with files_of(world, tmp_path / "files") as files:

        def give_up(bytes_here: int) -> None:
            if bytes_here > len(LARGE) // 2:
                fetching.cancel()

        fetching = asyncio.ensure_future(files.fetch(wanted, give_up))  # noqa: TID251 - the test is what holds it
        with pytest.raises(asyncio.CancelledError):
            await fetching
    async with files_of(world, tmp_path / "files") as files:
        told: list[int] = []
        await files.fetch(wanted, told.append)
        assert len(LARGE) // 2 - CHUNK_BYTES < told[0] < len(LARGE), "what was here is not fetched again"


async def test_a_damaged_file_is_fetched_again_and_a_forged_one_is_refused(world: World, tmp_path: Path) -> None:
    wanted = await attached(world, LARGE[:200_000])
    async with files_of(world, tmp_path / "files") as files:
        path = await files.fetch(wanted)
        sealed = bytearray(path.read_bytes())
        sealed[70_000] ^= 1
        path.write_bytes(sealed)
        with pytest.raises(DamagedFile):
            hash_of(path, KEY)
        assert hash_of(await files.fetch(wanted), KEY) == wanted.sha256
        lied = Wanted(attachment_id=wanted.attachment_id, name="x", size_bytes=200_000, sha256="0" * 64)
        with pytest.raises(DamagedFile):
            await files.fetch(lied)
        with pytest.raises(NotHere):
            await files.fetch(Wanted(attachment_id=new_id(), name="x", size_bytes=1, sha256="1" * 64))


async def test_the_folder_is_bounded_and_what_was_used_last_stays(world: World, tmp_path: Path) -> None:
    wanted = [await attached(world, os.urandom(100_000)) for _ in range(4)]
    async with files_of(world, tmp_path / "files", limit_bytes=250_000) as files:
        paths = []
        for number, each in enumerate(wanted):
            paths.append(await files.fetch(each))
            os.utime(paths[-1], (time.time() - 100 + number,) * 2)
            if number == 2:
                os.utime(await files.fetch(wanted[1]), (time.time(),) * 2)
        assert [path.exists() for path in paths] == [False, True, False, True]


async def test_a_plain_copy_has_a_harmless_name_and_goes_with_the_program(world: World, tmp_path: Path) -> None:
    wanted = await attached(world, b"lamp", "..\\evil/\u202egpj.exe")
    async with files_of(world, tmp_path / "files") as files:
        copy = await files.plain_copy(wanted)
        assert copy.read_bytes() == b"lamp"
        assert (copy.parent.parent, copy.stat().st_mode & 0o777) == (tmp_path / "files" / "opened", 0o600)
        await files.save(wanted, tmp_path / "saved.bin")
        assert (tmp_path / "saved.bin").read_bytes() == b"lamp"
        files.forget_opened()
        assert not copy.exists()


async def test_a_file_goes_out_over_a_line_that_is_cut_ten_times_and_its_answer_waits_for_it(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.desk.outgoing.PUT_BYTES", 1_000_000)
    monkeypatch.setattr("app.desk.outgoing.PAUSES_S", (0.05,) * 30)
    (tmp_path / "offer.pdf").write_bytes(LARGE)
    async with cut_line(port_of(world)) as line, files_of(world, tmp_path / "files", line) as files:
        line.after_bytes, line.cuts_left = 0, 1000
        sent = await files.outgoing.take(tmp_path / "offer.pdf", most_bytes=20_000_000)
        assert sent == SentFile(name="offer.pdf", media_type="application/pdf", size_bytes=len(LARGE), sha256=SHA256)
        assert LARGE[1000:1100] not in all_bytes(tmp_path / "files")
        with pytest.raises(ServerAway):
            await files.outgoing.send_waiting()
        assert await files.outgoing.waiting() == [sent], "without a line it waits"
        line.after_bytes, line.cuts_left, line.cuts = 500_000, 10, 0
        await try_to_send(files.outgoing)
        assert (line.cuts, await files.outgoing.waiting()) == (10, [])
    async with world.signed_in("acme", "ana@acme.example") as ana:
        assert (await ana.get(f"/uploads/{SHA256}")).json()["is_kept"]
        content = await answered(ana, sent)
        assert content == LARGE


async def test_a_file_that_is_not_taken_is_set_aside_and_holds_up_no_other(world: World, tmp_path: Path) -> None:
    for name in ("good", "damaged", "lost"):
        (tmp_path / f"{name}.pdf").write_bytes(f"%PDF {name}".encode())
    async with files_of(world, tmp_path / "files") as files:
        damaged = await files.outgoing.take(tmp_path / "damaged.pdf", most_bytes=1000)
        (sealed,) = (tmp_path / "files" / "outgoing").iterdir()
        sealed.write_bytes(sealed.read_bytes()[:-1] + b"x")
        lost = await files.outgoing.take(tmp_path / "lost.pdf", most_bytes=1000)
        (copy,) = (each for each in (tmp_path / "files" / "outgoing").iterdir() if each != sealed)
        copy.unlink()
        good = await files.outgoing.take(tmp_path / "good.pdf", most_bytes=1000)
        await files.outgoing.send_waiting()
        assert await files.outgoing.waiting() == []
        assert [(each.file, each.error) for each in files.outgoing.refused.value] == [
            (damaged, "damaged_file"),
            (lost, "damaged_file"),
        ]
        files.outgoing.refused.set(())  # as for whoever looked just before
        assert await files.outgoing.is_ready(damaged)
        assert (await files.outgoing.waiting(), len(await files.outgoing.load_refused())) == ([], 2), "its author is still asked"
        async with world.signed_in("acme", "ana@acme.example") as ana:
            assert (await ana.get(f"/uploads/{good.sha256}")).json()["is_kept"]
        (tmp_path / "again.pdf").write_bytes(b"%PDF lost")
        again = await files.outgoing.take(tmp_path / "again.pdf", most_bytes=1000)
        assert [each.file for each in files.outgoing.refused.value] == [damaged], (
            "who attaches it anew need not settle the old one"
        )
        await files.outgoing.send_waiting()
        assert (await files.outgoing.waiting(), files.outgoing.is_gone(again.sha256)) == ([], False)
        await files.outgoing.drop(damaged.sha256)
        assert (await files.outgoing.load_refused(), files.outgoing.is_gone(damaged.sha256)) == ((), True)


async def test_a_file_that_the_person_may_not_give_waits_for_a_word_and_goes_when_it_may(world: World, tmp_path: Path) -> None:
    (tmp_path / "offer.pdf").write_bytes(b"%PDF offer")
    agent, rights = preset_id(world.people.acme, "agent"), next(each.rights for each in PRESETS if each.key == "agent")
    less = {right: level for right, level in rights.items() if right != "attachment:*"}
    ben = "ben@acme.example"
    async with files_of(world, tmp_path / "files", email=ben) as files, world.signed_in("acme", "ana@acme.example") as ana:
        assert (await ana.put(f"/roles/{agent}/rights", json={"rights": less})).status_code == 200
        sent = await files.outgoing.take(tmp_path / "offer.pdf", most_bytes=1000)
        await files.outgoing.send_waiting()
        (refused,) = files.outgoing.refused.value
        assert (refused.file, refused.error, refused.values) == (sent, "not_allowed", {"permission": "attachment:create"})
        assert (await ana.put(f"/roles/{agent}/rights", json={"rights": dict(rights)})).status_code == 200
        await files.outgoing.again(sent)
        await files.outgoing.send_waiting()
        assert (files.outgoing.refused.value, await files.outgoing.waiting()) == ((), [])
    async with world.signed_in("acme", ben) as caller:
        assert (await caller.get(f"/uploads/{sent.sha256}")).json()["is_kept"]


async def answered(ana: httpx.AsyncClient, sent: SentFile) -> bytes:
    """What a reader of the answer gets."""
    talk = await make(ana, "conversations", **START)
    file = {"name": sent.name, "media_type": sent.media_type, "size_bytes": sent.size_bytes, "sha256": sent.sha256}
    reply = await ana.post(f"/conversations/{talk['id']}/reply-files", json={"text": "See the file", "files": [file]})
    assert reply.status_code == 200, reply.text
    (card,) = (await ana.get(f"/conversations/{talk['id']}/attachments")).json()
    return (await ana.get(f"/attachments/{card['id']}/content")).content


async def test_a_file_that_is_too_large_to_go_out_is_refused_before_it_is_kept(world: World, tmp_path: Path) -> None:
    (tmp_path / "film.mp4").write_bytes(bytes(1001))
    async with files_of(world, tmp_path / "files") as files:
        with pytest.raises(BadValue, match=r"film\.mp4"):
            await files.outgoing.take(tmp_path / "film.mp4", most_bytes=1000)
        assert await files.outgoing.waiting() == []


def test_a_sealed_file_goes_on_after_its_last_whole_chunk(tmp_path: Path) -> None:
    path = tmp_path / "sealed"
    writer = SealedWriter(path, KEY)
    writer.write(LARGE[:200_000])
    writer.leave()
    path.write_bytes(path.read_bytes() + b"half a chunk")
    again = SealedWriter(path, KEY)
    assert again.size == 3 * CHUNK_BYTES
    again.write(LARGE[again.size : 300_000])
    again.finish()
    assert b"".join(opened_parts(path, KEY)) == LARGE[:300_000]
    assert b"".join(opened_parts(path, KEY, 2)) == LARGE[2 * CHUNK_BYTES : 300_000]
    with pytest.raises(DamagedFile):
        list(opened_parts(path, bytes(32)))


@pytest.mark.soak
async def test_half_a_gigabyte_out_and_in_over_a_line_that_is_cut_ten_times_each_way(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None]
) -> None:
    monkeypatch.setattr("app.desk.outgoing.PAUSES_S", (0.05,) * 30)
    block, size = os.urandom(1_000_000), 500_000_000
    with (tmp_path / "film.mp4").open("wb") as file:
        for number in range(500):
            file.write(number.to_bytes(4) + block[4:])
    async with cut_line(port_of(world)) as line, files_of(world, tmp_path / "files", line) as files:
        sent = await files.outgoing.take(tmp_path / "film.mp4", most_bytes=size)
        line.after_bytes, line.cuts_left = 45_000_000, 10
        begun = time.monotonic()
        await try_to_send(files.outgoing)
        record_property("out_mb_s", round(size / 1e6 / (time.monotonic() - begun), 1))
        assert (line.cuts, await files.outgoing.waiting()) == (10, [])
        async with world.signed_in("acme", "ana@acme.example") as ana:
            talk = await make(ana, "conversations", **START)
            await ana.post(f"/conversations/{talk['id']}/reply", json={"text": "The film"})
            message = (await ana.get(f"/conversations/{talk['id']}/messages")).json()[0]
            named = {"name": sent.name, "media_type": sent.media_type, "size_bytes": size, "sha256": sent.sha256}
            await ana.post(f"/messages/{message['id']}/attachments", json=named)
            (card,) = (await ana.get(f"/conversations/{talk['id']}/attachments")).json()
    async with cut_line(port_of(world)) as line, files_of(world, tmp_path / "elsewhere", line) as files:
        line.after_bytes, line.cuts_left = 45_000_000, 10
        begun = time.monotonic()
        wanted = Wanted(attachment_id=UUID(card["id"]), name="film.mp4", size_bytes=size, sha256=sent.sha256)
        path = await files.fetch(wanted)
        record_property("in_mb_s", round(size / 1e6 / (time.monotonic() - begun), 1))
        assert (line.cuts, hash_of(path, KEY)) == (10, sent.sha256)


async def test_the_copy_of_a_file_that_nothing_waits_for_goes(world: World, tmp_path: Path) -> None:
    for name in ("wanted", "discarded", "again"):
        (tmp_path / name).write_bytes(name.encode())
    async with files_of(world, tmp_path / "files") as files:
        wanted, discarded, again = [
            await files.outgoing.take(tmp_path / name, most_bytes=99) for name in ("wanted", "discarded", "again")
        ]
        assert await files.outgoing.withdraw(discarded.sha256) == discarded
        assert await files.outgoing.withdraw(discarded.sha256) is None, "it waits no longer"
        await files.outgoing.withdraw(again.sha256)
        assert not files.outgoing.is_gone(discarded.sha256), "the person may want it back"
        assert await files.outgoing.is_ready(again), "another answer has it"
        await files.outgoing.tidy()
        assert [files.outgoing.is_gone(each.sha256) for each in (wanted, discarded, again)] == [False, True, False]
        assert not await files.outgoing.is_ready(discarded)
        assert {each.name for each in await files.outgoing.waiting()} == {"wanted", "again"}
        assert len(list((tmp_path / "files" / "outgoing").iterdir())) == 2


async def test_files_of_a_person_who_was_erased_leave_every_place(world: World, tmp_path: Path) -> None:
    content, own = os.urandom(70_000), tmp_path / "own.pdf"
    own.write_bytes(content[::-1])
    wanted, folder = await attached(world, content), tmp_path / "files"
    async with files_of(world, folder) as files:
        await files.fetch(wanted)
        plain = await files.plain_copy(wanted)
        sent = await files.outgoing.take(own, most_bytes=1_000_000)
        assert plain.read_bytes() == content
        await files._store.keep("files:erased", msgspec.json.encode([wanted.sha256, sent.sha256]))
        await files.forget_erased()
        assert [path for path in folder.rglob("*") if path.is_file()] == []
        assert await files.outgoing.waiting() == []
        assert await files._store.kept("files:erased") is None


async def test_a_full_disk_is_said_and_leaves_no_piece_behind(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = await attached(world, LARGE)
    (tmp_path / "offer.pdf").write_bytes(LARGE)
    seal = SealedWriter._seal

    def full(self: SealedWriter, chunk: bytes) -> None:
        if self._count >= 20:
            raise OSError(errno.ENOSPC, "No space left on device")
        seal(self, chunk)

    async with files_of(world, tmp_path / "files") as files:
        with monkeypatch.context() as patched:
            patched.setattr(SealedWriter, "_seal", full)
            with pytest.raises(DiskFull):
                await files.outgoing.take(tmp_path / "offer.pdf", most_bytes=20_000_000)
            assert [path for path in (tmp_path / "files").rglob("*") if path.is_file()] == []
            with pytest.raises(DiskFull):
                await files.fetch(wanted)
        told: list[int] = []
        await files.fetch(wanted, told.append)
        assert told[0] > 20 * CHUNK_BYTES, "with room again it goes on where it was"
        with pytest.raises(FileNotKept):
            await files.save(wanted, tmp_path / "no such folder" / "manual.pdf")


async def test_what_waits_is_given_to_a_server_that_was_unwell_for_long(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.desk.outgoing.PAUSES_S", (0.01, 0.01))
    (tmp_path / "offer.pdf").write_bytes(b"%PDF offer")
    tries = 0
    keep = BlobFolder.keep_parts

    def away(self: BlobFolder, parts: Iterable[bytes]) -> Blob:
        nonlocal tries
        tries += 1
        if tries < 6:
            raise BlobsAway(hint="out for lunch")
        return keep(self, parts)

    monkeypatch.setattr(BlobFolder, "keep_parts", away)
    async with files_of(world, tmp_path / "files") as files:
        await files.outgoing.take(tmp_path / "offer.pdf", most_bytes=1000)
        async with asyncio.timeout(60):
            await asyncio.gather(*(try_to_send(files.outgoing) for _ in range(3)))
        assert await files.outgoing.waiting() == []
