"""What was recorded on this device and is not with its call yet: noted before it begins, and finished whatever happens.

The steps: noted with its key, written by the phone, encoded and sealed among the files that wait for the server, told to the
server by a command, forgotten here. After a crash in any of them they are done again, and what was done already stays done.
"""

import asyncio
import logging
import os
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Protocol
from uuid import UUID

import msgspec

from app.desk.drafts import LocalStore
from app.desk.flac import Encoder
from app.desk.sealed import SealedWriter, opened_parts
from app.domain.attachments.commands import SentFile
from app.domain.calls.recorded import MEDIA_TYPE, NotRecorded
from app.domain.calls.recording import KeepRecording, name_of
from app.domain.calls.rules import call_id_of
from app.kernel.command import Command
from app.kernel.erasing import ErasedPerson
from app.kernel.errors import AlreadyExists, PatchbayError
from app.kernel.ids import new_id
from softphone.recorded import NoRecording, Recorded, read_recording

log = logging.getLogger(__name__)
OPEN = "recordings:open"
KEY_BYTES = 32
FOR_GOOD = (ErasedPerson, NotRecorded)  # refusals that the same recording would meet again


class OpenRecording(msgspec.Struct, frozen=True, kw_only=True):
    """One that has begun. `id`: of the file that it becomes; `key`: what it is sealed under until then."""

    id: UUID
    key: bytes
    sip_call_id: str
    began_at: datetime


class Shelf(Protocol):
    """What this needs of the files that wait for the server."""

    async def take_parts(self, parts: Iterator[bytes], *, name: str, media_type: str) -> SentFile:
        """Keep it, sealed, and remember to give it to the server."""

    async def withdraw(self, sha256: str) -> SentFile | None:
        """It shall not go out."""


class Runs(Protocol):
    """What this needs of the desk."""

    @property
    def tenant_id(self) -> UUID: ...

    async def run(self, command: Command) -> object:
        """Do it now, offline too."""


class Recordings:
    """The folder of what the phone writes, and the list of what has begun and is not finished."""

    def __init__(self, folder: Path, store: LocalStore, shelf: Shelf, desk: Runs) -> None:
        self._folder, self._store, self._shelf, self._desk = folder, store, shelf, desk
        self._listing, self._finishing = asyncio.Lock(), asyncio.Lock()
        self._written = set[UUID]()  # from before they are noted down: what the phone writes is not left over from earlier
        self.on_waiting: Callable[[], None] = lambda: None  # one more waits for the server

    def path(self, recording: OpenRecording) -> Path:
        """Where the phone writes it."""
        return self._folder / recording.id.hex

    async def begin(self, sip_call_id: str, began_at: datetime) -> OpenRecording:
        """Note it down before the phone writes the first second: whatever is found later has its key and its call."""
        recording = OpenRecording(id=new_id(), key=os.urandom(KEY_BYTES), sip_call_id=sip_call_id, began_at=began_at)
        self._written.add(recording.id)
        async with self._listing:
            await self._keep([*await self.open(), recording])
        return recording

    async def open(self) -> list[OpenRecording]:
        """Those that have begun and are not finished."""
        kept = await self._store.kept(OPEN)
        return msgspec.json.decode(kept, type=list[OpenRecording]) if kept else []

    async def finish_all(self) -> int:
        """Finish what is left of earlier and not written now. How many stay for another time."""
        left = 0
        for recording in await self.open():
            if recording.id not in self._written:
                left += not await self.finish(recording)
        return left

    async def finish(self, recording: OpenRecording) -> bool:
        """Nothing more comes: give it to its call; false when it must be tried again, it stays where it is."""
        self._written.discard(recording.id)
        async with self._finishing:
            if recording not in await self.open():
                return True  # somebody else was here first
            try:
                await self._finish(recording)
            except FOR_GOOD as error:
                log.warning("a recording can't be kept with its call: %s", error.key)
            except (PatchbayError, OSError) as error:
                log.warning("a recording waits to be finished: %s", error)
                return False
            await self._forget(recording)
        self.on_waiting()
        return True

    async def _finish(self, recording: OpenRecording) -> None:
        path = self.path(recording)
        found = await asyncio.to_thread(recorded_in, path, recording.key)
        if found is None or not found.ticks:
            log.warning("nothing was recorded of a call")
            return
        if found.end == "damaged":
            log.warning("a recording is damaged from second %d on: what is before that is kept", found.seconds)
        parts = flac_parts(path, recording.key, found.shape.rate)
        file = await self._shelf.take_parts(parts, name=name_of(recording.began_at), media_type=MEDIA_TYPE)
        command = KeepRecording(
            call_id=call_id_of(self._desk.tenant_id, recording.sip_call_id), recording_id=recording.id, files=(file,),
            began_at=recording.began_at, seconds=found.seconds,
            gaps=tuple((gap.begin_s, gap.seconds) for gap in found.gaps),
        )  # fmt: skip
        try:
            await self._desk.run(command)
        except AlreadyExists:
            log.info("a recording was given to its call before the program ended")
        except FOR_GOOD:
            await self._shelf.withdraw(file.sha256)
            raise

    async def _forget(self, recording: OpenRecording) -> None:
        await asyncio.to_thread(self.path(recording).unlink, missing_ok=True)
        async with self._listing:
            await self._keep([each for each in await self.open() if each.id != recording.id])

    async def _keep(self, listed: list[OpenRecording]) -> None:
        await self._store.keep(OPEN, msgspec.json.encode(listed) if listed else None)


def recorded_in(path: Path, key: bytes) -> Recorded | None:
    """What can be read of it; nothing when the phone wrote nothing, or not with this key."""
    try:
        return read_recording(path, key, lambda _sound: None)
    except (NoRecording, FileNotFoundError):
        return None


def flac_parts(path: Path, key: bytes, rate: int) -> Iterator[bytes]:
    """A recording encoded, part by part; what lies on the disk meanwhile is sealed under a key that nobody keeps."""
    beside, own = path.with_name(f"{path.name}.encoded"), os.urandom(KEY_BYTES)
    beside.unlink(missing_ok=True)
    writer = SealedWriter(beside, own)
    try:
        encoder = Encoder(rate, writer.write)
        read_recording(path, key, encoder.write)
        yield encoder.finish()
        writer.finish()
        yield from opened_parts(beside, own)
    finally:
        writer.leave()
        beside.unlink(missing_ok=True)
