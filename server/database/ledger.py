"""What no restore may take back: who was erased and which devices were ended, kept apart from the databases and their backups.

It names nobody: ids, times and reasons alone.
"""

import contextlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol
from uuid import UUID

import msgspec

from app.kernel.errors import PatchbayError
from server.database.bucket import BucketPlace, open_bucket, plainly, read_bucket
from server.database.place import Place

if TYPE_CHECKING:
    from minio import Minio

ENDING = ".json"
BEGUN = "begun"  # says that what happened before there was this ledger is in it too
What = Literal["erased", "device"]


class NoLedger(PatchbayError):
    """There is nothing where the ledger should be."""

    key = "no_ledger"
    text = "There is no ledger at {path}. Nothing was changed."


class BrokenLedger(PatchbayError):
    """An entry cannot be read: a person would perhaps not be erased again."""

    key = "broken_ledger"
    text = "The ledger's entry {name} can't be read. Take it from another copy of the ledger. Nothing was changed."


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A contact that was erased, or a person's device that was ended (`server.database.devices.device_id`)."""

    what: What
    id: UUID
    at_us: int
    reason: str = ""


class Ledger(Protocol):
    """Of all workspaces. All of it blocks; writing an entry again is harmless."""

    def add(self, tenant_id: UUID, entry: Entry) -> None:
        """Once this returns it is kept."""

    def entries(self, tenant_id: UUID) -> list[Entry]:
        """All of a workspace."""

    def is_begun(self, tenant_id: UUID) -> bool:
        """Whether `begin` was said."""

    def begin(self, tenant_id: UUID) -> None:
        """Everything that the workspace's database knows is in it."""

    def where(self) -> str:
        """Where a person finds it."""


class LedgerFolder:
    """A file for each entry: none is ever changed, so that copying the folder at any time is a good copy."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def where(self) -> str:
        """Where a person finds it."""
        return str(self._root)

    def add(self, tenant_id: UUID, entry: Entry) -> None:
        """Once this returns it is on the disk."""
        self._write(tenant_id, _name(entry), msgspec.json.encode(entry))

    def entries(self, tenant_id: UUID) -> list[Entry]:
        """All of a workspace."""
        return [_read(path.name, path.read_bytes()) for path in sorted((self._root / str(tenant_id)).glob(f"*{ENDING}"))]

    def is_begun(self, tenant_id: UUID) -> bool:
        """Whether `begin` was said."""
        return (self._root / str(tenant_id) / BEGUN).exists()

    def begin(self, tenant_id: UUID) -> None:
        """Everything that the workspace's database knows is in it."""
        self._write(tenant_id, BEGUN, b"")

    def _write(self, tenant_id: UUID, name: str, content: bytes) -> None:
        folder = self._root / str(tenant_id)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".part-", delete=False) as file:
            try:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            except BaseException:
                Path(file.name).unlink(missing_ok=True)
                raise
        Path(file.name).replace(folder / name)
        _sync(folder)


class LedgerBucket:
    """Beside the files of all workspaces, in their bucket."""

    def __init__(self, client: "Minio", place: BucketPlace) -> None:
        self._client, self._place = client, place

    def where(self) -> str:
        """Where a person finds it."""
        return f"s3://{self._place.bucket}/{self._within()}"

    def add(self, tenant_id: UUID, entry: Entry) -> None:
        """Once this returns it is kept."""
        self._put(f"{self._within(tenant_id)}/{_name(entry)}", msgspec.json.encode(entry))

    def entries(self, tenant_id: UUID) -> list[Entry]:
        """All of a workspace."""
        with plainly("ledger"):
            found = self._client.list_objects(self._place.bucket, prefix=f"{self._within(tenant_id)}/", recursive=True)
            names = sorted(str(each.object_name) for each in found)
            return [_read(name, self._get(name)) for name in names if name.endswith(ENDING)]

    def is_begun(self, tenant_id: UUID) -> bool:
        """Whether `begin` was said."""
        with contextlib.suppress(FileNotFoundError), plainly("ledger"):
            self._client.stat_object(self._place.bucket, f"{self._within(tenant_id)}/{BEGUN}")
            return True
        return False

    def begin(self, tenant_id: UUID) -> None:
        """Everything that the workspace's database knows is in it."""
        self._put(f"{self._within(tenant_id)}/{BEGUN}", b"\n")

    def _within(self, tenant_id: UUID | None = None) -> str:
        parts = (self._place.prefix, "ledger", str(tenant_id or ""))
        return "/".join(part for part in parts if part)

    def _put(self, name: str, content: bytes) -> None:
        with tempfile.TemporaryFile() as file, plainly("ledger"):
            file.write(content)
            file.seek(0)
            self._client.put_object(self._place.bucket, name, file, len(content))

    def _get(self, name: str) -> bytes:
        answer = self._client.get_object(self._place.bucket, name)
        try:
            return bytes(answer.read())
        finally:
            answer.close()
            answer.release_conn()


def ledger_of(place: Place) -> Ledger:
    """Where the place's is: in the folder that was named for it, else with the files in their bucket, else beside the folder."""
    if place.ledger is None and place.bucket_url:
        read = read_bucket(place.bucket_url)
        return LedgerBucket(open_bucket(read), read)
    return LedgerFolder(place.ledger or place.folder.with_suffix(".ledger"))


def ledger_at(path: Path) -> LedgerFolder:
    """A copy of one; `NoLedger` when nothing is there."""
    if not path.is_dir():
        raise NoLedger(path=path)
    return LedgerFolder(path)


def _name(entry: Entry) -> str:
    return f"{entry.what}-{entry.id.hex}{ENDING}"


def _read(name: str, content: bytes) -> Entry:
    try:
        return msgspec.json.decode(content, type=Entry)
    except msgspec.MsgspecError as error:
        raise BrokenLedger(name=name) from error


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
