"""Files: kept whole under their hash, read whole or in part, by whoever may see the attachment."""

import asyncio
import hashlib
import os
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import httpx
import pytest

from app.domain.attachments.rules import MAX_BYTES
from server.database.blobs import BlobFolder
from server.database.vault import VARIABLE, BadSecretKey, Vault, is_private, open_vault
from server.web.files import MAX_AT_ONCE_BYTES
from server.web.problems import WrongRange
from server.web.ranges import part_of
from tests.server.test_routes import START, make
from tests.server.world import World

CONTENT = bytes(range(256)) * 40


async def attach(caller: httpx.AsyncClient, content: bytes, name: str = "lamp ü.bin") -> str:
    kept = await caller.post("/blobs", content=content, headers={"Content-Type": "application/x-lamp"})
    assert kept.status_code == 201, kept.text
    assert kept.json() == {"sha256": hashlib.sha256(content).hexdigest(), "size_bytes": len(content)}
    talk = await make(caller, "conversations", **START)
    await caller.post(f"/conversations/{talk['id']}/reply", json={"text": "See the file"})
    message = (await caller.get(f"/conversations/{talk['id']}/messages")).json()[0]
    file = {"name": name, "media_type": "application/x-lamp", **kept.json()}
    await caller.post(f"/messages/{message['id']}/attachments", json=file)
    listed = (await caller.get(f"/conversations/{talk['id']}/attachments")).json()
    return str(listed[0]["id"])


async def test_a_file_comes_back_whole_or_in_part(ana: httpx.AsyncClient) -> None:
    path = f"/attachments/{await attach(ana, CONTENT)}/content"
    whole = await ana.get(path)
    assert (whole.status_code, whole.content, whole.headers["Content-Type"]) == (200, CONTENT, "application/x-lamp")
    assert whole.headers["Content-Disposition"] == "attachment; filename*=UTF-8''lamp%20%C3%BC.bin"
    assert whole.headers["X-Content-Type-Options"] == "nosniff"
    part = await ana.get(path, headers={"Range": "bytes=100-199"})
    assert (part.status_code, part.content) == (206, CONTENT[100:200])
    beyond = await ana.get(path, headers={"Range": f"bytes={len(CONTENT)}-"})
    assert (beyond.status_code, beyond.headers["Content-Range"]) == (416, f"bytes */{len(CONTENT)}")
    etag = whole.headers["ETag"]
    changed = await ana.get(path, headers={"Range": "bytes=100-199", "If-Range": '"another"'})
    assert (changed.status_code, changed.content) == (200, CONTENT), "a part of something else is of no use"
    same = await ana.get(path, headers={"Range": "bytes=100-199", "If-Range": etag})
    assert (same.status_code, same.content) == (206, CONTENT[100:200])
    known = await ana.get(path, headers={"If-None-Match": f'"x", {etag}'})
    assert (known.status_code, known.content) == (304, b"")


SIZE = 100
PARTS = {
    "bytes=0-0": (0, 1), "bytes=10-": (10, 100), "bytes=-10": (90, 100), "bytes=-1000": (0, 100), "bytes=90-1000": (90, 100),
    "BYTES=5-6": (5, 7), "": None, "bytes=0-1,5-6": None, "bytes=9-1": None, "bytes=-": None, "bytes=a-b": None,
    "lamps=1-2": None, "bytes=1-2-3": None, f"bytes={'9' * 40}-": None, "bytes=\u0661-": None,
}  # fmt: skip


@pytest.mark.parametrize("asked", PARTS)
def test_a_range_is_read_as_the_rfc_has_it(asked: str) -> None:
    assert part_of({"Range": asked} if asked else {}, SIZE, '"a"') == PARTS[asked]


@pytest.mark.parametrize("asked", ["bytes=100-", "bytes=500-600", "bytes=-0"])
def test_a_range_of_which_nothing_is_there_is_refused(asked: str) -> None:
    with pytest.raises(WrongRange):
        part_of({"Range": asked}, SIZE, '"a"')
    with pytest.raises(WrongRange):
        part_of({"Range": "bytes=-5"}, 0, '"a"')


async def test_a_file_is_out_of_reach_for_others(ana: httpx.AsyncClient, zoe: httpx.AsyncClient) -> None:
    attachment_id = await attach(ana, CONTENT)
    assert (await zoe.get(f"/attachments/{attachment_id}/content")).json()["key"] == "not_here"
    assert (await ana.get(f"/attachments/{uuid4()}/content")).json()["key"] == "not_here"


async def test_a_hash_without_its_file_gives_nothing_of_another_tenant(ana: httpx.AsyncClient, zoe: httpx.AsyncClient) -> None:
    await ana.post("/blobs", content=CONTENT)
    talk = await make(zoe, "conversations", **START)
    await zoe.post(f"/conversations/{talk['id']}/reply", json={"text": "Guess"})
    message = (await zoe.get(f"/conversations/{talk['id']}/messages")).json()[0]
    guessed = {"name": "a", "media_type": "text/plain", "size_bytes": 1, "sha256": hashlib.sha256(CONTENT).hexdigest()}
    await zoe.post(f"/messages/{message['id']}/attachments", json=guessed)
    attachment = (await zoe.get(f"/conversations/{talk['id']}/attachments")).json()[0]
    assert (await zoe.get(f"/attachments/{attachment['id']}/content")).status_code == 404


async def test_a_path_for_a_hash_leads_nowhere(zoe: httpx.AsyncClient) -> None:
    talk = await make(zoe, "conversations", **START)
    await zoe.post(f"/conversations/{talk['id']}/reply", json={"text": "Guess"})
    message = (await zoe.get(f"/conversations/{talk['id']}/messages")).json()[0]
    for sha256 in ("../../secret.key", "/etc/passwd", "", "A" * 64):
        file = {"name": "a", "media_type": "text/plain", "size_bytes": 1, "sha256": sha256}
        assert (await zoe.post(f"/messages/{message['id']}/attachments", json=file)).status_code == 422
        assert (await zoe.put(f"/uploads/{quote(sha256, safe='')}", content=b"x", params={"total": 1})).status_code >= 400
    assert (await zoe.get(f"/conversations/{talk['id']}/attachments")).json() == []


async def test_knowing_the_hash_of_a_colleagues_file_is_not_having_it(ana: httpx.AsyncClient, ben: httpx.AsyncClient) -> None:
    await attach(ana, CONTENT)
    talk = await make(ben, "conversations", **START)
    await ben.post(f"/conversations/{talk['id']}/reply", json={"text": "Guess"})
    message = (await ben.get(f"/conversations/{talk['id']}/messages")).json()[0]
    file = {"name": "a", "media_type": "text/plain", "size_bytes": len(CONTENT), "sha256": hashlib.sha256(CONTENT).hexdigest()}
    await ben.post(f"/messages/{message['id']}/attachments", json=file)
    (card,) = (await ben.get(f"/conversations/{talk['id']}/attachments")).json()
    path = f"/attachments/{card['id']}/content"
    assert (await ben.get(path)).status_code == 404
    assert (await ben.get(f"/uploads/{file['sha256']}")).json() == {"sha256": file["sha256"], "size_bytes": 0, "is_kept": False}
    assert (await ben.post("/blobs", content=CONTENT)).status_code == 201
    assert (await ben.get(path)).content == CONTENT


async def test_a_file_comes_bit_by_bit_and_goes_on_where_the_line_was_cut(ana: httpx.AsyncClient, world: World) -> None:
    sha256 = hashlib.sha256(CONTENT).hexdigest()
    total = {"total": len(CONTENT)}
    first = await ana.put(f"/uploads/{sha256}", params={"offset": 0, **total}, content=CONTENT[:4000])
    assert first.json() == {"sha256": sha256, "size_bytes": 4000, "is_kept": False}

    async def cut() -> AsyncIterator[bytes]:
        yield CONTENT[4000:6000]
        async with asyncio.timeout(60):
            while (await ana.get(f"/uploads/{sha256}")).json()["size_bytes"] != 6000:  # noqa: ASYNC110 - the server tells nobody
                await asyncio.sleep(0.01)
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await ana.put(f"/uploads/{sha256}", params={"offset": 4000, **total}, content=cut())
    wrong = await ana.put(f"/uploads/{sha256}", params={"offset": 4000, **total}, content=CONTENT[4000:])
    assert (wrong.status_code, wrong.json()["values"]["size_bytes"]) == (409, 6000)
    last = await ana.put(f"/uploads/{sha256}", params={"offset": 6000, **total}, content=CONTENT[6000:])
    assert last.json()["is_kept"]
    assert (await ana.get(f"/uploads/{sha256}")).json() == {"sha256": sha256, "size_bytes": 0, "is_kept": True}
    assert world.server.stores.of(world.people.acme).blobs.read(sha256) == CONTENT


async def test_bytes_that_are_not_the_file_are_dropped_and_so_is_what_is_too_much(ana: httpx.AsyncClient) -> None:
    sha256 = hashlib.sha256(CONTENT).hexdigest()
    forged = await ana.put(f"/uploads/{sha256}", params={"total": 4}, content=b"fake")
    assert (forged.status_code, forged.json()["values"]["field"]) == (422, "sha256")
    assert (await ana.get(f"/uploads/{sha256}")).json()["size_bytes"] == 0
    assert (await ana.put(f"/uploads/{sha256}", params={"total": 4}, content=b"longer")).status_code == 413
    assert (await ana.put(f"/uploads/{sha256}", params={"total": MAX_BYTES + 1}, content=b"x")).status_code == 422
    empty = hashlib.sha256(b"").hexdigest()
    assert (await ana.put(f"/uploads/{empty}", content=b"")).json()["is_kept"]


async def test_one_person_cannot_fill_the_disk_with_beginnings(ana: httpx.AsyncClient, ben: httpx.AsyncClient) -> None:
    for number in range(20):
        await ana.put(f"/uploads/{number:064x}", params={"total": 2}, content=b"x")
    answer = await ana.put(f"/uploads/{20:064x}", params={"total": 2}, content=b"x")
    assert (answer.status_code, answer.json()["key"]) == (429, "too_many_uploads")
    assert (await ben.put(f"/uploads/{0:064x}", params={"total": 2}, content=b"x")).status_code == 200


async def test_a_file_that_is_too_large_leaves_nothing_behind(ana: httpx.AsyncClient, world: World) -> None:
    async def parts() -> AsyncIterator[bytes]:
        for _ in range(MAX_AT_ONCE_BYTES // 1_000_000 + 1):
            yield b"x" * 1_000_000

    answer = await ana.post("/blobs", content=parts())
    assert (answer.status_code, answer.json()["key"]) == (413, "too_large")
    assert [file for file in world.server.stores.place.blobs.rglob("*") if file.is_file()] == []


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    folder = BlobFolder(tmp_path, uuid4())

    def broken() -> Iterator[bytes]:
        yield b"half"
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        folder.keep_parts(broken())
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == []
    first, again = folder.keep(b"lamp"), folder.keep_parts([b"la", b"mp"])
    assert (first, folder.read(first.sha256)) == (again, b"lamp")
    assert len([file for file in tmp_path.rglob("*") if file.is_file()]) == 1


def test_a_sealed_password_opens_with_its_key_only(tmp_path: Path) -> None:
    vault = open_vault(tmp_path / "deep" / "secret.key")
    sealed = vault.seal("wächter")
    assert b"chter" not in sealed
    assert open_vault(tmp_path / "deep" / "secret.key").open(sealed) == "wächter"
    assert vault.seal("wächter") != sealed
    with pytest.raises(BadSecretKey):
        Vault(os.urandom(32)).open(sealed)
    assert is_private(tmp_path / "deep" / "secret.key")


def test_a_key_that_is_none_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "not base64!")
    with pytest.raises(BadSecretKey, match="not base64"):
        open_vault(tmp_path / "secret.key")
    monkeypatch.setenv(VARIABLE, "c2hvcnQ=")
    with pytest.raises(BadSecretKey, match="5 bytes"):
        open_vault(tmp_path / "secret.key")


def test_a_key_that_another_process_has_just_begun_to_make_is_waited_for(tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    open_vault(tmp_path / "made" / "secret.key")
    file = tmp_path / "secret.key"
    file.touch(mode=0o600)
    writing = threading.Timer(0.2, lambda: file.write_bytes((tmp_path / "made" / "secret.key").read_bytes()))
    writing.start()
    sealed = open_vault(file).seal("wächter")
    writing.join()
    assert open_vault(tmp_path / "made" / "secret.key").open(sealed) == "wächter"
