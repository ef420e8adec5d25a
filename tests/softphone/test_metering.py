"""The microphone is heard by the meter before any call is on."""

import asyncio
from pathlib import Path

import pytest

from softphone.api import Levels, MeterLevels, UseSound
from softphone.api import Sound as SoundChoice
from softphone.client import SoftphoneProcess
from tests.peers.sound import sound
from tests.softphone.conftest import Ear
from tests.softphone.test_sound import _tone


async def test_the_microphone_is_metered_without_a_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with sound(tmp_path) as machine:
        for name, value in machine.environment.items():
            monkeypatch.setenv(name, value)
        phone = SoftphoneProcess()
        ear = Ear(phone)
        await phone.start()
        try:
            await phone.do(UseSound(sound=SoundChoice()))
            await phone.do(MeterLevels(is_on=True))
            voice = await asyncio.to_thread(machine.speak, _tone(tmp_path / "tone.wav"))
            with voice:
                await ear.wait(Levels, lambda levels: levels.microphone > 0.05, timeout_s=60)
                voice.kill()
        finally:
            await phone.close()
