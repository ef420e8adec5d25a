"""What somebody may do and see, all their roles together, as the server works it out: only it knows every share."""

from typing import Protocol, TypeVar
from uuid import UUID

from app.domain.roles.effective import EffectiveAccess
from app.kernel.errors import NeedsServer
from app.sync.errors import ServerAway, SignedOut

T = TypeVar("T")


class Asks(Protocol):
    """What this needs of the connection."""

    async def get(self, path: str, kind: type[T]) -> T:
        """The answer; raises what the server refuses with, and `ServerAway` when it is out of reach."""


class AccessDesk:
    """Asks the server; `NeedsServer` when it is out of reach, `NotAllowed` for who may not know."""

    def __init__(self, rest: Asks) -> None:
        self._rest = rest

    async def of(self, user_id: UUID) -> EffectiveAccess:
        """Everything about one person's access, now."""
        try:
            return await self._rest.get(f"/users/{user_id}/access", EffectiveAccess)
        except (ServerAway, SignedOut) as error:
            raise NeedsServer from error
