"""What people say they are doing right now; kept in memory, with its age, and gone with the last of their connections."""

from uuid import UUID

import msgspec

from app.kernel.clock import NowUs
from app.protocol.live import Presence

STALE_US = 120_000_000  # who says nothing for two minutes is doing nothing that anybody should see


class Presences:
    """One tenant's."""

    def __init__(self, now_us: NowUs) -> None:
        self._now_us = now_us
        self._said: dict[UUID, tuple[Presence, int]] = {}

    def say(self, user_id: UUID, said: Presence) -> Presence:
        """Somebody does something now."""
        told = msgspec.structs.replace(said, user_id=user_id, age_ms=0)
        self._said[user_id] = (told, self._now_us())
        return told

    def gone(self, user_id: UUID) -> Presence | None:
        """Their last connection ended: what others must be told, if they had said anything."""
        known = self._said.pop(user_id, None)
        return Presence(doing="", user_id=user_id) if known and known[0].doing else None

    def all(self) -> list[Presence]:
        """What is known, each with its age."""
        now_us = self._now_us()
        self._said = {user: said for user, said in self._said.items() if now_us - said[1] < STALE_US}
        return [
            msgspec.structs.replace(said, age_ms=(now_us - at_us) // 1000) for said, at_us in self._said.values() if said.doing
        ]
