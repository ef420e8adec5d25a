"""What sync asks of a tenant's database; server.database.store gives it."""

from collections.abc import Callable
from typing import Protocol, TypeVar
from uuid import UUID

from sqlalchemy import Connection

from app.kernel.clock import NowUs
from server.database.authority import Authority

T = TypeVar("T")


class Store(Protocol):
    """One tenant's database behind threads."""

    tenant_id: UUID
    authority: Authority
    now_us: NowUs
    on_word: dict[str, Callable[[bytes], None]]  # of other processes, by topic
    on_doubt: list[Callable[[], None]]  # something that other processes did may have been missed

    def say(self, topic: str, body: bytes = b"", /) -> None:
        """Say a word to the same part of the other processes."""
        ...

    async def look(self, fn: Callable[[Connection], T], /) -> T:
        """Read in one snapshot, on a reader's thread."""
        ...

    async def write(self, fn: Callable[[], T], /) -> T:
        """Run what carries commands out, on the writer's thread."""
        ...
