"""Whether the agent is available: as they say, and as their calls say."""

from datetime import datetime

import msgspec

from app.desk.desk import Desk
from app.domain.users.commands import SetUserState
from app.domain.users.queries import Forced, UserCard, users
from app.kernel.observable import Observable

CHOSEN = ("available", "busy", "away", "break", "offline")


class AgentState(msgspec.Struct, frozen=True, kw_only=True):
    """The state, and since when."""

    state: str = "offline"
    since: datetime | None = None


class ForcedState(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody set one's state in one's place."""

    state: str
    since: datetime | None
    by: str  # a name; "" when it is not known here
    reason: str


class AgentDesk:
    """Follows the person's state; a call sets it and gives the one before back. `forced`: who else set it, until one chooses."""

    def __init__(self, desk: Desk) -> None:
        self.state: Observable[AgentState] = Observable(AgentState())
        self.forced: Observable[ForcedState | None] = Observable(None)
        self._desk = desk
        self._before_call: str | None = None
        desk.me.subscribe(lambda _: self._follow())
        self._follow()

    def _follow(self) -> None:
        if me := self._desk.me.value:
            self.state.set(AgentState(state=me.state, since=me.state_since))
            if me.forced is None:
                self.forced.set(None)
            else:
                self._desk.tasks.start(self._learn(me, me.forced), name="forced state")

    async def _learn(self, me: UserCard, forced: Forced) -> None:
        """By whom: somebody who is not in sight has no name here."""
        names = {each.id: each.name for each in await self._desk.read(users)}
        told = ForcedState(state=me.state, since=me.state_since, by=names.get(forced.by_id, ""), reason=forced.reason)
        if self._desk.me.value == me and told != self.forced.value:
            self.forced.set(told)

    async def choose(self, state: str) -> None:
        """The person says so."""
        self._before_call = None
        await self._set(state)

    async def call_began(self) -> None:
        """On a call; remembers what was before."""
        if self.state.value.state != "on_call":
            self._before_call = self.state.value.state
            await self._set("on_call")

    async def call_ended(self) -> None:
        """Wrap-up, if a call was on."""
        if self.state.value.state == "on_call":
            await self._set("wrap_up")

    async def wrapped_up(self) -> None:
        """Back to what was before the call."""
        if self.state.value.state in {"wrap_up", "on_call"}:
            before = self._before_call
            await self._set(before if before in CHOSEN and before != "offline" else "available")
            self._before_call = None

    async def _set(self, state: str) -> None:
        await self._desk.run(SetUserState(user_id=self._desk.user_id, state=state))
        self.state.set(AgentState(state=state, since=self._desk.clock.now()))
