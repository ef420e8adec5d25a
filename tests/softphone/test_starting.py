"""The phone's process takes its time on a busy machine: what was asked of it meanwhile is done once it is awake."""

import sys

import pytest

from softphone.api import Sound, UseSound
from softphone.client import SoftphoneProcess

SLEEPS_FIRST = "import runpy, time\ntime.sleep(2)\nrunpy.run_module('softphone', run_name='__main__')\n"


async def test_a_phone_that_wakes_up_late_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("softphone.client.ANSWER_S", 0.5)
    monkeypatch.setattr("softphone.client.START_S", 240.0)
    phone = SoftphoneProcess([sys.executable, "-c", SLEEPS_FIRST])
    await phone.do(UseSound(sound=Sound(is_silent=True)))
    await phone.start()
    monkeypatch.undo()
    await phone.close()
