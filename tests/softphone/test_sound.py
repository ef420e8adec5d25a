"""Both voices go through real devices of a real sound server, and through a real call."""

import asyncio
import math
import wave
from array import array
from pathlib import Path

import msgspec
import pytest

from softphone.api import (
    Answer,
    CallChanged,
    CallRinging,
    Device,
    Diagnose,
    Diagnostics,
    HangUp,
    ListDevices,
    Register,
    RegistrationChanged,
    UseSound,
)
from softphone.api import Sound as SoundChoice
from softphone.client import SoftphoneProcess
from tests.peers.baresip import baresip
from tests.peers.kamailio import Kamailio
from tests.peers.sound import sound
from tests.softphone.conftest import Ear, account

TONE_HZ, RATE_HZ = 440, 8_000


async def test_the_customers_voice_is_heard_in_the_speaker_and_the_agents_by_the_customer(
    proxy: Kamailio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sound(tmp_path) as machine, baresip(tmp_path / "luca", proxy.port) as customer:
        for name, value in machine.environment.items():
            monkeypatch.setenv(name, value)
        phone = SoftphoneProcess()
        ear = Ear(phone)
        await phone.start()
        try:
            devices = msgspec.json.decode(await phone.do(ListDevices()), type=list[Device])
            assert {device.is_input for device in devices} == {True, False}
            await phone.do(UseSound(sound=SoundChoice()))
            told = msgspec.json.decode(await phone.do(Diagnose()), type=Diagnostics)
            assert (told.is_null_sound, told.sound) == (False, "")
            await phone.do(Register(account=account(proxy)))
            await ear.wait(RegistrationChanged, lambda event: event.state == "registered")
            await asyncio.to_thread(customer.call, "agent")
            ringing = await ear.wait(CallRinging)
            await phone.do(Answer(call_id=ringing.call_id))
            await ear.wait(CallChanged, lambda event: event.state == "active")
            with machine.speak(_tone(tmp_path / "tone.wav")) as voice:
                heard = array("h", await asyncio.to_thread(machine.record, 3.0))
                voice.kill()
            loud = sum(1 for sample in heard if abs(sample) > 1000)
            assert loud > len(heard) // 50, "the speaker was silent"
            await phone.do(HangUp(call_id=ringing.call_id))
            await ear.wait(CallChanged, lambda event: event.state == "ended")
        finally:
            await phone.close()
        assert _seconds_of_tone(customer.heard()) > 1, "the customer did not hear the microphone"


def _tone(path: Path) -> Path:
    """Ten seconds, at half of full scale."""
    samples = array("h", (round(16_000 * math.sin(2 * math.pi * TONE_HZ * place / RATE_HZ)) for place in range(10 * RATE_HZ)))
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE_HZ, 0, "NONE", ""))
        file.writeframes(samples.tobytes())
    return path


def _seconds_of_tone(path: Path) -> float:
    """Stretches of 20 ms that the tone's frequency dominates (Goertzel's algorithm)."""
    with wave.open(str(path), "rb") as file:
        rate, heard = file.getframerate(), array("h", file.readframes(file.getnframes()))
    size = rate // 50
    blocks = [heard[start : start + size] for start in range(0, len(heard) - size, size)]
    return sum(_share_of_tone(block, rate) > 0.5 for block in blocks) / 50


def _share_of_tone(block: "array[int]", rate: int) -> float:
    before = earlier = 0.0
    factor = 2 * math.cos(2 * math.pi * TONE_HZ / rate)
    for sample in block:
        before, earlier = sample + factor * before - earlier, before
    energy = sum(sample * sample for sample in block) * len(block) / 2
    return (before * before + earlier * earlier - factor * before * earlier) / energy if energy else 0.0
