"""Recordings of calls on the server: heard by who may, told in the audit, gone on their day; both databases, both stores."""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import Connection, select, update

from app.domain.calls.recorded import AGAIN_WITHIN
from app.domain.calls.recording import DELETED, HEARD, KEPT
from app.kernel.columns import us_from_moment
from app.kernel.ids import new_id
from app.kernel.log import Audit, Effect
from server.database.bucket import KEY_ID as KEY_VARIABLE
from server.database.bucket import SECRET as SECRET_VARIABLE
from server.database.listening import Heard, note
from server.database.place import Place
from tests.peers.rclone import KEY_ID, SECRET, Bucket, bucket
from tests.server.world import Database, World, running

PATIENCE_S = 60
BEGAN = "2026-11-26T09:00:00Z"
MINUTE_US = timedelta(minutes=1) // timedelta(microseconds=1)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bucket]:
    """An S3-compatible store."""
    with bucket(tmp_path_factory.mktemp("s3")) as made:
        yield made


@pytest_asyncio.fixture(params=["folder", "bucket"])
async def either(
    request: pytest.FixtureRequest, place: Place, database: Database, served: Bucket, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[World]:
    """A running server whose files lie in a folder, or in a bucket."""
    monkeypatch.setenv(KEY_VARIABLE, KEY_ID)
    monkeypatch.setenv(SECRET_VARIABLE, SECRET)
    url = served.url.replace("/files?", f"/{new_id()}?")  # the workspaces of all tests have the same ids
    async with running(replace(place, bucket_url=url) if request.param == "bucket" else place, database.people) as made:
        yield made


@pytest_asyncio.fixture
async def keeper(either: World) -> AsyncIterator[httpx.AsyncClient]:
    """The administrator, there."""
    async with either.signed_in("acme", "ana@acme.example") as caller:
        yield caller


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A call with its recording."""

    call_id: str
    file_id: str
    content: bytes
    sha256: str


async def recorded(caller: httpx.AsyncClient, *, sip: str = "a@b", keep_days: int | None = None) -> Made:
    if keep_days is not None:
        rules = {"incoming": "always", "outgoing": "always", "keep_days": keep_days}
        (await caller.put("/workspace/recording", json=rules)).raise_for_status()
    said = {"sip_call_id": sip, "direction": "in", "number": "+4930123456", "state": "active", "started_at": BEGAN}
    call = (await caller.post("/calls", json=said)).raise_for_status().json()
    content = os.urandom(100_000)
    sha256 = hashlib.sha256(content).hexdigest()
    given = await caller.put(f"/uploads/{sha256}", params={"total": len(content)}, content=content)
    assert given.json()["is_kept"], given.text
    file = {"name": "x", "media_type": "audio/flac", "size_bytes": len(content), "sha256": sha256}
    kept = await caller.post(
        f"/calls/{call['id']}/recordings", json={"files": [file], "began_at": BEGAN, "seconds": 61.5, "gaps": [[10.0, 5.5]]}
    )
    [part] = kept.raise_for_status().json()["recording"]["parts"]
    assert (part["seconds"], part["gaps"]) == (61.5, [[10.0, 5.5]])
    return Made(call_id=call["id"], file_id=part["id"], content=content, sha256=sha256)


async def told(world: World, verb: str, count: int) -> list[Any]:
    """The rows of the audit of this verb, once there are so many."""
    store = world.server.stores.of(world.people.acme)

    def rows(connection: Connection) -> list[Any]:
        return list(connection.execute(select(Audit.__table__).where(Audit.tenant_id == store.tenant_id, Audit.verb == verb)))

    async with asyncio.timeout(PATIENCE_S):
        while len(found := await store.look(rows)) < count:  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(0.05)
    return found


async def open_jobs(world: World, *names: str) -> list[str]:
    store = world.server.stores.of(world.people.acme)
    mine = (Effect.tenant_id == store.tenant_id, Effect.name.in_(names), Effect.state != "done")
    return await store.look(lambda each: list(each.execute(select(Effect.name).where(*mine)).scalars()))


async def settled(world: World, *names: str) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while await open_jobs(world, *names):  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(0.05)


async def test_a_recording_is_heard_whole_and_in_part_and_each_listening_is_told_once(
    ana: httpx.AsyncClient, world: World
) -> None:
    made = await recorded(ana)
    path = f"/attachments/{made.file_id}/content"
    assert (await ana.get(path)).content == made.content
    part = await ana.get(path, headers={"Range": "bytes=1000-1999"})
    assert (part.status_code, part.content) == (206, made.content[1000:2000])
    (await ana.post(f"/calls/{made.call_id}/listen", json={})).raise_for_status()
    await settled(world, HEARD)
    [row] = await told(world, "call.listen", 1)
    assert (row.record_id, row.kind, row.operation) == (UUID(made.call_id), "call", "event")
    assert (row.actor_id, row.device, row.address) == (world.people.ana, "d1", "127.0.0.1")
    [listed] = (await ana.get(f"/calls/{made.call_id}/recordings")).json()
    assert (listed["sha256"], listed["size_bytes"], listed["media_type"]) == (made.sha256, 100_000, "audio/flac")


async def test_listening_again_later_is_told_again_and_long_ago_as_of_then(world: World, ana: httpx.AsyncClient) -> None:
    made = await recorded(ana)
    store = world.server.stores.of(world.people.acme)
    now_us, window_us = store.now_us(), AGAIN_WITHIN // timedelta(microseconds=1)

    def heard(acted_us: int, actor_id: UUID = world.people.ana) -> Heard:
        return Heard(call_id=UUID(made.call_id), actor_id=actor_id, device="d9", acted_us=acted_us)

    when = (now_us - 10 * window_us, now_us, now_us + window_us - MINUTE_US, now_us - window_us + MINUTE_US, now_us + window_us)
    noted = [await store.change(lambda each, at=at: note(each, store.tenant_id, heard(at), now_us)) for at in when]  # type: ignore[misc]
    assert noted == [True, True, False, False, True]
    assert await store.change(lambda each: note(each, store.tenant_id, heard(now_us, world.people.ben), now_us))
    assert {row.acted_us for row in await told(world, "call.listen", 4)} == {when[0], when[1], when[4]}


async def test_who_may_not_listen_gets_neither_the_bytes_nor_the_list(
    ana: httpx.AsyncClient, ben: httpx.AsyncClient, zoe: httpx.AsyncClient, world: World
) -> None:
    made = await recorded(ana)  # Ben sees the call, as everybody in the workspace; it is not his own
    call, path = f"/calls/{made.call_id}", f"/attachments/{made.file_id}/content"
    assert (await ben.get(call)).status_code == 200
    for refused in (
        await ben.get(path), await ben.get(path, headers={"Range": "bytes=0-9"}), await ben.get(f"{call}/recordings"),
        await ben.post(f"{call}/listen", json={}),
    ):  # fmt: skip
        assert (refused.status_code, refused.json()["values"]["permission"]) == (403, "call:listen")
    assert (await ben.delete(f"/calls/{made.call_id}/recordings")).json()["values"]["permission"] == "call:erase"
    for missing in (
        await zoe.get(path), await zoe.get(f"{call}/recordings"), await zoe.post(f"{call}/listen", json={}),
        await zoe.delete(f"{call}/recordings"),
    ):  # fmt: skip
        assert (missing.status_code, missing.json()["key"]) == (404, "not_here")
    own = await recorded(ben, sip="mine@b")
    assert (await ben.get(f"/attachments/{own.file_id}/content")).content == own.content
    assert {row.actor_id for row in await told(world, "call.listen", 1)} == {world.people.ben}


async def test_a_recording_goes_on_its_day_by_itself_and_says_so(keeper: httpx.AsyncClient, either: World) -> None:
    ana, world = keeper, either
    made = await recorded(ana, keep_days=30)
    other = await recorded(ana, sip="later@b", keep_days=31)
    store = world.server.stores.of(world.people.acme)
    due = {
        str(row.payload["call_id"]): row.run_at
        for row in await store.look(lambda each: list(each.execute(select(Effect.__table__).where(Effect.name == KEPT))))
    }
    assert due[other.call_id] - due[made.call_id] == timedelta(days=1)
    wanted = us_from_moment(due[made.call_id])
    assert wanted > store.now_us()
    await store.change(  # the day has come
        lambda each: each.execute(
            update(Effect)
            .where(Effect.tenant_id == store.tenant_id, Effect.run_at == due[made.call_id], Effect.name == KEPT)
            .values(run_at=due[made.call_id] - timedelta(days=40_000 // 100))
        )
    )
    for wake in store.on_hurry:
        wake()
    rows = await told(world, "call.delete_recordings", 2)
    await settled(world, DELETED)
    assert {(row.kind, row.record_id, row.device) for row in rows} == {
        ("call", UUID(made.call_id), "retention"), ("attachment", UUID(made.file_id), "retention"),
    }  # fmt: skip
    assert (await ana.get(f"/attachments/{made.file_id}/content")).status_code == 404
    assert (await ana.get(f"/calls/{made.call_id}/recordings")).json() == []
    call = (await ana.get(f"/calls/{made.call_id}")).json()
    assert (call["recording"]["parts"], call["recording"]["policy"], call["recording"]["deleted_us"] > 0) == ([], "always", True)
    with pytest.raises(FileNotFoundError):
        await store.aside(lambda: store.blobs.size(made.sha256))
    assert (await ana.get(f"/attachments/{other.file_id}/content")).content == other.content


async def test_bytes_that_another_call_names_stay(ana: httpx.AsyncClient, world: World) -> None:
    made = await recorded(ana)
    said = {"sip_call_id": "twin@b", "direction": "in", "number": "1", "state": "active", "started_at": BEGAN}
    twin = (await ana.post("/calls", json=said)).json()
    file = {"name": "x", "media_type": "audio/flac", "size_bytes": len(made.content), "sha256": made.sha256}
    body = {"files": [file], "began_at": BEGAN, "seconds": 1.0}
    kept = (await ana.post(f"/calls/{twin['id']}/recordings", json=body)).json()
    assert (await ana.delete(f"/calls/{made.call_id}/recordings")).status_code == 204
    await settled(world, DELETED)
    [part] = kept["recording"]["parts"]
    assert (await ana.get(f"/attachments/{part['id']}/content")).content == made.content
    assert (await ana.get(f"/attachments/{made.file_id}/content")).status_code == 404


async def test_a_call_that_may_not_be_recorded_takes_none_from_the_api_either(ana: httpx.AsyncClient) -> None:
    rules = {"incoming": "never", "outgoing": "always", "keep_days": 9, "announcement": " This call is recorded. "}
    answer = (await ana.put("/workspace/recording", json=rules)).raise_for_status().json()
    assert answer["recording"] == {**rules, "announcement": "This call is recorded."}
    said = {"sip_call_id": "n@b", "direction": "in", "number": "1", "state": "active", "started_at": BEGAN}
    call = (await ana.post("/calls", json=said)).json()
    file = {"name": "x", "media_type": "audio/flac", "size_bytes": 1, "sha256": "0" * 64}
    refused = await ana.post(f"/calls/{call['id']}/recordings", json={"files": [file], "began_at": BEGAN, "seconds": 1.0})
    assert (refused.status_code, refused.json()["key"]) == (422, "not_recorded")
