"""Files in a real S3-compatible store: the same promises as a folder's, over the same doors."""

import hashlib
import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch
from uuid import uuid4

import pytest
import pytest_asyncio

from server.database.blobs import BlobsAway
from server.database.bucket import KEY_ID as KEY_VARIABLE
from server.database.bucket import SECRET as SECRET_VARIABLE
from server.database.bucket import BadBucket, BlobBucket, open_bucket, read_bucket
from server.database.place import BLOBS
from tests.peers.rclone import KEY_ID, SECRET, Bucket, bucket
from tests.server.test_files import attach
from tests.server.world import Database, World, running

CONTENT = os.urandom(700_001)
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bucket]:
    """The store."""
    with bucket(tmp_path_factory.mktemp("s3")) as made:
        yield made


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch, served: Bucket) -> None:
    """In the environment, as for every tool of such stores."""
    monkeypatch.setenv(KEY_VARIABLE, KEY_ID)
    monkeypatch.setenv(SECRET_VARIABLE, SECRET)
    monkeypatch.setenv(BLOBS, served.url)


@pytest.fixture
def blobs(served: Bucket) -> BlobBucket:
    """A tenant's files in it."""
    place = read_bucket(served.url)
    return BlobBucket(open_bucket(place), place, uuid4())


@pytest_asyncio.fixture
async def world(credentials: None, on_sqlite: Database, tmp_path: Path, served: Bucket) -> AsyncIterator[World]:
    """A server that keeps files there."""
    place = replace(on_sqlite.copy(tmp_path / "place"), bucket_url=served.url)
    async with running(place, on_sqlite.people) as made:
        yield made


def test_what_is_kept_comes_back_whole_and_in_parts(blobs: BlobBucket, served: Bucket) -> None:
    kept = blobs.keep_parts([CONTENT[:300_000], CONTENT[300_000:]])
    assert (kept.sha256, kept.size_bytes, blobs.size(SHA256)) == (SHA256, len(CONTENT), len(CONTENT))
    assert blobs.read(SHA256) == CONTENT
    assert b"".join(blobs.parts(SHA256, 100_000, 600_000)) == CONTENT[100_000:600_000]
    assert blobs.keep(CONTENT) == kept, "the same file again is the same file"
    assert len([file for file in served.folder.rglob(SHA256) if str(blobs._tenant_id) in str(file)]) == 1
    assert blobs.read(blobs.keep(b"").sha256) == b""


def test_what_is_not_there_and_what_is_anothers_is_not_found(blobs: BlobBucket) -> None:
    blobs.keep(CONTENT)
    other = BlobBucket(blobs._client, blobs._place, uuid4())
    for sha256 in (SHA256, "../" + SHA256[3:], "", "0" * 64):
        with pytest.raises(FileNotFoundError):
            other.read(sha256)
        with pytest.raises(FileNotFoundError):
            list(other.parts(sha256, 0, 10))


def test_a_file_that_was_changed_in_the_store_is_not_given_out_as_it(blobs: BlobBucket, served: Bucket) -> None:
    blobs.keep(CONTENT)
    (path,) = [file for file in served.folder.rglob(SHA256) if str(blobs._tenant_id) in str(file)]
    path.write_bytes(bytes(len(CONTENT)))
    with pytest.raises(BlobsAway, match="other content"):
        blobs.read(SHA256)


def test_wrong_credentials_and_an_absent_store_are_said(served: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SECRET_VARIABLE, "wrong")
    place = read_bucket(served.url)
    with pytest.raises(BlobsAway):
        BlobBucket(open_bucket(place), place, uuid4()).keep(CONTENT)
    nowhere = read_bucket("s3://nowhere/y?endpoint=http://127.0.0.1:9")
    with pytest.raises(BlobsAway):
        BlobBucket(open_bucket(nowhere), nowhere, uuid4()).size(SHA256)


def test_a_file_goes_to_the_bucket_in_one_request_of_which_nothing_stays_when_it_breaks_off(
    blobs: BlobBucket, served: Bucket
) -> None:
    content = os.urandom(11_000_000)

    def broken() -> Iterator[bytes]:
        yield content
        raise ConnectionError

    with pytest.raises(ConnectionError):
        blobs.keep_parts(broken())
    with patch.object(blobs._client, "_create_multipart_upload", side_effect=AssertionError("its parts would stay")):
        sha256 = blobs.keep(content).sha256
    assert [path.read_bytes() == content for path in served.folder.rglob(sha256)] == [True]


@pytest.mark.parametrize(
    "url", ["s3:///x", "http://x/y", "s3://B/x", "s3://bucket?endpoint=ftp://x", "s3://bucket?endpoint=nonsense"]
)
def test_a_setting_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(BadBucket):
        read_bucket(url)


def test_credentials_must_be_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(SECRET_VARIABLE)
    with pytest.raises(BadBucket, match=SECRET_VARIABLE):
        read_bucket("s3://bucket")


async def test_a_server_serves_files_from_there(world: World) -> None:
    async with world.signed_in("acme", "ana@acme.example") as ana, world.signed_in("zenith", "zoe@zenith.example") as zoe:
        path = f"/attachments/{await attach(ana, CONTENT)}/content"
        whole = await ana.get(path)
        assert (whole.status_code, whole.content == CONTENT) == (200, True)
        part = await ana.get(path, headers={"Range": "bytes=1000-"})
        assert (part.status_code, part.content == CONTENT[1000:]) == (206, True)
        assert part.headers["Content-Range"] == f"bytes 1000-{len(CONTENT) - 1}/{len(CONTENT)}"
        assert (await ana.get(path, headers={"Range": "bytes=-5"})).content == CONTENT[-5:]
        assert (await ana.get(path, headers={"Range": f"bytes={len(CONTENT)}-"})).status_code == 416
        assert (await ana.get(path, headers={"Range": "bytes=0-1,4-5"})).content == CONTENT
        assert (await zoe.get(path)).status_code == 404
        assert not any(file.name == SHA256 for file in world.server.stores.place.blobs.rglob("*"))
