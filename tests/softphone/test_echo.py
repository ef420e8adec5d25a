"""A test call to a real echo service through a real proxy: what it proves, and that it leaves real calls alone."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from softphone.api import (
    Answer,
    CallChanged,
    CallRinging,
    Dial,
    EchoHeard,
    HangUp,
    PhoneError,
    ServerAnswered,
    VoiceFigures,
    WatchVoice,
)
from tests.peers.baresip import Baresip, baresip
from tests.peers.kamailio import Kamailio
from tests.softphone.conftest import Ear


@pytest.fixture(scope="module")
def echo(proxy: Kamailio, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Baresip]:
    """Baresip's echo, at the number of the second line."""
    folder = tmp_path_factory.mktemp("echo")
    with baresip(folder, proxy.port, user="second", password="second-pw", is_echo=True) as running:
        yield running


async def begin(agent: Ear) -> int:
    since = len(agent.heard)
    call_id = int(msgspec.json.decode(await agent.phone.do(Dial(number="second", is_test=True))))
    await agent.wait(CallChanged, lambda event: event.call_id == call_id and event.state == "active", since=since)
    return call_id


async def gone(agent: Ear, call_id: int) -> None:
    await agent.wait(CallChanged, lambda event: event.call_id == call_id and event.state == "ended")


async def test_the_tone_comes_back_and_the_figures_say_how_it_travels(agent: Ear, echo: Baresip) -> None:
    call_id = await begin(agent)
    answered = await agent.wait(ServerAnswered)
    assert (answered.call_id, answered.took_ms > 0) == (call_id, True)
    assert all(event.is_test for event in agent.heard if isinstance(event, CallChanged))
    heard = await agent.wait(EchoHeard)
    assert (heard.call_id, heard.late_ms >= 20) == (call_id, True)
    await agent.phone.do(WatchVoice(is_on=True))
    figures = await agent.wait(VoiceFigures, lambda each: each.round_trip_ms is not None and each.packets_in > 0)
    assert (figures.codec, figures.clock_rate_hz, figures.call_id) == ("PCMU", 8000, call_id)
    assert figures.packets_out > 0
    await agent.phone.do(WatchVoice(is_on=False))
    await agent.phone.do(HangUp(call_id=call_id))
    await gone(agent, call_id)
    again = await begin(agent)
    await agent.wait(EchoHeard, lambda event: event.call_id == again)
    await agent.phone.do(HangUp(call_id=again))
    await gone(agent, again)


async def test_a_real_call_rings_beside_it_on_line_one_and_ends_it_when_it_is_answered(
    agent: Ear, echo: Baresip, proxy: Kamailio, tmp_path: Path
) -> None:
    call_id = await begin(agent)
    with baresip(tmp_path / "customer", proxy.port) as customer:
        await asyncio.to_thread(customer.call, "agent")
        ringing = await agent.wait(CallRinging)
        assert ringing.line == 1
        with pytest.raises(PhoneError, match="a call is on"):
            await agent.phone.do(Dial(number="second", is_test=True))
        await agent.phone.do(Answer(call_id=ringing.call_id))
        await gone(agent, call_id)
        await agent.wait(CallChanged, lambda event: event.call_id == ringing.call_id and event.state == "active")
        await agent.phone.do(HangUp(call_id=ringing.call_id))
        await gone(agent, ringing.call_id)


async def test_one_that_only_talks_is_no_echo(agent: Ear, proxy: Kamailio, tmp_path: Path) -> None:
    with baresip(tmp_path / "talker", proxy.port, mode="auto") as _:
        await agent.phone.do(WatchVoice(is_on=True))
        call_id = int(msgspec.json.decode(await agent.phone.do(Dial(number="customer", is_test=True))))
        sent = 4 * 50  # packets in four seconds: two tones went out
        await agent.wait(
            VoiceFigures, lambda each: each.call_id == call_id and each.packets_out > sent and each.packets_in > sent
        )
        assert not [event for event in agent.heard if isinstance(event, EchoHeard)]
        await agent.phone.do(HangUp(call_id=call_id))
        await gone(agent, call_id)
