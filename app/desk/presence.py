"""What the others are doing right now: told over the live line, never stored, and always with its age."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

import msgspec

from app.desk.desk import Desk
from app.domain.users.queries import user
from app.kernel.errors import NotHere
from app.kernel.observable import Observable, Unsubscribe
from app.protocol.live import Presence

TYPING, VIEWING = "typing", "viewing"
AGAIN = timedelta(seconds=6)  # the same is not said more often
LASTS = {TYPING: timedelta(seconds=20), VIEWING: timedelta(minutes=5)}  # after that nobody knows


class Doing(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody else, what they do, and when they last said so."""

    user_id: UUID
    name: str
    doing: str
    about: UUID | None
    at: datetime


class Line(Protocol):
    """What the presence needs of the sync."""

    async def present(self, doing: str, about: UUID | None = None) -> None:
        """Tell the others; lost when there is no connection."""

    def on_presence(self, watcher: Callable[[Presence], None]) -> Callable[[], None]:
        """Be told what others are doing."""


class PresenceDesk:
    """Tells the others what one is doing, and knows what they do as long as that is fresh."""

    def __init__(self, desk: Desk, line: Line) -> None:
        self.others: Observable[tuple[Doing, ...]] = Observable(())
        self._desk, self._line = desk, line
        self._said: tuple[str, UUID | None, datetime] | None = None
        self._stop: Unsubscribe = line.on_presence(self._hear)

    async def say(self, doing: str, about: UUID | None) -> None:
        """Say it, unless that was said a moment ago."""
        now = self._desk.clock.now()
        if self._said is not None and self._said[:2] == (doing, about) and now - self._said[2] < AGAIN:
            return
        self._said = (doing, about, now)
        await self._line.present(doing, about)

    def about(self, record_id: UUID) -> tuple[Doing, ...]:
        """Who is at a record right now, those who type first."""
        fresh = [each for each in self.others.value if each.about == record_id and self._is_fresh(each)]
        return tuple(sorted(fresh, key=lambda each: (each.doing != TYPING, each.name)))

    def _is_fresh(self, doing: Doing) -> bool:
        return self._desk.clock.now() - doing.at < LASTS.get(doing.doing, LASTS[TYPING])

    def _hear(self, said: Presence) -> None:
        if said.user_id is not None and said.user_id != self._desk.user_id:
            self._desk.tasks.start(self._take(said, said.user_id), name="presence")

    async def _take(self, said: Presence, user_id: UUID) -> None:
        at = self._desk.clock.now() - timedelta(milliseconds=said.age_ms)
        try:
            name = (await self._desk.read(lambda reader: user(reader, user_id))).name
        except NotHere:
            return  # somebody whom this person does not see
        rest = [each for each in self.others.value if each.user_id != user_id and self._is_fresh(each)]
        told = [Doing(user_id=user_id, name=name, doing=said.doing, about=said.about, at=at)] if said.doing else []
        self.others.set((*rest, *told))

    def close(self) -> None:
        """Hear no more."""
        self._stop()
