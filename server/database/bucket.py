"""Files in a bucket of an S3-compatible store: the same promises as the folder's, for servers on several machines."""

import hashlib
import os
import re
import tempfile
import time
from base64 import b64encode
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from app.kernel.errors import PatchbayError
from server.database.blobs import HASH, PART_BYTES, Blob, BlobsAway

if TYPE_CHECKING:
    import urllib3
    from minio import Minio

KEY_ID, SECRET = "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"  # as every tool for such stores takes them
CONNECT_S, READ_S = 5.0, 30.0
PUT_WITHIN = timedelta(minutes=5)  # from the signature to the request's beginning
PAUSES_S = (0.2, 0.4, 0.8)  # after a try that failed; the last is the last
CODE = re.compile(rb"<Code>(\w+)</Code>")
BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
MISSING = frozenset({"NoSuchKey", "NoSuchObject", "ResourceNotFound"})


class BadBucket(PatchbayError):
    """The setting for the store of files is not usable."""

    key = "bad_bucket"
    text = "The store for files ({url}) is not usable: {why}"


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketPlace:
    """Which bucket, where, and under which names in it."""

    host: str
    is_secure: bool
    bucket: str
    prefix: str
    region: str


def read_bucket(url: str) -> BucketPlace:
    """From `s3://bucket/prefix?endpoint=https://host:port&region=name`; the credentials stand in the environment."""
    read = urlsplit(url)
    asked = parse_qs(read.query)
    endpoint = urlsplit(asked.get("endpoint", ["https://s3.amazonaws.com"])[0])
    if read.scheme != "s3" or not read.netloc:
        raise BadBucket(url=url, why="write s3://bucket/prefix?endpoint=https://host.")
    if not BUCKET.fullmatch(read.netloc):
        raise BadBucket(url=url, why="a bucket's name has 3 to 63 lower-case letters, digits, hyphens and dots.")
    if endpoint.scheme not in {"http", "https"} or not endpoint.netloc:
        raise BadBucket(url=url, why="its endpoint is no http or https address.")
    if not (os.environ.get(KEY_ID) and os.environ.get(SECRET)):
        raise BadBucket(url=url, why=f"{KEY_ID} and {SECRET} are not in the environment.")
    return BucketPlace(
        host=endpoint.netloc, is_secure=endpoint.scheme == "https", bucket=read.netloc, prefix=read.path.strip("/"),
        region=asked.get("region", ["us-east-1"])[0],
    )  # fmt: skip


def open_bucket(place: BucketPlace) -> "Minio":
    """A client that several threads may use."""
    from minio import Minio

    return Minio(
        place.host, access_key=os.environ[KEY_ID], secret_key=os.environ[SECRET], secure=place.is_secure, region=place.region,
        http_client=_pool(),
    )  # fmt: skip


@cache
def _pool() -> "urllib3.PoolManager":
    import urllib3

    return urllib3.PoolManager(
        timeout=urllib3.Timeout(connect=CONNECT_S, read=READ_S), maxsize=16,
        retries=urllib3.Retry(total=2, backoff_factor=0.2, status_forcelist=[500, 502, 503, 504]),
    )  # fmt: skip


class BlobBucket:
    """The files of one tenant: the tenant's id is part of every name, so that no hash leads to another's."""

    def __init__(self, client: "Minio", place: BucketPlace, tenant_id: UUID) -> None:
        self._client, self._place, self._tenant_id = client, place, tenant_id

    def _name(self, sha256: str) -> str:
        if not HASH.fullmatch(sha256):
            raise FileNotFoundError(sha256)
        return "/".join(part for part in (self._place.prefix, str(self._tenant_id), sha256[:2], sha256) if part)

    def where(self, sha256: str) -> str:
        """Where a person finds it."""
        return f"s3://{self._place.bucket}/{self._name(sha256)}"

    def size(self, sha256: str) -> int:
        """How long it is; FileNotFoundError when it is not here."""
        with plainly(sha256):
            return int(self._client.stat_object(self._place.bucket, self._name(sha256)).size or 0)

    def read(self, sha256: str) -> bytes:
        """The whole file; FileNotFoundError when it is not here, `BlobsAway` when what is there is not it."""
        content = b"".join(self.parts(sha256, 0, self.size(sha256)))
        if hashlib.sha256(content).hexdigest() != sha256:
            raise BlobsAway(hint="a file has other content than it was given")
        return content

    def parts(self, sha256: str, start: int, end: int) -> Iterator[bytes]:
        """The bytes from `start` up to `end`; FileNotFoundError when it is not here."""
        if start >= end:
            return
        with plainly(sha256):
            answer: Any = self._client.get_object(self._place.bucket, self._name(sha256), offset=start, length=end - start)
            try:
                if int(answer.headers["Content-Length"]) != end - start:
                    raise BlobsAway(hint="the store gave another part than was asked for")
                yield from answer.stream(PART_BYTES)
            finally:
                answer.close()
                answer.release_conn()

    def keep(self, content: bytes) -> Blob:
        """Keep these bytes."""
        return self.keep_parts([content])

    def keep_parts(self, parts: Iterable[bytes]) -> Blob:
        """Keep a file that comes in parts; its name is known when it is whole, so it waits on this machine until then."""
        digest, check, size = hashlib.sha256(), hashlib.md5(usedforsecurity=False), 0
        with tempfile.TemporaryFile() as file:
            for part in parts:
                digest.update(part)
                check.update(part)
                size += len(part)
                file.write(part)
            file.seek(0)
            sha256 = digest.hexdigest()
            self._put(sha256, file, size, check.digest())
        if self.size(sha256) != size:
            raise BlobsAway(hint="the store did not keep all of a file")
        return Blob(sha256=sha256, size_bytes=size)

    def _put(self, sha256: str, file: IO[bytes], size: int, check: bytes) -> None:
        """In one request, however long: of one that breaks off nothing stays, of the library's several parts each would.

        The store compares what came with the check, where it knows `Content-MD5`.
        """
        headers, status, said = {"Content-Length": str(size), "Content-MD5": b64encode(check).decode()}, 0, b""
        for pause_s in PAUSES_S:
            is_last = pause_s == PAUSES_S[-1]
            with plainly(sha256):
                status, said = self._put_once(sha256, file, headers, is_last=is_last)
            if 200 <= status < 300:
                return
            if status < 500 or is_last:
                break
            time.sleep(pause_s)
        code = CODE.search(said)
        raise BlobsAway(hint=code[1].decode() if code else f"status {status}")

    def _put_once(self, sha256: str, file: IO[bytes], headers: dict[str, str], *, is_last: bool) -> tuple[int, bytes]:
        """The status, and what the store says; 503 where the line broke. (The library's own retries log the address.)"""
        from urllib3.exceptions import HTTPError

        address = self._client.presigned_put_object(self._place.bucket, self._name(sha256), PUT_WITHIN)
        file.seek(0)
        try:
            answer = _pool().request("PUT", address, body=file, headers=headers, retries=False)
        except HTTPError:
            if is_last:
                raise
            return 503, b""
        return answer.status, answer.data

    def drop(self, sha256: str, before: datetime) -> bool:
        """Take it away if it was last kept before then; whether it is gone."""
        name = self._name(sha256)
        with suppress(FileNotFoundError), plainly(sha256):
            kept_at = self._client.stat_object(self._place.bucket, name).last_modified
            if kept_at is None or kept_at >= before:
                return False
            self._client.remove_object(self._place.bucket, name)
        return True

    def lying(self, before: datetime) -> Iterator[str]:
        """The hashes of all that is here and was last kept before then."""
        within = "/".join(part for part in (self._place.prefix, str(self._tenant_id)) if part)
        with plainly(within):
            for each in self._client.list_objects(self._place.bucket, prefix=f"{within}/", recursive=True):
                name = str(each.object_name).rpartition("/")[2]
                if HASH.fullmatch(name) and each.last_modified is not None and each.last_modified < before:
                    yield name

    def drop_unfinished(self, before: datetime) -> int:  # noqa: ARG002 - as the folder's
        """Nothing: what is not whole has no name in a bucket, and waits on the machine that sends it."""
        return 0


@contextmanager
def plainly(sha256: str) -> Iterator[None]:
    """What the library raises, as what it means."""
    from minio.error import InvalidResponseError, MinioException, S3Error
    from urllib3.exceptions import HTTPError

    try:
        yield
    except S3Error as error:
        if error.code in MISSING:
            raise FileNotFoundError(sha256) from error
        raise BlobsAway(hint=error.code or "refused") from error
    except InvalidResponseError as error:  # some stores send their XML as another media type than Amazon does
        if "Response code: 404" in str(error):
            raise FileNotFoundError(sha256) from error
        raise BlobsAway(hint="answered strangely") from error
    except (MinioException, HTTPError) as error:
        raise BlobsAway(hint=type(error).__name__) from error
