"""Files by their content: each is kept once a tenant, under its SHA-256, and appears whole or not at all."""

import hashlib
import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol
from uuid import UUID

from app.kernel.errors import PatchbayError

PART_BYTES = 256 * 1024
UNFINISHED = ".part-"  # how the name of a file begins that is not whole yet
HASH = re.compile(r"[0-9a-f]{64}")


class BlobsAway(PatchbayError):
    """Where the files are kept cannot be reached, or does not let this server in."""

    key = "blobs_away"
    text = "The store for files can't be reached ({hint}). Nothing is lost; try again."


@dataclass(frozen=True, slots=True, kw_only=True)
class Blob:
    """A kept file."""

    sha256: str
    size_bytes: int


class Blobs(Protocol):
    """The files of one tenant. All of it blocks; what is no hash is not there."""

    def read(self, sha256: str) -> bytes:
        """The whole file; FileNotFoundError when it is not here."""

    def size(self, sha256: str) -> int:
        """How long it is; FileNotFoundError when it is not here."""

    def parts(self, sha256: str, start: int, end: int) -> Iterator[bytes]:
        """The bytes from `start` up to `end`; FileNotFoundError when it is not here."""

    def keep(self, content: bytes) -> Blob:
        """Keep these bytes."""

    def keep_parts(self, parts: Iterable[bytes]) -> Blob:
        """Keep a file that comes in parts; it is there only once it is whole."""

    def drop(self, sha256: str, before: datetime) -> bool:
        """Take it away if it was last kept before then; whether it is gone."""

    def lying(self, before: datetime) -> Iterator[str]:
        """The hashes of all that is here and was last kept before then."""

    def drop_unfinished(self, before: datetime) -> int:
        """Take away what was begun before then and never became whole; how many files."""

    def where(self, sha256: str) -> str:
        """Where a person finds it."""


class BlobFolder:
    """The files of one tenant in a folder of the server's."""

    def __init__(self, root: Path, tenant_id: UUID) -> None:
        self._folder = root / str(tenant_id)

    def path(self, sha256: str) -> Path:
        """Where a file of this hash is, if it is here."""
        if not HASH.fullmatch(sha256):
            raise FileNotFoundError(sha256)
        return self._folder / sha256[:2] / sha256

    def where(self, sha256: str) -> str:
        """Where a person finds it."""
        return str(self.path(sha256))

    def size(self, sha256: str) -> int:
        """How long it is; FileNotFoundError when it is not here."""
        return self.path(sha256).stat().st_size

    def read(self, sha256: str) -> bytes:
        """The whole file; FileNotFoundError when it is not here."""
        return self.path(sha256).read_bytes()

    def parts(self, sha256: str, start: int, end: int) -> Iterator[bytes]:
        """The bytes from `start` up to `end`; FileNotFoundError when it is not here."""
        with self.path(sha256).open("rb") as file:
            file.seek(start)
            while start < end and (part := file.read(min(PART_BYTES, end - start))):
                start += len(part)
                yield part

    def keep(self, content: bytes) -> Blob:
        """Keep these bytes."""
        return self.keep_parts([content])

    def keep_parts(self, parts: Iterable[bytes]) -> Blob:
        """Keep a file that comes in parts; it has its name only once it is whole and on the disk."""
        self._folder.mkdir(parents=True, exist_ok=True)
        digest, size = hashlib.sha256(), 0
        with tempfile.NamedTemporaryFile(dir=self._folder, prefix=UNFINISHED, delete=False) as file:
            try:
                for part in parts:
                    digest.update(part)
                    size += len(part)
                    file.write(part)
                file.flush()
                os.fsync(file.fileno())
            except BaseException:
                Path(file.name).unlink(missing_ok=True)
                raise
        target = self.path(digest.hexdigest())
        target.parent.mkdir(exist_ok=True)
        Path(file.name).replace(target)
        return Blob(sha256=digest.hexdigest(), size_bytes=size)

    def drop(self, sha256: str, before: datetime) -> bool:
        """Take it away if it was last kept before then; whether it is gone."""
        path = self.path(sha256)
        with suppress(FileNotFoundError):
            if path.stat().st_mtime >= before.timestamp():
                return False
            path.unlink()
        return True

    def lying(self, before: datetime) -> Iterator[str]:
        """The hashes of all that is here and was last kept before then."""
        return (path.name for path in _old(self._folder.glob("??/*"), before) if HASH.fullmatch(path.name))

    def drop_unfinished(self, before: datetime) -> int:
        """Take away what was begun before then and never became whole; how many files."""
        count = 0
        for path in _old(self._folder.glob(f"{UNFINISHED}*"), before):
            path.unlink(missing_ok=True)
            count += 1
        return count


def _old(paths: Iterable[Path], before: datetime) -> Iterator[Path]:
    """Those that were last written before then; one that goes meanwhile is none of them."""
    for path in paths:
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < before.timestamp():
                yield path


def parts_of(path: Path) -> Iterator[bytes]:
    """A file of this machine in parts."""
    with path.open("rb") as file:
        while part := file.read(PART_BYTES):
            yield part
