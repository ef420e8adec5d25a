"""Whether the agent is available: as they say, and as their calls say."""

from datetime import datetime

import msgspec

from app.desk.desk import Desk
from app.domain.users.commands import SetUserState
from app.kernel.observable import Observable

CHOSEN = ("available", "busy", "away", "break", "offline")


class AgentState(msgspec.Struct, frozen=True, kw_only=True):
    """The state, and since when."""

    state: str = "offline"
    since: datetime | None = None


class AgentDesk:
    """Follows the person's state; a call sets it and gives the one before back."""

    def __init__(self, desk: Desk) -> None:
        self.state: Observable[AgentState] = Observable(AgentState())
        self._desk = desk
        self._before_call: str | None = None
        desk.me.subscribe(lambda _: self._follow())
        self._follow()

    def _follow(self) -> None:
        if me := self._desk.me.value:
            self.state.set(AgentState(state=me.state, since=me.state_since))

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
