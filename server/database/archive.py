"""One file with everything a server holds: a tar in zstd, its manifest with the hash of each entry at the end."""

import fcntl
import hashlib
import io
import os
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

import msgspec
import zstandard

from app.kernel.errors import PatchbayError

FORMAT = 1
MANIFEST = "manifest.json"
PIECE_BYTES = 1 << 20


class ArchiveExists(PatchbayError):
    """The file to write is there already."""

    key = "archive_exists"
    text = "{path} exists already. Backups never overwrite: choose another name."


class ArchiveBusy(PatchbayError):
    """Another backup is writing the same file."""

    key = "archive_busy"
    text = "Another backup is writing {path}. Choose another name, or wait until it has ended."


class BrokenArchive(PatchbayError):
    """The archive is not whole, or not one of ours."""

    key = "broken_archive"
    text = "{path} can't be restored: {why}. Nothing was changed."


class NewerArchive(PatchbayError):
    """The archive was made by a newer program."""

    key = "newer_archive"
    text = "{path} was made by a newer server ({found}). Install that version, then restore. Nothing was changed."


class Kept(msgspec.Struct, frozen=True):
    """One entry of the archive."""

    name: str
    size_bytes: int
    sha256: str


class Workspace(msgspec.Struct, frozen=True):
    """A tenant in the archive, and its newest change there."""

    id: UUID
    slug: str
    name: str
    change: int


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What the archive holds."""

    format: int
    database: str  # "sqlite" | "postgresql"
    made_at: datetime
    directory_revision: str
    tenant_revision: str
    workspaces: list[Workspace]
    columns: dict[str, list[str]]  # of each table, in the order in which its rows stand (PostgreSQL)
    entries: list[Kept]


class Readable(Protocol):
    """Something that gives bytes."""

    def read(self, size: int = -1, /) -> bytes:
        """At most so many."""
        ...


class Hashed:
    """Hashes what is read through it."""

    def __init__(self, source: Readable) -> None:
        self._source, self._digest, self.size_bytes = source, hashlib.sha256(), 0

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        data = self._source.read(size)
        self._digest.update(data)
        self.size_bytes += len(data)
        return data

    def kept(self, name: str) -> Kept:
        """What was read, as an entry."""
        return Kept(name, self.size_bytes, self._digest.hexdigest())


class Parts:
    """Reads from parts; where they end too early zeros follow, and the hash tells."""

    def __init__(self, parts: Iterator[bytes], size_bytes: int) -> None:
        self._parts, self._left, self._rest = parts, size_bytes, b""

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        size = self._left if size < 0 else min(size, self._left)
        while len(self._rest) < size:
            self._rest += next(self._parts, bytes(size - len(self._rest)))
        data, self._rest = self._rest[:size], self._rest[size:]
        self._left -= len(data)
        return data


class ArchiveWriter:
    """Adds entries; used within `writing`."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self.entries: list[Kept] = []
        self._tar = tar

    def add_file(self, name: str, path: Path) -> Kept:
        """A file as it is now."""
        with path.open("rb") as source:
            return self._add(name, source, os.fstat(source.fileno()).st_size)

    def add_bytes(self, name: str, data: bytes) -> Kept:
        """These bytes."""
        return self._add(name, io.BytesIO(data), len(data))

    def add_parts(self, name: str, parts: Iterator[bytes], size_bytes: int) -> Kept:
        """A file that comes in parts; as long as it is said to be, whatever comes."""
        return self._add(name, Parts(parts, size_bytes), size_bytes)

    def _add(self, name: str, source: Readable, size_bytes: int) -> Kept:
        entry, hashed = tarfile.TarInfo(name), Hashed(source)
        entry.size, entry.mode = size_bytes, 0o600
        self._tar.addfile(entry, hashed)
        self.entries.append(hashed.kept(name))
        return self.entries[-1]


@contextmanager
def writing(path: Path) -> Iterator[tuple[ArchiveWriter, Path]]:
    """A new archive, readable by its owner only, and an empty folder for what is made on the way.

    It has its name only once it is whole and on the disk. What a killed backup left of both is taken over.
    """
    part, room = path.with_name(f".{path.name}.part"), path.with_name(f".{path.name}.made")
    if path.exists():
        raise ArchiveExists(path=path)
    with os.fdopen(_held(part, path), "wb") as file:
        try:
            shutil.rmtree(room, ignore_errors=True)
            room.mkdir(mode=0o700)
            with (
                zstandard.ZstdCompressor(level=3, write_checksum=True).stream_writer(file, closefd=False) as packed,
                tarfile.open(fileobj=packed, mode="w|") as tar,
            ):
                yield ArchiveWriter(tar), room
            file.flush()
            os.fsync(file.fileno())
            os.link(part, path)  # unlike a rename it never replaces another
        except FileExistsError as error:
            raise ArchiveExists(path=path) from error
        finally:
            part.unlink(missing_ok=True)
            shutil.rmtree(room, ignore_errors=True)


def _held(part: Path, path: Path) -> int:
    """The file, empty and locked: the system gives the lock back when its holder dies."""
    held = os.open(part, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not (part.exists() and os.path.samestat(os.fstat(held), part.stat())):
            raise BlockingIOError  # its holder has ended in this moment, and taken the file away
        os.ftruncate(held, 0)
    except BaseException as error:
        os.close(held)
        if isinstance(error, BlockingIOError):
            raise ArchiveBusy(path=path) from error
        raise
    return held


class Opened:
    """An archive's entries, one after the other, each checked as it is read."""

    def __init__(self, path: Path, tar: tarfile.TarFile) -> None:
        self._path, self._tar = path, tar

    def __iter__(self) -> Iterator[tuple[str, Hashed]]:
        for entry in self._tar:
            source = self._tar.extractfile(entry) if entry.isreg() else None
            parts = Path(entry.name).parts
            if source is None or ".." in parts or Path(entry.name).is_absolute():
                raise BrokenArchive(path=self._path, why=f"it holds {entry.name!r}, which no backup of ours does")
            yield entry.name, Hashed(source)


@contextmanager
def opened(path: Path) -> Iterator[Opened]:
    """The archive; whatever is wrong with its bytes is `BrokenArchive`."""
    try:
        with (
            path.open("rb") as file,
            zstandard.ZstdDecompressor().stream_reader(file) as unpacked,
            tarfile.open(fileobj=unpacked, mode="r|") as tar,
        ):
            yield Opened(path, tar)
    except FileNotFoundError as error:
        raise BrokenArchive(path=path, why="there is no such file") from error
    except (tarfile.TarError, zstandard.ZstdError, EOFError, OSError) as error:
        raise BrokenArchive(path=path, why=f"it is damaged or not a backup ({error})") from error


def verified(path: Path) -> Manifest:
    """Read the whole archive once; its manifest, when everything in it is as the manifest says."""
    found: list[Kept] = []
    last = ""
    with opened(path) as entries:
        for name, source in entries:
            if name == MANIFEST:
                last = source.read().decode()
                continue
            while source.read(PIECE_BYTES):
                pass
            found.append(source.kept(name))
    if not last:
        raise BrokenArchive(path=path, why="its end is missing")
    manifest = _read_manifest(path, last)
    if manifest.entries != found:
        wrong = next((each.name for each in found if each not in manifest.entries), "something that is missing")
        raise BrokenArchive(path=path, why=f"its contents are not what was put in ({wrong})")
    return manifest


def _read_manifest(path: Path, text: str) -> Manifest:
    try:
        format_ = msgspec.json.decode(text).get("format", 0)
        if format_ > FORMAT:
            raise NewerArchive(path=path, found=f"format {format_}")
        return msgspec.json.decode(text, type=Manifest)
    except (msgspec.MsgspecError, AttributeError, TypeError) as error:
        raise BrokenArchive(path=path, why=f"its manifest cannot be read ({error})") from error


def put(source: Hashed, path: Path) -> Any:
    """An entry into a new file, and onto the disk."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        while piece := source.read(PIECE_BYTES):
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
