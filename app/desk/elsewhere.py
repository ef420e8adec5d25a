"""What only the server has, read as if it were here: fetched by its id, looked at, and forgotten."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar
from uuid import UUID

from app.domain.search.queries import Found
from app.kernel.errors import NotHere
from app.kernel.permissions import Actor
from app.kernel.reader import Reader
from app.kernel.record import KINDS
from app.protocol.envelopes import Block
from app.replica.glimpse import Glimpse

T = TypeVar("T")
Needs = Callable[[Reader], Sequence[tuple[str, UUID]]]


class Line(Protocol):
    """What this needs of the sync."""

    async def fetch(self, kind: str, record_id: UUID) -> list[Block]:
        """A record with what is below it; raises `NotHere` and `NeedsServer`."""

    async def search(self, typed: str, limit: int, after: str | None = None) -> Found:
        """What the server finds."""


class Copy(Protocol):
    """What this needs of the replica."""

    tenant_id: UUID

    async def read(self, question: Callable[[Reader], T]) -> T:
        """Ask the replica something."""


class Elsewhere:
    """Asks the server; `NeedsServer` when it is out of reach."""

    def __init__(self, copy: Copy, line: Line) -> None:
        self._copy, self._line = copy, line

    async def look(self, kind: str, record_id: UUID, question: Callable[[Reader], T], *, needs: Needs = lambda _: ()) -> T:
        """The answer about a record; `needs` names others that are looked at with it, as far as they are in sight."""
        blocks = await self._line.fetch(kind, record_id)
        actor: Actor = await self._copy.read(lambda reader: reader.actor)
        glimpse = await asyncio.to_thread(Glimpse, self._copy.tenant_id, actor)
        try:
            await asyncio.to_thread(glimpse.give, blocks)
            for other in await asyncio.to_thread(glimpse.ask, needs):
                await self._give(glimpse, *other)
            return await asyncio.to_thread(glimpse.ask, question)
        finally:
            await asyncio.to_thread(glimpse.close)

    async def _give(self, glimpse: Glimpse, kind: str, record_id: UUID) -> None:
        try:
            blocks = await self._line.fetch(kind, record_id)
        except NotHere:
            return  # out of sight: the record is shown without it
        await asyncio.to_thread(glimpse.give, blocks)

    async def search(self, typed: str, limit: int, after: str | None = None) -> Found:
        """What the server finds; raises a `PatchbayError` when it can't be asked."""
        return await self._line.search(typed, limit, after)

    async def not_here(self, records: Sequence[tuple[str, UUID]]) -> frozenset[UUID]:
        """Those of the records that are not on this device."""
        wanted: dict[str, set[UUID]] = {}
        for kind, record_id in records:
            wanted.setdefault(kind, set()).add(record_id)

        def ask(reader: Reader) -> set[UUID]:
            found: set[UUID] = set()
            for kind, ids in wanted.items():
                record = KINDS[kind]
                found |= {row.id for row in reader.all(reader.select(record, record.id).where(record.id.in_(ids)))}
            return found

        here = await self._copy.read(ask)
        return frozenset(record_id for _, record_id in records) - here
