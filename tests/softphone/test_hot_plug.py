"""A headset that is pulled out on a call: the sound moves on, and comes back with it."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from softphone.api import (
    Answer,
    CallChanged,
    CallRinging,
    Device,
    DevicesChanged,
    HangUp,
    Register,
    RegistrationChanged,
    Sound,
    UseSound,
)
from softphone.client import SoftphoneProcess
from softphone.engine.plugs import MOST_PAUSE_S, Plugs, is_touched
from tests.peers.baresip import baresip
from tests.peers.kamailio import Kamailio
from tests.peers.sound import Sound as Machine
from tests.peers.sound import sound
from tests.softphone.conftest import Ear, account

MICROPHONE, SPEAKER = Device(id="Jabra", name="Jabra", is_input=True), Device(id="Jabra", name="Jabra", is_input=False)
CAMERA, LOUD = Device(id="Cam", name="Cam", is_input=True), Device(id="Loud", name="Loud", is_input=False)


@pytest.mark.parametrize(
    ("chosen", "before", "now", "is_it"),
    [
        (Sound(microphone="Jabra", speaker="Jabra"), [MICROPHONE, SPEAKER], [LOUD], True),
        (Sound(microphone="Jabra", speaker="Jabra"), [LOUD], [LOUD, MICROPHONE, SPEAKER], True),
        (Sound(microphone="Jabra", speaker="Jabra"), [MICROPHONE, SPEAKER], [MICROPHONE, SPEAKER, CAMERA, LOUD], False),
        (Sound(microphone="Jabra"), [MICROPHONE, SPEAKER], [MICROPHONE, SPEAKER, CAMERA], False),
        (Sound(microphone="Jabra"), [MICROPHONE, SPEAKER], [MICROPHONE, SPEAKER, LOUD], True),
        (Sound(microphone="Gone", speaker="Jabra"), [MICROPHONE, SPEAKER], [MICROPHONE, SPEAKER, CAMERA], True),
        (Sound(), [SPEAKER], [], True),
    ],
)
def test_sound_is_taken_anew_only_where_the_change_touches_it(
    chosen: Sound, before: list[Device], now: list[Device], is_it: bool
) -> None:
    assert is_touched(chosen, before, now) is is_it


def test_a_look_that_costs_much_is_taken_less_often() -> None:
    plugs = Plugs()
    assert plugs.pause_s <= 0.5
    plugs.cost_s = 0.008
    assert plugs.pause_s == pytest.approx(0.8)
    plugs.cost_s = 1.0
    assert plugs.pause_s == MOST_PAUSE_S


async def test_sound_leaves_a_headset_that_is_pulled_out_on_a_call_and_comes_back_to_it(
    proxy: Kamailio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sound(tmp_path) as machine, baresip(tmp_path / "luca", proxy.port) as customer:
        for name, value in machine.environment.items():
            monkeypatch.setenv(name, value)
        plug = machine.plug_in("headset")
        ear = Ear(SoftphoneProcess())
        await ear.phone.start()
        try:
            await ear.phone.do(UseSound(sound=Sound(speaker="headset")))
            await ear.phone.do(Register(account=account(proxy)))
            await ear.wait(RegistrationChanged, lambda event: event.state == "registered")
            await asyncio.to_thread(customer.call, "agent")
            ringing = await ear.wait(CallRinging)
            await ear.phone.do(Answer(call_id=ringing.call_id))
            await ear.wait(CallChanged, lambda event: event.state == "active")
            await _plays(machine, "headset")
            machine.pull_out(plug)
            await ear.wait(DevicesChanged, lambda event: "headset" not in {each.name for each in event.devices})
            await _plays(machine, "speaker")
            since = len(ear.heard)
            machine.plug_in("headset")
            await ear.wait(DevicesChanged, lambda event: "headset" in {each.name for each in event.devices}, since=since)
            await _plays(machine, "headset")
            held = machine.programs()
            for _ in range(6):
                await ear.phone.do(UseSound(sound=Sound(speaker="headset")))
            await _until(lambda: machine.programs() <= held)  # each device gives its connection back
            assert not [event for event in ear.heard if isinstance(event, CallChanged) and event.state == "ended"]
            await ear.phone.do(HangUp(call_id=ringing.call_id))
            await ear.wait(CallChanged, lambda event: event.state == "ended")
        finally:
            await ear.phone.close()


async def _plays(machine: Machine, sink: str) -> None:
    """Until the phone plays there."""
    await _until(lambda: machine.players(sink) > 0)


async def _until(is_so: Callable[[], bool]) -> None:
    """The sound system is asked again and again: it tells nobody."""
    async with asyncio.timeout(60):
        while not await asyncio.to_thread(is_so):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
