"""Calls with a real customer: baresip, through a real proxy."""

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from softphone.api import (
    Answer,
    CallChanged,
    CallRinging,
    Diagnose,
    Diagnostics,
    Dial,
    DtmfReceived,
    HangUp,
    Hold,
    Levels,
    MeterLevels,
    Mute,
    PhoneBack,
    PhoneLost,
    RegistrationChanged,
    Reject,
    SendDtmf,
)
from tests.peers.baresip import Baresip, baresip
from tests.peers.kamailio import Kamailio
from tests.softphone.conftest import Ear


@pytest.fixture(scope="module")
def customer(proxy: Kamailio, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Baresip]:
    """Somebody who calls."""
    with baresip(tmp_path_factory.mktemp("baresip"), proxy.port) as running:
        yield running


async def ring(agent: Ear, customer: Baresip) -> CallRinging:
    since = len(agent.heard)
    await asyncio.to_thread(customer.call, "agent")
    return await agent.wait(CallRinging, since=since)


async def talk(agent: Ear, customer: Baresip) -> CallRinging:
    ringing = await ring(agent, customer)
    since = len(agent.heard)
    await agent.phone.do(Answer(call_id=ringing.call_id))
    await agent.wait(CallChanged, lambda event: event.state == "active", since=since)
    return ringing


async def end(agent: Ear, call_id: int) -> CallChanged:
    since = len(agent.heard)
    await agent.phone.do(HangUp(call_id=call_id))
    return await agent.wait(CallChanged, lambda event: event.state == "ended", since=since)


async def test_a_call_rings_with_number_queue_and_time(agent: Ear, customer: Baresip) -> None:
    ringing = await ring(agent, customer)
    assert (ringing.number, ringing.queue, ringing.line) == ("customer", "Billing", 1)
    assert ringing.sip_call_id
    assert ringing.invite_read_us > 0
    await agent.phone.do(Reject(call_id=ringing.call_id))
    ended = await agent.wait(CallChanged, lambda event: event.state == "ended" and event.call_id == ringing.call_id)
    assert ended.reason == "busy"


async def test_an_answered_call_carries_the_customers_voice(agent: Ear, customer: Baresip) -> None:
    ringing = await talk(agent, customer)
    await agent.phone.do(MeterLevels(is_on=True))
    await agent.wait(Levels, lambda levels: levels.speaker > 0.05)
    ended = await end(agent, ringing.call_id)
    assert ended.sip_call_id == ringing.sip_call_id


async def test_levels_tell_of_now_and_not_of_a_call_that_is_over(agent: Ear, customer: Baresip) -> None:
    ringing = await talk(agent, customer)
    await agent.phone.do(MeterLevels(is_on=True))
    await agent.wait(Levels, lambda levels: levels.speaker > 0.05)
    await agent.phone.do(MeterLevels(is_on=False))
    await asyncio.sleep(1)  # the customer talks on
    await end(agent, ringing.call_id)
    since = len(agent.heard)
    await agent.phone.do(MeterLevels(is_on=True))
    assert (await agent.wait(Levels, since=since)).speaker < 0.01


async def test_the_customer_may_hang_up_before_and_after_the_answer(agent: Ear, customer: Baresip) -> None:
    ringing = await ring(agent, customer)
    since = len(agent.heard)
    await asyncio.to_thread(customer.hang_up)
    cancelled = await agent.wait(CallChanged, lambda event: event.state == "ended", since=since)
    assert (cancelled.call_id, cancelled.reason) == (ringing.call_id, "cancelled")
    await talk(agent, customer)
    since = len(agent.heard)
    await asyncio.to_thread(customer.hang_up)
    await agent.wait(CallChanged, lambda event: event.state == "ended", since=since)


async def test_holding_keeps_the_call_and_its_sound_comes_back(agent: Ear, customer: Baresip) -> None:
    ringing = await talk(agent, customer)
    since = len(agent.heard)
    await agent.phone.do(Hold(call_id=ringing.call_id, is_on=True))
    await agent.wait(CallChanged, lambda event: event.state == "held", since=since)
    since = len(agent.heard)
    await agent.phone.do(Hold(call_id=ringing.call_id, is_on=False))
    await agent.wait(CallChanged, lambda event: event.state == "active", since=since)
    since = len(agent.heard)
    await agent.phone.do(MeterLevels(is_on=True))
    await agent.wait(Levels, lambda levels: levels.speaker > 0.05, since=since)
    await end(agent, ringing.call_id)


async def test_muting_is_told_and_taken_back(agent: Ear, customer: Baresip) -> None:
    ringing = await talk(agent, customer)
    await agent.phone.do(Mute(call_id=ringing.call_id, is_on=True))
    await agent.wait(CallChanged, lambda event: event.is_muted)
    since = len(agent.heard)
    await agent.phone.do(Mute(call_id=ringing.call_id, is_on=False))
    await agent.wait(CallChanged, lambda event: not event.is_muted, since=since)
    await end(agent, ringing.call_id)


async def test_keys_go_both_ways(agent: Ear, customer: Baresip) -> None:
    ringing = await talk(agent, customer)
    await agent.phone.do(SendDtmf(call_id=ringing.call_id, digits="12#"))
    await asyncio.to_thread(customer.do, "sndcode", "5")
    heard = await agent.wait(DtmfReceived)
    assert heard.digit == "5"
    await end(agent, ringing.call_id)


async def test_a_second_call_rings_on_line_two_and_a_third_is_busy(
    agent: Ear, customer: Baresip, proxy: Kamailio, tmp_path: Path
) -> None:
    first = await talk(agent, customer)
    with baresip(tmp_path / "other", proxy.port, user="second", password="second-pw") as other:
        second = await ring(agent, other)
        assert second.line == 2
        since = len(agent.heard)
        await agent.phone.do(Answer(call_id=second.call_id))
        await agent.wait(CallChanged, lambda event: event.call_id == first.call_id and event.state == "held", since=since)
        await agent.wait(CallChanged, lambda event: event.call_id == second.call_id and event.state == "active", since=since)
        await end(agent, second.call_id)
    await end(agent, first.call_id)


async def test_the_agent_calls_out_and_hears_why_it_fails(agent: Ear, customer: Baresip) -> None:
    since = len(agent.heard)
    call_id = msgspec.json.decode(await agent.phone.do(Dial(number="nobody")))
    ended = await agent.wait(CallChanged, lambda event: event.state == "ended", since=since)
    assert (ended.call_id, ended.reason, ended.direction) == (call_id, "no such number", "out")
    since = len(agent.heard)
    call_id = msgspec.json.decode(await agent.phone.do(Dial(number="customer")))
    await agent.wait(CallChanged, lambda event: event.state == "ringing", since=since)
    await asyncio.to_thread(customer.accept)
    await agent.wait(CallChanged, lambda event: event.state == "active", since=since)
    await end(agent, call_id)


async def test_the_phone_says_what_is_missing(agent: Ear) -> None:
    told = msgspec.json.decode(await agent.phone.do(Diagnose()), type=Diagnostics)
    assert told.is_null_sound
    assert "G722/16000/1" in told.codecs
    assert "Opus" in told.missing


async def test_a_phone_that_dies_is_started_again_and_signs_in(agent: Ear, customer: Baresip) -> None:
    ringing = await talk(agent, customer)
    since = len(agent.heard)
    assert agent.phone.pid is not None
    os.kill(agent.phone.pid, signal.SIGKILL)
    lost = await agent.wait(PhoneLost, since=since)
    assert lost.lost_calls == [ringing.call_id]
    await agent.wait(PhoneBack, since=since)
    await agent.wait(RegistrationChanged, lambda event: event.state == "registered", since=since)
    await asyncio.to_thread(customer.hang_up)
    await end(agent, (await talk(agent, customer)).call_id)
