"""Files of a conversation as a person handles them: fetched on a click, with progress, to be opened or saved; without Qt."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from app.desk.files import Files, Wanted
from app.desk.outgoing import try_to_send
from app.domain.attachments.commands import SentFile
from app.domain.attachments.queries import AttachmentCard
from app.domain.attachments.rules import MAX_MAIL_BYTES, MAX_MAIL_FILES, may_run
from app.kernel.errors import BadValue
from app.kernel.observable import Observable
from app.kernel.tasks import TaskRunner

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """How far one has come."""

    done: int
    total: int

    @property
    def percent(self) -> int:
        """0 to 100."""
        return 100 * self.done // self.total if self.total else 100


class FilesPanel:
    """`transfers` holds those that are on their way, by attachment."""

    def __init__(self, files: Files, tasks: TaskRunner) -> None:
        self.transfers: Observable[dict[UUID, Transfer]] = Observable({})
        self._files, self._tasks = files, tasks
        self._running: dict[UUID, asyncio.Task[object]] = {}

    async def open(self, card: AttachmentCard) -> Path:
        """A copy for another program; what could run by itself is only saved."""
        if may_run(card.name):
            raise BadValue(field="file", value=card.name, hint="This kind of file can run as a program. Save it if you trust it.")
        return await self._follow(card, self._files.plain_copy)

    async def save(self, card: AttachmentCard, target: Path) -> None:
        """Where the person wants it."""
        await self._follow(card, lambda wanted, told: self._files.save(wanted, target, told))

    def cancel(self, attachment_id: UUID) -> None:
        """Fetch no more of it; what came is kept for the next time."""
        if (task := self._running.get(attachment_id)) is not None:
            task.cancel()

    async def _follow(self, card: AttachmentCard, work: Callable[[Wanted, Callable[[int], None]], Awaitable[T]]) -> T:
        wanted = Wanted(attachment_id=card.id, name=card.name, size_bytes=card.size_bytes, sha256=card.sha256)

        def told(done: int) -> None:
            self.transfers.set({**self.transfers.value, card.id: Transfer(done=done, total=card.size_bytes)})

        if (task := asyncio.current_task()) is not None:
            self._running[card.id] = task
        told(0)
        try:
            return await work(wanted, told)
        finally:
            self._running.pop(card.id, None)
            self.transfers.set({each: transfer for each, transfer in self.transfers.value.items() if each != card.id})

    async def check_here(self, files: tuple[SentFile, ...]) -> None:
        """Whether each can still go out; one that was removed after a refusal can't."""
        for file in files:
            if not await self._files.outgoing.is_ready(file):
                raise BadValue(field="file", value=file.name, hint="It is no longer here. Take it off, or attach it again.")
        if files:
            self._tasks.start(try_to_send(self._files.outgoing), name="files")  # what was withdrawn before waits again

    async def take(self, paths: list[Path], already: tuple[SentFile, ...]) -> tuple[SentFile, ...]:
        """Those that shall go out with an answer, with those that do so already; given to the server as soon as it is there."""
        taken = list(already)
        for path in paths:
            if len(taken) >= MAX_MAIL_FILES:
                raise BadValue(field="files", value=len(taken) + 1, hint=f"At most {MAX_MAIL_FILES} files in one message.")
            left = MAX_MAIL_BYTES - sum(file.size_bytes for file in taken)
            taken.append(await self._files.outgoing.take(path, most_bytes=left))
        self._tasks.start(try_to_send(self._files.outgoing), name="files")
        return tuple(taken)
