"""The phone takes a call by itself after some seconds, for who wants that: never beside another call, only while available."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from app.desk.agent_state import AgentDesk
from app.desk.echo_call import EchoCall
from app.desk.telephony import LiveCall, PhoneDesk, PhoneTrouble
from app.kernel.observable import Observable
from app.kernel.tasks import TaskRunner


@dataclass(frozen=True, slots=True, kw_only=True)
class Countdown:
    """Which call will be taken, and when on the loop's clock."""

    phone_id: int
    at: float

    def left_s(self) -> float:
        """How long yet."""
        return max(0.0, self.at - asyncio.get_running_loop().time())


class SelfAnswer:
    """Follows the calls. Putting the card away stops the countdown, as declining does."""

    def __init__(
        self, calls: PhoneDesk, agent: AgentDesk, echo: EchoCall, tasks: TaskRunner, after_s: Callable[[], float]
    ) -> None:
        self.countdown: Observable[Countdown | None] = Observable(None)
        self._calls, self._agent, self._echo, self._tasks, self._after_s = calls, agent, echo, tasks, after_s
        self._waiting: asyncio.Task[None] | None = None
        calls.calls.subscribe(lambda _: self._look())
        agent.state.subscribe(lambda _: self._look())
        echo.run.subscribe(lambda _: self._look())

    def countdown_of(self, call: LiveCall) -> Countdown | None:
        """The countdown of this call, if it has one."""
        now = self.countdown.value
        return now if now is not None and now.phone_id == call.phone_id else None

    def _look(self) -> None:
        wanted = self._wanted()
        counting = self.countdown.value
        if (wanted and wanted.phone_id) == (counting and counting.phone_id):
            return
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
        if wanted is None:
            self.countdown.set(None)
            return
        after_s = self._after_s()
        self.countdown.set(Countdown(phone_id=wanted.phone_id, at=asyncio.get_running_loop().time() + after_s))
        self._waiting = self._tasks.task(self._answer(wanted, after_s), name="answer by itself")

    def _wanted(self) -> LiveCall | None:
        """The call that would be taken: the only one, ringing, not put away."""
        calls = self._calls.calls.value
        if self._after_s() <= 0 or len(calls) != 1 or self._echo.run.value.is_on or self._agent.state.value.state != "available":
            return None
        [call] = calls
        is_waiting = call.state == "ringing" and call.direction == "in" and not call.is_put_away and not call.was_declined
        return call if is_waiting else None

    async def _answer(self, call: LiveCall, after_s: float) -> None:
        await asyncio.sleep(after_s)
        self._waiting = None
        try:
            await self._calls.answer(call)
        except PhoneTrouble:  # it ended in this moment, or the phone is being started again: the call says so itself
            return
