"""What somebody may do and see, as the server works it out, and what one may change oneself on a screen about others."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar
from uuid import UUID

from app.desk.desk import Desk
from app.domain.roles.effective import EffectiveAccess
from app.kernel.errors import NeedsServer
from app.kernel.observable import Observable
from app.kernel.reader import Reader
from app.kernel.tasks import Refresh
from app.kernel.words import tr
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """What somebody may change on a screen whose every change is the server's to make."""

    rights: frozenset[str] = frozenset()  # those of the screen that their roles give
    is_live: bool = False

    def may(self, permission: str) -> bool:
        """Whether it can be done now."""
        return self.is_live and permission in self.rights

    @property
    def why_not(self) -> str:
        """Why nothing can be changed; "" when something can."""
        if not self.rights:
            return tr("You can look, not change: your roles don't let you change anything here.")
        return "" if self.is_live else tr("This is changed on the server. Connect first; what you see is as of then.")


class LeaveOf:
    """Follows the connection; `read` is asked whenever the screen reads."""

    def __init__(self, desk: Desk, *permissions: str) -> None:
        self.leave: Observable[Leave] = Observable(Leave())
        self._desk, self._permissions = desk, permissions
        desk.connection.subscribe(lambda _: self._tell(self.leave.value.rights))

    def read(self, reader: Reader) -> frozenset[str]:
        """The rights that count here."""
        return frozenset(each for each in self._permissions if reader.actor.may(each))

    async def refresh(self) -> None:
        """Ask again what one's roles give."""
        self._tell(await self._desk.read(self.read))

    def _tell(self, rights: frozenset[str]) -> None:
        self.leave.set(Leave(rights=rights, is_live=self._desk.connection.value.state == "live"))


class WhileShown:
    """Does something again whenever one of the kinds changed, as long as somebody looks at what comes of it (`is_on`)."""

    def __init__(self, desk: Desk, kinds: set[str], again: Callable[[], Coroutine[Any, Any, None]], *, name: str) -> None:
        self.is_on = False
        self._again = Refresh(desk.tasks, again, name=name)
        desk.on_changed(kinds, self._changed)

    def _changed(self) -> None:
        if self.is_on:
            self._again.ask()
