"""Files of messages on this device: fetched when they are wanted, sealed, bounded; those that go out wait here for the server."""

import asyncio
import hashlib
import hmac
import logging
import mimetypes
import os
import shutil
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from app.desk.drafts import LocalStore
from app.desk.sealed import CHUNK_BYTES, DamagedFile, SealedWriter, hash_of, opened_parts
from app.domain.attachments.commands import SentFile
from app.domain.attachments.rules import clean_name
from app.kernel.errors import BadValue, PatchbayError, Refused
from app.kernel.observable import Observable
from app.sync.errors import ServerAway, ServerTrouble
from app.sync.rest import PREFIX, Rest

log = logging.getLogger(__name__)
LIMIT_BYTES = 2 << 30
PUT_BYTES = 4 << 20
MOST_TRIES_FOR_NOTHING = 6
PAUSE_S = 0.5
PAUSES_S = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
OUTGOING, REFUSED, ERASED = "files:outgoing", "files:refused", "files:erased"
FOR_GOOD = frozenset({400, 403, 404, 413, 415, 422})  # statuses that the same request would meet again
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A file of a message."""

    attachment_id: UUID
    name: str
    size_bytes: int
    sha256: str


class UploadCard(msgspec.Struct, frozen=True):
    """How far the server has one."""

    size_bytes: int
    is_kept: bool


class RefusedFile(msgspec.Struct, frozen=True, kw_only=True):
    """One that the server does not take, or that can't be read here any more: a person must say what becomes of it."""

    file: SentFile
    error: str
    values: dict[str, Any] = {}


class Files:
    """The folder. `kept` can be fetched again and is bounded; `outgoing` is the only copy; `opened` is plain, for a while."""

    def __init__(self, folder: Path, key: bytes, rest: Rest, store: LocalStore, *, limit_bytes: int = LIMIT_BYTES) -> None:
        self._folder, self._key, self._rest, self._store, self._limit_bytes = folder, key, rest, store, limit_bytes
        self._fetching: dict[str, asyncio.Lock] = {}
        self._sending, self._listing = asyncio.Lock(), asyncio.Lock()
        self.refused: Observable[tuple[RefusedFile, ...]] = Observable(())
        self.forget_opened()

    def _path(self, place: str, sha256: str) -> Path:
        """Under a name that tells nobody which file it is."""
        return self._folder / place / sealed_name(self._key, sha256)

    # ── in ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def fetch(self, wanted: Wanted, progress: Progress = lambda _done: None) -> Path:
        """Have it here, whole and of its hash; goes on where it was cut off. `ServerAway` when nothing more comes."""
        async with self._fetching.setdefault(wanted.sha256, asyncio.Lock()):
            for place in ("outgoing", "kept"):
                path = self._path(place, wanted.sha256)
                if path.exists() and await asyncio.to_thread(self._is_whole, path, wanted.sha256):
                    os.utime(path)
                    return path
            return await self._fetch(wanted, progress)

    def _is_whole(self, path: Path, sha256: str) -> bool:
        try:
            if hash_of(path, self._key) == sha256:
                return True
        except DamagedFile:
            log.warning("a kept file is damaged and is fetched again")
        path.unlink(missing_ok=True)
        return False

    async def _fetch(self, wanted: Wanted, progress: Progress) -> Path:
        part, path = self._path("coming", wanted.sha256), self._path("kept", wanted.sha256)
        for_nothing = 0
        while for_nothing < MOST_TRIES_FOR_NOTHING:
            before = part.stat().st_size if part.exists() else 0
            try:
                await self._fetch_more(wanted, part, progress)
                break
            except ServerAway:
                grew = (part.stat().st_size if part.exists() else 0) > before
                for_nothing = 0 if grew else for_nothing + 1
                if for_nothing == MOST_TRIES_FOR_NOTHING:
                    raise
                await asyncio.sleep(PAUSE_S * for_nothing)
        if not await asyncio.to_thread(self._is_whole, part, wanted.sha256):
            raise DamagedFile
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part.replace(path)
        await asyncio.to_thread(self._make_room)
        return path

    async def _fetch_more(self, wanted: Wanted, part: Path, progress: Progress) -> None:
        writer = await asyncio.to_thread(SealedWriter, part, self._key)
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

    def _make_room(self) -> None:
        """Those that were used longest ago go first."""
        kept = sorted((self._folder / "kept").iterdir(), key=lambda path: path.stat().st_mtime)
        size = sum(path.stat().st_size for path in kept)
        for path in kept[:-1]:
            if size <= self._limit_bytes:
                return
            size -= path.stat().st_size
            path.unlink()

    async def kept_bytes(self) -> int:
        """How much room those take that can be fetched again."""
        return await asyncio.to_thread(lambda: sum(path.stat().st_size for path in self._kept()))

    async def empty(self) -> None:
        """Let those go that can be fetched again."""

        def unlink() -> None:
            for path in self._kept():
                path.unlink(missing_ok=True)

        await asyncio.to_thread(unlink)

    def _kept(self) -> list[Path]:
        folder = self._folder / "kept"
        return list(folder.iterdir()) if folder.exists() else []

    # ── for the person ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def save(self, wanted: Wanted, target: Path, progress: Progress = lambda _done: None) -> None:
        """A plain copy where the person wants it; it has its name only when it is whole."""
        path = await self.fetch(wanted, progress)
        await asyncio.to_thread(self._write_plain, path, target)

    async def plain_copy(self, wanted: Wanted, progress: Progress = lambda _done: None) -> Path:
        """A copy for another program to open, under a harmless name; gone when this program ends."""
        folder = self._folder / "opened" / wanted.sha256[:16]
        await asyncio.to_thread(folder.mkdir, 0o700, parents=True, exist_ok=True)
        target = folder / clean_name(wanted.name)
        await self.save(wanted, target, progress)
        return target

    def _write_plain(self, path: Path, target: Path) -> None:
        fresh = target.with_name(f".{target.name}.part")
        try:
            with fresh.open("wb") as file:
                for part in opened_parts(path, self._key):
                    file.write(part)
            fresh.chmod(0o600)
            fresh.replace(target)
        except BaseException:
            fresh.unlink(missing_ok=True)
            raise

    def forget_opened(self) -> None:
        """Plain copies do not outlive the program."""
        shutil.rmtree(self._folder / "opened", ignore_errors=True)

    # ── out ────────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def take(self, path: Path, *, most_bytes: int) -> SentFile:
        """Keep a copy of a file that shall go out, sealed, and remember to give it to the server; offline too."""
        if not await asyncio.to_thread(_fits, path, most_bytes):
            raise BadValue(field="file", value=path.name, hint=f"Choose a file of at most {most_bytes // 1_000_000} MB.")
        async with self._listing:  # nobody tidies a copy away that is not listed yet
            sha256, size = await asyncio.to_thread(self._seal, path)
            media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
            file = SentFile(name=clean_name(path.name), media_type=media_type, size_bytes=size, sha256=sha256)
            await self._list(file)
        return file

    def _seal(self, path: Path) -> tuple[str, int]:
        fresh = self._folder / "coming" / os.urandom(16).hex()
        writer, digest = SealedWriter(fresh, self._key), hashlib.sha256()
        with path.open("rb") as file:
            while part := file.read(1 << 20):
                digest.update(part)
                writer.write(part)
        writer.finish()
        target = self._path("outgoing", digest.hexdigest())
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh.replace(target)
        return digest.hexdigest(), writer.size

    async def waiting(self) -> list[SentFile]:
        """What the server does not have yet."""
        kept = await self._store.kept(OUTGOING)
        return msgspec.json.decode(kept, type=list[SentFile]) if kept else []

    async def send_waiting(self, progress: Callable[[str, int], None] = lambda _sha256, _done: None) -> None:
        """Give the server all that waits, and set aside what it refuses; `ServerAway` when it is: what came stays there."""
        trouble: ServerTrouble | None = None
        async with self._sending:
            for file in await self.waiting():
                try:
                    await self._send(file, lambda done, file=file: progress(file.sha256, done))  # type: ignore[misc]
                except (Refused, DamagedFile) as error:
                    await self._refuse(file, error)
                except ServerTrouble as error:  # the others need not wait for this one
                    if error.values["status"] in FOR_GOOD:
                        await self._refuse(file, error)
                    else:
                        trouble = error
                else:
                    await self._sent(file)
        if trouble is not None:
            raise trouble

    async def _send(self, file: SentFile, progress: Progress) -> None:
        path = self._path("outgoing", file.sha256)
        state = await self._rest.get(f"/uploads/{file.sha256}", UploadCard)
        while not state.is_kept:
            if not path.exists():
                raise DamagedFile
            query = {"offset": str(state.size_bytes), "total": str(file.size_bytes)}
            async with self._rest.link.asked(
                "PUT", f"{PREFIX}/uploads/{file.sha256}", params=query, headers={"Content-Type": file.media_type}, is_told=True,
                content=_slice(path, self._key, state.size_bytes),
            ) as response:  # fmt: skip
                state = msgspec.json.decode(await response.aread(), type=UploadCard)
            progress(state.size_bytes)

    async def _sent(self, file: SentFile) -> None:
        """It can be fetched again from now on."""
        path, kept = self._path("outgoing", file.sha256), self._path("kept", file.sha256)
        kept.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if path.exists():
            path.replace(kept)
        async with self._listing:
            await self._keep(OUTGOING, [each for each in await self.waiting() if each.sha256 != file.sha256])

    async def tidy(self) -> None:
        """Let go of sealed copies that nothing waits for: their answer was discarded, and cannot be brought back any more."""
        async with self._listing:
            wanted = {each.sha256 for each in await self.waiting()} | {each.file.sha256 for each in await self.load_refused()}
            names = {sealed_name(self._key, sha256) for sha256 in wanted}
            await asyncio.to_thread(_keep_only, self._folder / "outgoing", names)

    async def withdraw(self, sha256: str) -> SentFile | None:
        """No answer needs it any more: it waits no longer, and its copy goes when this program ends; `again` brings it back."""
        async with self._listing:
            waiting = await self.waiting()
            await self._keep(OUTGOING, [each for each in waiting if each.sha256 != sha256])
        return next((each for each in waiting if each.sha256 == sha256), None)

    async def forget_erased(self) -> None:
        """Files of a person who was erased go, wherever they are here."""
        while kept := await self._store.kept(ERASED):
            for sha256 in msgspec.json.decode(kept, type=list[str]):
                await self.withdraw(sha256)
                await self.drop(sha256)
                for place in ("coming", "kept"):
                    self._path(place, sha256).unlink(missing_ok=True)
                await asyncio.to_thread(shutil.rmtree, self._folder / "opened" / sha256[:16], ignore_errors=True)
            if await self._store.kept(ERASED) == kept:
                await self._store.keep(ERASED, None)

    # ── what is not taken ──────────────────────────────────────────────────────────────────────────────────────────────

    async def load_refused(self) -> tuple[RefusedFile, ...]:
        """What was refused, also before the program was started."""
        kept = await self._store.kept(REFUSED)
        self.refused.set(tuple(msgspec.json.decode(kept, type=list[RefusedFile])) if kept else ())
        return self.refused.value

    async def again(self, file: SentFile) -> None:
        """It waits for the server once more."""
        await self._queue(file)

    async def drop(self, sha256: str, *, with_copy: bool = True) -> None:
        """It shall not go out; without its copy it can't be given `again`."""
        async with self._listing:
            await self._forget_refused(sha256)
        if with_copy:
            self._path("outgoing", sha256).unlink(missing_ok=True)

    async def is_ready(self, file: SentFile) -> bool:
        """Whether it can go out; a copy that was withdrawn with another answer waits again."""
        if self.is_gone(file.sha256):
            return False
        refused = {each.file.sha256 for each in self.refused.value}
        if self._path("outgoing", file.sha256).exists() and file.sha256 not in refused:
            await self._queue(file)
        return True

    def is_gone(self, sha256: str) -> bool:
        """Whether there is no copy here that could go out."""
        return not any(self._path(place, sha256).exists() for place in ("outgoing", "kept"))

    async def _queue(self, file: SentFile) -> None:
        async with self._listing:
            await self._list(file)

    async def _list(self, file: SentFile) -> None:
        waiting = [each for each in await self.waiting() if each.sha256 != file.sha256]
        await self._keep(OUTGOING, [*waiting, file])
        await self._forget_refused(file.sha256)

    async def _refuse(self, file: SentFile, error: PatchbayError) -> None:
        """Set it aside; the copy stays until its author has said what becomes of it."""
        log.warning("a file can't be given to the server: %s", error)
        values = {name: str(value) for name, value in error.values.items()}
        async with self._listing:
            await self._keep(OUTGOING, [each for each in await self.waiting() if each.sha256 != file.sha256])
            others = [each for each in await self.load_refused() if each.file.sha256 != file.sha256]
            await self._keep(REFUSED, [*others, RefusedFile(file=file, error=error.key, values=values)])
        await self.load_refused()

    async def _forget_refused(self, sha256: str) -> None:
        await self._keep(REFUSED, [each for each in await self.load_refused() if each.file.sha256 != sha256])
        await self.load_refused()

    async def _keep(self, key: str, listed: list[Any]) -> None:
        await self._store.keep(key, msgspec.json.encode(listed) if listed else None)


def sealed_name(key: bytes, sha256: str) -> str:
    """What a file of this hash is called on the disk: it tells nobody which one it is."""
    return hmac.digest(key, sha256.encode(), hashlib.sha256).hex()[:40]


def _fits(path: Path, most_bytes: int) -> bool:
    return path.is_file() and path.stat().st_size <= most_bytes


def _keep_only(folder: Path, names: set[str]) -> None:
    for path in folder.glob("*"):
        if path.name not in names:
            path.unlink(missing_ok=True)


async def _slice(path: Path, key: bytes, offset: int) -> AsyncIterator[bytes]:
    """The next bytes from there on, as many as go in one request."""
    first = offset // CHUNK_BYTES
    at, end = first * CHUNK_BYTES, offset + PUT_BYTES
    parts = opened_parts(path, key, first)
    while at < end and (part := await asyncio.to_thread(next, parts, b"")):
        begin = max(0, offset - at)
        piece = part[begin : end - at]
        at += len(part)
        if piece:
            yield piece


async def try_to_send(files: Files) -> None:
    """Now, if the server is there, and again for a while; else at the next contact."""
    for pause_s in PAUSES_S:
        try:
            await files.send_waiting()
        except PatchbayError as error:
            log.info("files wait for the server: %s", error.key)
            await asyncio.sleep(pause_s)
        else:
            return
