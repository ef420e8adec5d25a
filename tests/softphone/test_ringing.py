"""A call is heard on the device that rings, until it is answered, refused or over; and who calls hears that it rings."""

import asyncio
from array import array
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from softphone.api import (
    Answer,
    CallChanged,
    CallRinging,
    Diagnose,
    Diagnostics,
    Dial,
    HangUp,
    Hold,
    PhoneError,
    PlayTest,
    Register,
    RegistrationChanged,
    Reject,
    UseSound,
)
from softphone.api import Sound as SoundChoice
from softphone.client import SoftphoneProcess
from softphone.engine.alerts import heard_of
from softphone.engine.calls import Line
from softphone.engine.ringer import played
from softphone.engine.ringtone import PERIOD_S, ring
from tests.peers.baresip import Baresip, baresip
from tests.peers.kamailio import Kamailio
from tests.peers.sound import RINGER, Sound, sound
from tests.softphone.conftest import Ear, account

LOUD = 500  # of 32,768
WITHIN_S = 60
RINGS = SoundChoice(ringer=RINGER, ring_volume=80)


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sound]:
    """A computer with a headset and a bell."""
    with sound(tmp_path_factory.mktemp("sound")) as running, pytest.MonkeyPatch.context() as patch:
        for name, value in running.environment.items():
            patch.setenv(name, value)
        yield running


@pytest.fixture(scope="module")
def customer(proxy: Kamailio, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Baresip]:
    """Somebody who calls."""
    with baresip(tmp_path_factory.mktemp("baresip"), proxy.port) as running:
        yield running


@pytest_asyncio.fixture
async def agent(machine: Sound, proxy: Kamailio) -> AsyncIterator[Ear]:
    """A phone that is signed in and rings on the bell."""
    phone = SoftphoneProcess()
    ear = Ear(phone)
    await phone.start()
    await phone.do(UseSound(sound=RINGS))
    await phone.do(Register(account=account(proxy)))
    await ear.wait(RegistrationChanged, lambda event: event.state == "registered")
    yield ear
    await phone.close()


async def rung(agent: Ear, caller: Baresip) -> CallRinging:
    since = len(agent.heard)
    await asyncio.to_thread(caller.call, "agent")
    return await agent.wait(CallRinging, since=since)


async def until(is_so: Callable[[], bool], what: str) -> None:
    try:
        async with asyncio.timeout(WITHIN_S):
            while not await asyncio.to_thread(is_so):  # noqa: ASYNC110 - a sound server tells nobody what is heard
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(what) from None


async def heard_on(machine: Sound, sink: str) -> None:
    await until(lambda: loud(machine.record(0.5, sink)), f"nothing was heard on the {sink}")


async def silent(machine: Sound, sink: str = "ringer") -> None:
    """Nobody plays anything there any more."""
    await until(lambda: not machine.players(sink), f"something still plays on the {sink}")


def loud(samples: bytes) -> bool:
    return any(abs(sample) > LOUD for sample in array("h", samples))


async def test_a_call_is_heard_on_the_bell_until_it_is_answered_and_the_next_one_until_the_caller_gives_up(
    agent: Ear, machine: Sound, customer: Baresip
) -> None:
    ringing = await rung(agent, customer)
    await heard_on(machine, "ringer")
    await agent.phone.do(Answer(call_id=ringing.call_id))
    await silent(machine)
    await until(lambda: not loud(machine.record(0.3, "ringer")), "something is still heard")
    await agent.wait(CallChanged, lambda event: event.state == "active")
    await agent.phone.do(HangUp(call_id=ringing.call_id))
    await agent.wait(CallChanged, lambda event: event.state == "ended")
    await rung(agent, customer)
    await heard_on(machine, "ringer")
    await asyncio.to_thread(customer.hang_up)
    await silent(machine)


async def test_a_call_that_is_refused_is_heard_no_more(agent: Ear, machine: Sound, customer: Baresip) -> None:
    ringing = await rung(agent, customer)
    await heard_on(machine, "ringer")
    await agent.phone.do(Reject(call_id=ringing.call_id))
    await silent(machine)


async def test_who_talks_is_not_rung_at_but_hears_a_soft_tone(
    agent: Ear, machine: Sound, proxy: Kamailio, customer: Baresip, tmp_path: Path
) -> None:
    first = await rung(agent, customer)
    await agent.phone.do(Answer(call_id=first.call_id))
    await agent.wait(CallChanged, lambda event: event.state == "active")
    await agent.phone.do(Hold(call_id=first.call_id, is_on=True))  # so that nobody's voice is in the ear
    await agent.wait(CallChanged, lambda event: event.state == "held")
    await silent(machine)
    with baresip(tmp_path / "other", proxy.port, user="second", password="second-pw") as other:
        second = await rung(agent, other)
        await heard_on(machine, "speaker")
        assert not machine.players("ringer")
        await agent.phone.do(Reject(call_id=second.call_id))
    await agent.phone.do(HangUp(call_id=first.call_id))


async def test_who_calls_hears_that_it_rings_there(agent: Ear, machine: Sound, customer: Baresip) -> None:
    call_id = msgspec.json.decode(await agent.phone.do(Dial(number="customer")))
    await agent.wait(CallChanged, lambda event: event.state == "ringing")
    await heard_on(machine, "speaker")  # the customer has not answered: it can only be our own tone
    await agent.phone.do(HangUp(call_id=call_id))
    await agent.wait(CallChanged, lambda event: event.state == "ended")
    await until(lambda: not loud(machine.record(0.3)), "the tone goes on")


async def test_a_ring_that_is_off_is_not_heard_and_its_volume_is_taken_while_it_rings(
    agent: Ear, machine: Sound, customer: Baresip
) -> None:
    await agent.phone.do(UseSound(sound=msgspec.structs.replace(RINGS, ring_volume=0)))
    ringing = await rung(agent, customer)
    assert not machine.players("ringer")
    await agent.phone.do(UseSound(sound=RINGS))
    await heard_on(machine, "ringer")
    await agent.phone.do(UseSound(sound=msgspec.structs.replace(RINGS, ring_volume=0)))
    await silent(machine)
    await agent.phone.do(Reject(call_id=ringing.call_id))


async def test_both_devices_can_be_tried(agent: Ear, machine: Sound) -> None:
    await agent.phone.do(PlayTest(which="ringer"))
    await heard_on(machine, "ringer")
    await silent(machine)
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(WITHIN_S):
        is_heard = False
        while not is_heard:
            tap = loop.run_in_executor(None, machine.record, 1.0)
            await agent.phone.do(PlayTest(which="speaker"))
            is_heard = loud(await tap)
    await agent.phone.do(UseSound(sound=SoundChoice(is_silent=True)))
    with pytest.raises(PhoneError, match="no speaker is open"):
        await agent.phone.do(PlayTest(which="speaker"))


async def test_a_bell_that_is_not_there_rings_on_the_systems_choice(agent: Ear, machine: Sound, customer: Baresip) -> None:
    await agent.phone.do(UseSound(sound=msgspec.structs.replace(RINGS, ringer="unplugged")))
    ringing = await rung(agent, customer)
    await heard_on(machine, "speaker")
    told = msgspec.json.decode(await agent.phone.do(Diagnose()), type=Diagnostics)
    assert told.ringer == ""
    await agent.phone.do(Reject(call_id=ringing.call_id))


def line(direction: Any, state: Any, **more: Any) -> Line:
    return Line(
        native=None,  # type: ignore[arg-type] # nothing of the library is asked
        call_id=1, account="", sip_call_id="x", number="1", direction=direction, line=1, state=state, **more,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("lines", "heard"),
    [
        ([], ""),
        ([line("in", "ringing")], "ring"),
        ([line("in", "ringing", is_settled=True)], ""),
        ([line("in", "active")], ""),
        ([line("in", "ringing"), line("in", "active")], "waiting"),
        ([line("in", "ringing"), line("out", "dialling")], "waiting"),
        ([line("in", "ringing"), line("in", "held")], "waiting"),
        ([line("out", "dialling")], ""),
        ([line("out", "ringing")], "ringback"),
        ([line("out", "ringing", audio=object())], ""),
        ([line("out", "ringing"), line("in", "ringing")], "waiting"),
        ([line("out", "active", is_test=True), line("in", "ringing")], "ring"),
    ],
)
def test_what_is_heard_follows_from_the_calls(lines: list[Line], heard: str) -> None:
    assert heard_of(lines) == heard


def test_a_ring_is_as_loud_as_it_is_set_and_pauses_before_it_starts_again() -> None:
    full, half, off = (array("h", ring(16_000, percent)) for percent in (100, 50, 0))
    assert max(map(abs, full)) > 31_000
    assert 7_000 < max(map(abs, half)) < 9_000
    assert not any(off)
    assert len(full) == 16_000 * PERIOD_S
    assert not any(full[-16_000:])


def test_what_is_played_so_many_times_is_followed_by_silence() -> None:
    stream = played(bytes(range(8)), 2)
    next(stream)
    assert [stream.send(3) for _ in range(4)] == [
        bytes([0, 1, 2, 3, 4, 5]),
        bytes([6, 7, 0, 1, 2, 3]),
        bytes([4, 5, 6, 7, 0, 1]),
        bytes(6),
    ]
    endless = played(b"ab", 0)
    next(endless)
    assert [endless.send(2) for _ in range(3)] == [b"abab"] * 3
