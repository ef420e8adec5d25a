"""The phone takes a call by itself only where that is wanted, alone, and while the agent is available."""

import asyncio
from dataclasses import dataclass, replace

import pytest

from app.desk.echo_call import EchoCall
from app.desk.self_answer import SelfAnswer
from softphone.api import Answer
from tests.demo.story import LUCA_NUMBER
from tests.desk.conftest import Work

LONG_S = 600.0


@dataclass
class Desk:
    """What a test turns: after how many seconds, and the test call that is on."""

    work: Work
    after_s: float = LONG_S

    def __post_init__(self) -> None:
        work = self.work
        self.echo = EchoCall(work.phone, work.calls, work.desk.tasks)
        self.itself = SelfAnswer(work.calls, work.agent, self.echo, work.desk.tasks, lambda: self.after_s)

    def counts(self) -> int | None:
        """Which call counts down."""
        now = self.itself.countdown.value
        return now.phone_id if now else None

    async def available(self) -> None:
        await self.work.agent.choose("available")


@pytest.fixture
def desk(work: Work) -> Desk:
    """Somebody at work."""
    return Desk(work)


async def test_a_call_is_taken_when_the_time_is_over(desk: Desk) -> None:
    await desk.available()
    desk.after_s = 0.05
    desk.work.ring(LUCA_NUMBER)
    assert desk.counts() == 1
    await desk.work.until(lambda: Answer(call_id=1) in desk.work.phone.acts)
    desk.work.change("active")
    assert desk.counts() is None


async def test_the_card_can_say_how_long_yet(desk: Desk) -> None:
    await desk.available()
    desk.work.ring(LUCA_NUMBER)
    [call] = desk.work.calls.calls.value
    countdown = desk.itself.countdown_of(call)
    assert countdown is not None
    assert 0 < countdown.left_s() <= LONG_S
    assert desk.itself.countdown_of(replace(call, phone_id=9)) is None


async def test_off_is_off(desk: Desk) -> None:
    await desk.available()
    desk.after_s = 0
    desk.work.ring(LUCA_NUMBER)
    assert desk.counts() is None


async def test_never_beside_another_call_but_when_it_has_ended(desk: Desk) -> None:
    await desk.available()
    desk.work.change("active", 5, direction="out")
    await desk.work.until(lambda: desk.work.agent.state.value.state == "on_call")
    desk.work.ring(LUCA_NUMBER)
    assert desk.counts() is None
    desk.work.change("ended", 5, direction="out")
    await desk.work.until(lambda: desk.work.agent.state.value.state == "wrap_up")
    assert desk.counts() is None
    await desk.work.calls.finish("resolved")
    await desk.work.until(lambda: desk.counts() == 1)


async def test_only_while_one_is_available(desk: Desk) -> None:
    await desk.work.agent.choose("break")
    desk.work.ring(LUCA_NUMBER)
    assert desk.counts() is None
    await desk.available()
    assert desk.counts() == 1
    await desk.work.agent.choose("busy")
    assert desk.counts() is None


async def test_putting_the_card_away_and_a_second_caller_stop_it(desk: Desk) -> None:
    await desk.available()
    desk.work.ring(LUCA_NUMBER)
    desk.work.calls.put_away(desk.work.calls.calls.value[0])
    assert desk.counts() is None
    desk.work.change("ended", code=487)
    desk.work.ring(LUCA_NUMBER, 2)
    assert desk.counts() == 2
    desk.work.ring("+390655501111", 3)
    assert desk.counts() is None


async def test_not_during_a_test_call(desk: Desk) -> None:
    await desk.available()
    desk.work.ring(LUCA_NUMBER)
    run = desk.echo.run.value
    desk.echo.run.set(replace(run, stage="on"))
    assert desk.counts() is None
    desk.echo.run.set(replace(run, stage="over"))
    assert desk.counts() == 1


async def test_a_call_that_ends_in_time_is_not_taken(desk: Desk) -> None:
    await desk.available()
    desk.after_s = 0.05
    desk.work.ring(LUCA_NUMBER)
    desk.work.change("ended", code=487)
    await asyncio.sleep(0.2)
    assert desk.work.phone.acts == []
