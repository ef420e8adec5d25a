"""Files of messages on this device: fetched when they are wanted, sealed, bounded."""

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import msgspec

from app.desk.drafts import LocalStore
from app.desk.halves import Halves, half_of
from app.desk.outgoing import Outgoing
from app.desk.room import told_plainly
from app.desk.sealed import DamagedFile, SealedWriter
from app.desk.sealed_folder import LIMIT_BYTES, SealedFolder
from app.desk.sealed_reader import SealedReader
from app.domain.attachments.rules import clean_name
from app.sync.errors import ServerAway, ServerTrouble
from app.sync.rest import PREFIX, Rest

MOST_TRIES_FOR_NOTHING = 6
PAUSE_S = 0.5
UNWELL = 500  # statuses from here on: it starts just now, or what it stands on does
ERASED = "files:erased"
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A file of a message."""

    attachment_id: UUID
    name: str
    size_bytes: int
    sha256: str


class Files:
    """Those that came; the ones that go out are `outgoing`."""

    def __init__(self, folder: Path, key: bytes, rest: Rest, store: LocalStore, *, limit_bytes: int = LIMIT_BYTES) -> None:
        self._folder, self._rest, self._store = SealedFolder(folder, key, limit_bytes=limit_bytes), rest, store
        self._fetching: dict[str, asyncio.Lock] = {}
        self.halves = Halves(store)
        self.outgoing = Outgoing(self._folder, rest, store)
        self.forget_opened()

    async def fetch(self, wanted: Wanted, progress: Progress = lambda _done: None) -> Path:
        """Have it here, whole and of its hash; goes on where it was cut off. `ServerAway` when nothing more comes."""
        async with self._fetching.setdefault(wanted.sha256, asyncio.Lock()):
            for place in ("outgoing", "kept"):
                path = self._folder.path(place, wanted.sha256)
                if path.exists() and await asyncio.to_thread(self._folder.is_whole, path, wanted.sha256):
                    os.utime(path)
                    return path
            return await self._fetch(wanted, progress)

    async def _fetch(self, wanted: Wanted, progress: Progress) -> Path:
        part, for_nothing = self._folder.path("coming", wanted.sha256), 0
        while for_nothing < MOST_TRIES_FOR_NOTHING:
            before = part.stat().st_size if part.exists() else 0
            try:
                with told_plainly():
                    await self._fetch_more(wanted, part, progress)
                break
            except (ServerAway, ServerTrouble) as error:
                if isinstance(error, ServerTrouble) and error.values["status"] < UNWELL:
                    raise
                grew = (part.stat().st_size if part.exists() else 0) > before
                for_nothing = 0 if grew else for_nothing + 1
                if for_nothing == MOST_TRIES_FOR_NOTHING:
                    raise
                await asyncio.sleep(PAUSE_S * for_nothing)
        if not await asyncio.to_thread(self._folder.is_whole, part, wanted.sha256):
            raise DamagedFile
        path = self._folder.move(part, "kept", wanted.sha256)
        await asyncio.to_thread(self._folder.make_room)
        return path

    async def _fetch_more(self, wanted: Wanted, part: Path, progress: Progress) -> None:
        writer = await asyncio.to_thread(SealedWriter, part, self._folder.key)
        try:
            if writer.size < wanted.size_bytes:
                await self._take(wanted, writer, progress)
        except BaseException:
            writer.leave()
            raise
        await asyncio.to_thread(writer.finish)

    async def _take(self, wanted: Wanted, writer: SealedWriter, progress: Progress) -> None:
        path, headers = f"{PREFIX}/attachments/{wanted.attachment_id}/content", {"Range": f"bytes={writer.size}-"}
        async with self._rest.link.asked("GET", path, headers=headers, is_told=True) as response:
            if response.status_code != 206 and writer.size:
                raise DamagedFile
            async for piece in response.aiter_raw(256 * 1024):
                if writer.size + len(piece) > wanted.size_bytes:
                    raise DamagedFile
                await asyncio.to_thread(writer.write, piece)
                progress(writer.size)
        if writer.size != wanted.size_bytes:
            raise ServerAway(hint="the line was cut")

    async def reader(self, wanted: Wanted, progress: Progress = lambda _done: None) -> SealedReader:
        """Have it here, to be read anywhere in it with nothing plain on the disk."""
        return SealedReader(await self.fetch(wanted, progress), self._folder.key, wanted.size_bytes)

    async def kept_bytes(self) -> int:
        """How much room those take that can be fetched again."""
        return await asyncio.to_thread(self._folder.kept_bytes)

    async def empty(self) -> None:
        """Let those go that can be fetched again."""
        await asyncio.to_thread(self._folder.empty)

    # ── for the person ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def save(self, wanted: Wanted, target: Path, progress: Progress = lambda _done: None) -> None:
        """A plain copy where the person wants it; it has its name only when it is whole."""
        path = await self.fetch(wanted, progress)
        async with self.halves.noted(half_of(target)):
            await self._write_plain(path, target)

    async def _write_plain(self, path: Path, target: Path) -> None:
        with told_plainly():
            await asyncio.to_thread(self._folder.write_plain, path, target)

    async def plain_copy(self, wanted: Wanted, progress: Progress = lambda _done: None) -> Path:
        """A copy for another program to open, under a harmless name; gone when this program ends."""
        folder = self._folder.opened(wanted.sha256)
        await asyncio.to_thread(folder.mkdir, 0o700, parents=True, exist_ok=True)
        target = folder / clean_name(wanted.name)
        await self._write_plain(await self.fetch(wanted, progress), target)
        return target

    def forget_opened(self) -> None:
        """Plain copies do not outlive the program."""
        self._folder.forget_opened()

    async def forget_erased(self) -> None:
        """Files of a person who was erased go, wherever they are here."""
        while kept := await self._store.kept(ERASED):
            for sha256 in msgspec.json.decode(kept, type=list[str]):
                await self.outgoing.withdraw(sha256)
                await self.outgoing.drop(sha256)
                await asyncio.to_thread(self._folder.forget, sha256)
            if await self._store.kept(ERASED) == kept:
                await self._store.keep(ERASED, None)
