"""What was only looked at on this device, where the workspace wants to know: kept like what was done, sent, and then forgotten.

It is no act: nothing of it can be taken back, nobody waits for it, and it is not counted among what waits for the server.
"""

import logging
from typing import Protocol
from uuid import UUID

import msgspec

from app.desk.desk import Connection, Desk
from app.desk.drafts import LocalStore
from app.kernel.columns import moment_from_us
from app.kernel.errors import PatchbayError, Refused
from app.kernel.tasks import Refresh
from app.protocol.openings import AT_ONCE, WINDOW_US, Opening
from app.protocol.openings import Openings as Told
from app.sync.errors import ServerAway, ServerTrouble, SignedOut

log = logging.getLogger(__name__)
KEY, PATH = "openings", "/openings"
MOST_REMEMBERED = 10_000  # of those that were looked at lately


class Store(LocalStore, Protocol):
    """What this needs of the replica."""

    async def skew_us(self) -> int:
        """How far the server's clock is ahead of this device's."""


class Line(Protocol):
    """What this needs of the connection."""

    async def post(self, path: str, body: object) -> object:
        """Have something done; raises what the server refuses with, and `ServerAway` when it is out of reach."""


class Openings:
    """Told by `Desk.opened`; sends whenever the line is there."""

    def __init__(self, desk: Desk, store: Store, line: Line) -> None:
        self._desk, self._store, self._line = desk, store, line
        self._fresh: list[tuple[int, str, UUID]] = []  # by this device's clock
        self._lately: dict[tuple[str, UUID], int] = {}
        self._turn = Refresh(desk.tasks, self._go, name="openings")
        self._was_live = False
        desk.on_opened = self.note
        self._stop = desk.connection.subscribe(self._follow)

    def note(self, kind: str, record_id: UUID) -> None:
        """Somebody has it before them; the same record within a quarter of an hour is the same looking."""
        at_us = self._desk.clock.now_us()
        known_us = self._lately.get((kind, record_id))
        if known_us is not None and 0 <= at_us - known_us < WINDOW_US:
            return
        if len(self._lately) >= MOST_REMEMBERED:
            self._lately.clear()
        self._lately[kind, record_id] = at_us
        self._fresh.append((at_us, kind, record_id))
        self._turn.ask()

    def close(self) -> None:
        """Hear no more."""
        self._stop()

    def _follow(self, connection: Connection) -> None:
        is_live = connection.state == "live"
        if is_live and not self._was_live:
            self._turn.ask()
        self._was_live = is_live

    async def waiting(self) -> list[Opening]:
        """What the server has not heard of."""
        kept = await self._store.kept(KEY)
        return msgspec.json.decode(kept, type=list[Opening]) if kept else []

    async def _go(self) -> None:
        """One at a time: keep what is new, then send what the server can hear."""
        waiting = await self.waiting()
        fresh, self._fresh = self._fresh, []
        if fresh:
            skew_us = await self._store.skew_us()
            waiting += [
                Opening(kind=kind, record_id=record_id, opened_at=moment_from_us(at_us + skew_us))
                for at_us, kind, record_id in fresh
            ]
            await self._keep(waiting)
        while waiting and self._was_live:
            some, waiting = waiting[:AT_ONCE], waiting[AT_ONCE:]
            if not await self._is_told(some):
                return
            await self._keep(waiting)

    async def _keep(self, waiting: list[Opening]) -> None:
        await self._store.keep(KEY, msgspec.json.encode(waiting) if waiting else None)

    async def _is_told(self, some: list[Opening]) -> bool:
        """Whether the server has heard, or never will: then they are forgotten."""
        try:
            await self._line.post(PATH, Told(openings=some))
        except Refused as error:
            log.warning("the server does not take %d openings: %s", len(some), error.key)
        except (ServerAway, ServerTrouble, SignedOut) as error:
            log.info("openings wait: %s", error.key)
            return False
        except PatchbayError:
            log.exception("openings could not be sent")
            return False
        return True
