"""One act on many records at this desk: in chunks, with how far it is, and with a way to stop it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from app.kernel.command import Command, Issued
from app.kernel.errors import PatchbayError, Refused
from app.kernel.ids import new_id
from app.kernel.observable import Observable
from app.kernel.undo import Undo

CHUNK = 50  # in one transaction: between two of them, whatever else is done here has its turn


class Busy(PatchbayError):
    """Another act on many records is under way."""

    key = "bulk_busy"
    text = "Another change of many records is under way. Wait for it, or stop it."


class Copy(Protocol):
    """What this needs of the replica."""

    async def run_many(self, commands: Sequence[Command], group: UUID) -> list[Issued | Refused]:
        """Do each that can be done."""

    async def members(self, group: UUID) -> list[UUID]:
        """The commands of a group, latest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far it is."""

    done: int
    total: int
    refused: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of it: how many were done, which were not and why, and how many were not come to."""

    group: UUID
    done: int
    refused: tuple[tuple[Command, Refused], ...]
    left: int


class Bulk:
    """One at a time. `progress` is nothing while nothing is under way."""

    def __init__(self, copy: Copy) -> None:
        self.progress: Observable[Progress | None] = Observable(None)
        self._copy, self._is_stopped = copy, False

    def stop(self) -> None:
        """After the chunk that is under way; what was done stays, and can be taken back."""
        self._is_stopped = True

    async def run(self, commands: Sequence[Command], began: Callable[[UUID], object] = lambda _: None) -> Outcome:
        """Do them all, each for itself; `began` hears of the group as soon as something of it is done. Raises `Busy`."""
        if self.progress.value is not None:
            raise Busy
        group, self._is_stopped = new_id(), False
        done, refused = 0, list[tuple[Command, Refused]]()
        self.progress.set(Progress(done=0, total=len(commands), refused=0))
        try:
            for at in range(0, len(commands), CHUNK):
                chunk = commands[at : at + CHUNK]
                answers = await self._copy.run_many(chunk, group)
                refused += [(each, why) for each, why in zip(chunk, answers, strict=True) if isinstance(why, Refused)]
                is_first, done = done == 0, at + len(chunk) - len(refused)
                if is_first and done:
                    began(group)
                self.progress.set(Progress(done=done, total=len(commands), refused=len(refused)))
                if self._is_stopped:
                    break
        finally:
            self.progress.set(None)
        return Outcome(group=group, done=done, refused=tuple(refused), left=len(commands) - done - len(refused))

    async def undo(self, group: UUID) -> Outcome | None:
        """Take back what was done of a group, the latest first; nothing when it is no group of this device."""
        members = await self._copy.members(group)
        return await self.run([Undo(command_id=each) for each in members]) if members else None
