"""Files that nothing names any more go, after a time of grace, from the rows and from the store: folder and bucket."""

import hashlib
import os
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from unittest.mock import patch
from uuid import UUID

import pytest
import pytest_asyncio
from sqlalchemy import ColumnElement, update

from app.domain.attachments.commands import AttachFile, RemoveFile
from app.domain.conversations.commands import StartConversation
from app.domain.messages.commands import Reply
from app.kernel.columns import moment_from_us, us_from_moment
from app.kernel.ids import new_id
from app.kernel.log import Effect
from server.database.blobs import UNFINISHED, BlobFolder, Blobs
from server.database.bucket import KEY_ID as KEY_VARIABLE
from server.database.bucket import SECRET as SECRET_VARIABLE
from server.database.bucket import BlobBucket
from server.database.files import UNNAMED, is_given_by, keep, let_go, renew, unnamed
from server.database.jobs import Job, TryLater, claim
from server.database.place import Place
from server.database.store import TenantStore
from server.database.uploads import KEPT_S
from server.features.attachments.effects import file_unnamed
from server.jobs.file_keeper import sweep, sweep_bytes, tend
from server.sync.retention import purge
from tests.peers.rclone import KEY_ID, SECRET, Bucket, bucket
from tests.server.world import Database, stores_of

DAY_US = timedelta(days=1) // timedelta(microseconds=1)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bucket]:
    """An S3-compatible store."""
    with bucket(tmp_path_factory.mktemp("s3")) as made:
        yield made


@pytest_asyncio.fixture(params=["folder", "bucket"])
async def store(
    request: pytest.FixtureRequest, place: Place, database: Database, served: Bucket, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[TenantStore]:
    """Acme's data, without a server, at a time that tests set."""
    monkeypatch.setenv(KEY_VARIABLE, KEY_ID)
    monkeypatch.setenv(SECRET_VARIABLE, SECRET)
    url = served.url.replace("/files?", f"/{new_id()}?")  # the workspaces of all tests have the same ids
    with stores_of(replace(place, bucket_url=url) if request.param == "bucket" else place) as stores:
        yield stores.of(database.people.acme)


def blobs_of(store: TenantStore, tenant_id: UUID) -> Blobs:
    """Another workspace's, in the same place."""
    if isinstance(store.blobs, BlobBucket):
        return BlobBucket(store.blobs._client, store.blobs._place, tenant_id)
    assert isinstance(store.blobs, BlobFolder)
    return BlobFolder(store.blobs._folder.parent, tenant_id)


def mine(store: TenantStore) -> ColumnElement[bool]:
    return Effect.tenant_id == store.tenant_id


def later(store: TenantStore, days: float) -> None:
    now_us = store.now_us() + int(days * DAY_US)
    store.now_us = lambda: now_us


async def given(store: TenantStore, database: Database, content: bytes) -> str:
    """Ana gives the server a file."""
    blob = await store.aside(lambda: store.blobs.keep(content))
    await store.change(lambda each: keep(each, store.tenant_id, blob, "text/plain", database.people.ana, store.now_us()))
    return blob.sha256


async def attached(store: TenantStore, database: Database, sha256: str) -> UUID:
    """And says what it is for."""
    talk, message, file, ana = new_id(), new_id(), new_id(), database.people.ana
    await store.issue(StartConversation(conversation_id=talk, channel="email", address="a@b.example"), ana, "d1")
    await store.issue(Reply(conversation_id=talk, message_id=message, text="See the file"), ana, "d1")
    attach = AttachFile(
        attachment_id=file, message_id=message, name="lamp.txt", media_type="text/plain", size_bytes=4, sha256=sha256
    )
    await store.issue(attach, ana, "d1")
    return file


def is_there(store: TenantStore, sha256: str) -> bool:
    try:
        return store.blobs.size(sha256) > 0
    except FileNotFoundError:
        return False


async def carry_out(store: TenantStore) -> int:
    """The jobs that are due; how many."""
    now = moment_from_us(store.now_us())
    until = now + timedelta(minutes=1)
    jobs = await store.change(lambda each: claim(each, store.tenant_id, [UNNAMED], "w", now, until, 10))
    for job in jobs:
        await file_unnamed(store, job)
    return len(jobs)


async def test_what_nothing_names_goes_after_its_grace_and_what_is_named_stays(store: TenantStore, database: Database) -> None:
    orphan, named = [await given(store, database, each) for each in (b"orphan", b"named")]
    await attached(store, database, named)
    assert await sweep(store) == 0
    later(store, 20)
    young = await given(store, database, b"young")
    later(store, 80)
    assert await sweep(store) == 1
    for sha256, is_here in ((orphan, False), (named, True), (young, True)):
        held = await store.look(partial(is_given_by, tenant_id=store.tenant_id, sha256=sha256, user_id=database.people.ana))
        assert held == is_here
    assert is_there(store, orphan), "a backup that has read its row may still want it"
    assert await carry_out(store) == 0
    later(store, 1.01)
    assert await carry_out(store) == 1
    assert [is_there(store, each) for each in (orphan, named, young)] == [False, True, True]
    assert await sweep(store) == 0


async def test_a_deleted_attachment_keeps_its_file_until_it_is_purged(store: TenantStore, database: Database) -> None:
    sha256 = await given(store, database, b"deleted")
    await store.issue(RemoveFile(attachment_id=await attached(store, database, sha256)), database.people.ana, "d1")
    await purge(store)  # notes the time
    later(store, 100)
    assert await sweep(store) == 0
    await purge(store)
    assert await sweep(store) == 1


async def test_what_is_given_again_is_young_again(store: TenantStore, database: Database) -> None:
    again, told = await given(store, database, b"again"), await given(store, database, b"told")
    later(store, 99)
    await given(store, database, b"again")
    await store.change(lambda each: renew(each, store.tenant_id, told, store.now_us()))
    assert await sweep(store) == 0
    assert is_there(store, again)


async def test_what_is_named_or_given_between_looking_and_letting_go_stays(store: TenantStore, database: Database) -> None:
    named, again = await given(store, database, b"named late"), await given(store, database, b"given late")
    later(store, 100)
    now = moment_from_us(store.now_us())
    before = now - timedelta(days=90)
    found = await store.look(lambda each: unnamed(each, store.tenant_id, before))
    assert sorted(found) == sorted([named, again])
    await attached(store, database, named)
    await given(store, database, b"given late")
    assert await store.change(lambda each: let_go(each, store.tenant_id, found, before, now)) == 0


async def test_the_job_leaves_what_was_given_again_after_it_was_let_go(store: TenantStore, database: Database) -> None:
    again = await given(store, database, b"given again")
    coming = await store.aside(lambda: store.blobs.keep(b"given, and its row is still to come"))
    now = moment_from_us(store.now_us())
    before = us_from_moment(now - timedelta(days=1))
    payload = {"hashes": [again, coming.sha256], "before": before}
    job = Job(tenant_id=store.tenant_id, id=new_id(), name=UNNAMED, payload=payload, attempts=1, run_at=now)
    with pytest.raises(TryLater):
        await file_unnamed(store, job)
    assert is_there(store, again)
    assert is_there(store, coming.sha256)


async def test_what_is_gone_already_is_no_fault(store: TenantStore) -> None:
    absent = hashlib.sha256(b"never here").hexdigest()
    assert await store.aside(lambda: store.blobs.drop(absent, moment_from_us(store.now_us())))


async def test_bytes_that_never_became_a_file_go_after_a_day(store: TenantStore, database: Database) -> None:
    """A process went down between the bytes and their row."""
    named = await given(store, database, b"with a row")
    orphans = [(await store.aside(partial(store.blobs.keep, each))).sha256 for each in (b"lost", b"lost too")]
    assert await sweep_bytes(store) == 0, "its row may be on the way"
    later(store, 1.01)
    await store.aside(lambda: store.blobs.drop(orphans[1], moment_from_us(store.now_us())))
    with patch("server.jobs.file_keeper.LOOKED_AT_ONCE", 1):
        await tend(store)
    assert [is_there(store, each) for each in (*orphans, named)] == [False, False, True]
    assert await sweep_bytes(store) == 0


async def test_bytes_of_a_file_that_was_let_go_stay_as_long_as_its_job_wants_them(store: TenantStore, database: Database) -> None:
    sha256 = await given(store, database, b"let go of")
    later(store, 100)
    assert await sweep(store) == 1
    assert await sweep_bytes(store) == 0
    assert is_there(store, sha256)
    await store.change(lambda each: each.execute(update(Effect).where(Effect.name == UNNAMED, mine(store)).values(state="done")))
    assert await sweep_bytes(store) == 1
    assert not is_there(store, sha256)


async def test_bytes_that_are_brought_again_while_they_are_swept_stay(store: TenantStore, database: Database) -> None:
    content = b"brought again"
    sha256 = (await store.aside(lambda: store.blobs.keep(content))).sha256
    before = moment_from_us(store.now_us())
    assert await store.aside(lambda: list(store.blobs.lying(before + timedelta(days=1)))) == [sha256]
    assert await store.aside(lambda: list(store.blobs.lying(before - timedelta(days=1)))) == []
    assert await store.aside(lambda: store.blobs.drop(sha256, before - timedelta(days=1))) is False
    assert is_there(store, sha256)


async def test_no_workspace_sweeps_the_bytes_of_another(store: TenantStore, database: Database) -> None:
    theirs = blobs_of(store, database.people.zenith)
    sha256 = (await store.aside(lambda: theirs.keep(b"of Zenith"))).sha256
    later(store, 2)
    assert await sweep_bytes(store) == 0
    assert theirs.size(sha256)


def test_what_never_became_whole_goes_too(tmp_path: Path) -> None:
    blobs, now = BlobFolder(tmp_path, new_id()), moment_from_us(time.time_ns() // 1000)
    sha256 = blobs.keep(b"whole").sha256
    (blobs.path(sha256).parent.parent / f"{UNFINISHED}abc").write_bytes(b"cut off")
    assert blobs.drop_unfinished(now - timedelta(days=1)) == 0
    assert blobs.drop_unfinished(now + timedelta(days=1)) == 1
    assert blobs.size(sha256) == 5


async def test_a_half_that_nobody_goes_on_with_goes_though_nobody_brings_another(store: TenantStore, database: Database) -> None:
    old, young = [store.uploads.path(database.people.ana, each * 64) for each in "ab"]
    store.uploads.begin(old, database.people.ana, 0)
    for path, age_s in ((old, KEPT_S + 60), (young, 60)):
        path.write_bytes(b"half")
        os.utime(path, (time.time() - age_s,) * 2)
    await tend(store)
    assert (old.exists(), young.exists()) == (False, True)
