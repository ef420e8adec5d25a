"""What people say they are doing right now; kept in memory, with its age, and gone with the last of their connections."""

from collections.abc import Iterator
from uuid import UUID

from app.kernel.clock import NowUs
from app.protocol.live import Presence

STALE_US = 300_000_000  # who says nothing for five minutes is doing nothing that anybody should see


class Presences:
    """One tenant's: what each said last, and when."""

    def __init__(self, now_us: NowUs) -> None:
        self._now_us = now_us
        self._said: dict[UUID, tuple[Presence, int]] = {}

    def say(self, user_id: UUID, said: Presence, at_us: int) -> None:
        """Somebody does something since then, or nothing more."""
        self._said.pop(user_id, None)
        if said.doing:
            self._said[user_id] = (said, at_us)

    def doing(self, user_id: UUID) -> tuple[Presence, int] | None:
        """What somebody said last, if it was anything."""
        return self._said.get(user_id)

    def about(self, ids: frozenset[UUID]) -> Iterator[tuple[UUID, Presence, int]]:
        """Who does something that is about one of these."""
        return ((user, said, at_us) for user, (said, at_us) in self._said.items() if said.about in ids)

    def all(self) -> list[tuple[Presence, int]]:
        """What is known, with its time."""
        now_us = self._now_us()
        self._said = {user: said for user, said in self._said.items() if now_us - said[1] < STALE_US}
        return list(self._said.values())
