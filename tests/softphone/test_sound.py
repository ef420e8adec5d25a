"""The customer's voice comes out of the machine's speaker, through real devices of a real sound server."""

import asyncio
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


async def test_the_customers_voice_is_heard_in_the_speaker(
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
            heard = array("h", await asyncio.to_thread(machine.record, 3.0))
            loud = sum(1 for sample in heard if abs(sample) > 1000)
            assert loud > len(heard) // 50, "the speaker was silent"
            await phone.do(HangUp(call_id=ringing.call_id))
        finally:
            await phone.close()
