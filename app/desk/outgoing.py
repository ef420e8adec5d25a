"""Files that go out with an answer: sealed copies that wait here for the server, and those that it does not take."""

import asyncio
import contextlib
import itertools
import logging
import mimetypes
import time
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from app.desk.drafts import LocalStore
from app.desk.room import told_plainly
from app.desk.sealed import CHUNK_BYTES, DamagedFile, opened_parts
from app.desk.sealed_folder import SealedFolder
from app.domain.attachments.commands import SentFile
from app.domain.attachments.rules import clean_name
from app.kernel.errors import BadValue, PatchbayError, Refused
from app.kernel.observable import Observable
from app.sync.errors import ServerTrouble
from app.sync.rest import PREFIX, Rest

log = logging.getLogger(__name__)
PUT_BYTES = 4 << 20
HALF_KEPT_S = 3 * 86_400.0  # of a file on its way in, to which nothing more comes
PAUSES_S = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
OUTGOING, REFUSED = "files:outgoing", "files:refused"
FOR_GOOD = frozenset({400, 403, 404, 413, 415, 422})  # statuses that the same request would meet again
Progress = Callable[[int], None]


class UploadCard(msgspec.Struct, frozen=True):
    """How far the server has one."""

    size_bytes: int
    is_kept: bool


class RefusedFile(msgspec.Struct, frozen=True, kw_only=True):
    """One that the server does not take, or that can't be read here any more: a person must say what becomes of it."""

    file: SentFile
    error: str
    values: dict[str, Any] = {}


class Outgoing:
    """What waits, in the order in which it was taken, and what a person must decide about."""

    def __init__(self, folder: SealedFolder, rest: Rest, store: LocalStore) -> None:
        self._folder, self._rest, self._store = folder, rest, store
        self._sending, self._listing = asyncio.Lock(), asyncio.Lock()
        self.asked, self.is_trying = asyncio.Event(), False  # of try_to_send
        self.refused: Observable[tuple[RefusedFile, ...]] = Observable(())

    async def take(self, path: Path, *, most_bytes: int) -> SentFile:
        """Keep a copy of a file that shall go out, sealed, and remember to give it to the server; offline too."""
        if not await asyncio.to_thread(_fits, path, most_bytes):
            raise BadValue(field="file", value=path.name, hint=f"Choose a file of at most {most_bytes // 1_000_000} MB.")
        media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        return await self.take_parts(_read(path), name=path.name, media_type=media_type)

    async def take_parts(self, parts: Iterator[bytes], *, name: str, media_type: str) -> SentFile:
        """The same of what is not a file yet; its parts are asked for beside the event loop."""
        async with self._listing:  # nobody tidies a copy away that is not listed yet
            with told_plainly():
                sha256, size = await asyncio.to_thread(self._folder.seal, parts)
            file = SentFile(name=clean_name(name), media_type=media_type, size_bytes=size, sha256=sha256)
            await self._list(file)
        return file

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
                    await self._send_whole(file, partial(progress, file.sha256))
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

    async def _send_whole(self, file: SentFile, progress: Progress) -> None:
        """Once more from its beginning where what the server had of it was not what it got: it has let go of that."""
        try:
            await self._send(file, progress)
        except BadValue as error:
            if error.values.get("field") != "sha256":
                raise
            await self._send(file, progress)

    async def _send(self, file: SentFile, progress: Progress) -> None:
        path = self._folder.path("outgoing", file.sha256)
        state = await self._rest.get(f"/uploads/{file.sha256}", UploadCard)
        while not state.is_kept:
            if not path.exists():
                raise DamagedFile
            query = {"offset": str(state.size_bytes), "total": str(file.size_bytes)}
            async with self._rest.link.asked(
                "PUT", f"{PREFIX}/uploads/{file.sha256}", params=query, headers={"Content-Type": file.media_type}, is_told=True,
                content=_slice(path, self._folder.key, state.size_bytes),
            ) as response:  # fmt: skip
                state = msgspec.json.decode(await response.aread(), type=UploadCard)
            progress(state.size_bytes)

    async def _sent(self, file: SentFile) -> None:
        """It can be fetched again from now on."""
        path = self._folder.path("outgoing", file.sha256)
        if path.exists():
            self._folder.move(path, "kept", file.sha256)
        async with self._listing:
            await self._keep(OUTGOING, [each for each in await self.waiting() if each.sha256 != file.sha256])

    async def tidy(self) -> None:
        """Let go of sealed copies that nothing waits for: their answer was discarded, and cannot be brought back any more.

        And of what was begun and never ended, by a program that was killed or a person who wants it no more.
        """
        async with self._listing:
            wanted = await self._listed()
            await asyncio.to_thread(self._folder.keep_outgoing, wanted)
            await asyncio.to_thread(self._folder.drop_begun, time.time() - HALF_KEPT_S)

    async def withdraw(self, sha256: str) -> SentFile | None:
        """No answer needs it any more: it waits no longer, and its copy goes when this program ends; `again` brings it back."""
        async with self._listing:
            waiting = await self.waiting()
            await self._keep(OUTGOING, [each for each in waiting if each.sha256 != sha256])
        return next((each for each in waiting if each.sha256 == sha256), None)

    # ── what is not taken ──────────────────────────────────────────────────────────────────────────────────────────────

    async def load_refused(self) -> tuple[RefusedFile, ...]:
        """What was refused, also before the program was started."""
        async with self._listing:  # else what was read before another was refused is told after it
            self.refused.set(await self._kept_refused())
        return self.refused.value

    async def _kept_refused(self) -> tuple[RefusedFile, ...]:
        kept = await self._store.kept(REFUSED)
        return tuple(msgspec.json.decode(kept, type=list[RefusedFile])) if kept else ()

    async def _keep_refused(self, refused: list[RefusedFile]) -> None:
        await self._keep(REFUSED, refused)
        self.refused.set(tuple(refused))

    async def _listed(self) -> set[str]:
        return {each.sha256 for each in await self.waiting()} | {each.file.sha256 for each in await self._kept_refused()}

    async def again(self, file: SentFile) -> None:
        """It waits for the server once more."""
        async with self._listing:
            await self._list(file)

    async def drop(self, sha256: str, *, with_copy: bool = True) -> None:
        """It shall not go out; without its copy it can't be given `again`."""
        async with self._listing:
            await self._forget_refused(sha256)
        if with_copy:
            self._folder.path("outgoing", sha256).unlink(missing_ok=True)

    async def is_ready(self, file: SentFile) -> bool:
        """Whether it can go out; a copy that was withdrawn with another answer waits again."""
        if self.is_gone(file.sha256):
            return False
        async with self._listing:  # one that is just being refused must not wait again: nobody would be told
            if self._folder.path("outgoing", file.sha256).exists() and file.sha256 not in await self._listed():
                await self._list(file)
        return True

    def is_gone(self, sha256: str) -> bool:
        """Whether there is no copy here that could go out."""
        return not any(self._folder.path(place, sha256).exists() for place in ("outgoing", "kept"))

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
            others = [each for each in await self._kept_refused() if each.file.sha256 != file.sha256]
            await self._keep_refused([*others, RefusedFile(file=file, error=error.key, values=values)])

    async def _forget_refused(self, sha256: str) -> None:
        await self._keep_refused([each for each in await self._kept_refused() if each.file.sha256 != sha256])

    async def _keep(self, key: str, listed: list[Any]) -> None:
        await self._store.keep(key, msgspec.json.encode(listed) if listed else None)


def _fits(path: Path, most_bytes: int) -> bool:
    return path.is_file() and path.stat().st_size <= most_bytes


def _read(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while part := file.read(1 << 20):
            yield part


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


async def try_to_send(outgoing: Outgoing) -> None:
    """Now, if the server is there, and again for a while; else at the next contact. While it is unwell: until it is well."""
    outgoing.asked.set()
    if outgoing.is_trying:
        return
    outgoing.is_trying, pauses = True, itertools.chain(PAUSES_S, itertools.repeat(None))
    try:
        while outgoing.asked.is_set():
            outgoing.asked.clear()
            try:
                await outgoing.send_waiting()
            except PatchbayError as error:
                log.info("files wait for the server: %s", error.key)
                pause_s = next(pauses)
                if pause_s is None and not isinstance(error, ServerTrouble):
                    return
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(pause_s or PAUSES_S[-1]):
                        await outgoing.asked.wait()
                outgoing.asked.set()
    finally:
        outgoing.is_trying = False
