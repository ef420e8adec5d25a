"""Files: kept whole under their hash, read whole or in part, by whoever may see the attachment."""

import hashlib
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from app.domain.attachments.rules import MAX_BYTES
from server.database.blobs import BlobFolder
from server.database.vault import VARIABLE, BadSecretKey, Vault, is_private, open_vault
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
    assert beyond.status_code == 416


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
    for number, sha256 in enumerate(("../../secret.key", "/etc/passwd", "")):
        file = {"name": "a", "media_type": "text/plain", "size_bytes": 1, "sha256": sha256}
        await zoe.post(f"/messages/{message['id']}/attachments", json=file)
        listed = (await zoe.get(f"/conversations/{talk['id']}/attachments")).json()
        for attachment in listed[number:]:
            assert (await zoe.get(f"/attachments/{attachment['id']}/content")).status_code == 404


async def test_a_file_that_is_too_large_leaves_nothing_behind(ana: httpx.AsyncClient, world: World) -> None:
    async def parts() -> AsyncIterator[bytes]:
        for _ in range(MAX_BYTES // 1_000_000 + 1):
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
