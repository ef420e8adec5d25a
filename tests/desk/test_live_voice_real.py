"""The quality of a real line: a real phone talks through a real proxy, and its figures come and go with the call."""

from pathlib import Path

from app.desk.live_voice import LiveVoice
from app.desk.profile import SipAccount
from app.desk.telephony import PhoneDesk
from softphone.api import Register, Sound, UseSound
from softphone.client import SoftphoneProcess
from tests.desk.conftest import Work
from tests.peers.baresip import baresip
from tests.peers.kamailio import kamailio
from tests.softphone.conftest import PASSWORDS, account


async def test_the_figures_of_a_real_call_are_known_while_one_talks(work: Work, tmp_path: Path) -> None:
    with kamailio(tmp_path / "proxy", PASSWORDS) as proxy, baresip(tmp_path / "customer", proxy.port, mode="auto") as _:
        phone = SoftphoneProcess()
        calls = PhoneDesk(work.desk, work.agent, phone)
        voice = LiveVoice(phone, calls, work.desk.tasks)
        calls.lines.use((SipAccount(id="first", user="agent", domain="call.example"),))
        await phone.start()
        try:
            await phone.do(UseSound(sound=Sound(is_silent=True)))
            await phone.do(Register(account=account(proxy, id="first")))
            await work.until(lambda: calls.lines.default.value.state == "registered")
            await calls.dial("customer")
            await work.until(lambda: (found := voice.quality.value) is not None and found.figures.packets_in > 0)
            quality = voice.quality.value
            assert quality is not None
            assert (quality.figures.codec, quality.figures.call_id) == ("PCMU", calls.calls.value[0].phone_id)
            assert 0.0 <= quality.loss_percent <= 100.0
            call = calls.calls.value[0]
            await calls.set_hold(call, is_on=True)
            await work.until(lambda: calls.calls.value[0].state == "held")
            assert voice.quality.value is None
            await calls.set_hold(call, is_on=False)
            await work.until(lambda: voice.quality.value is not None)
            await calls.hang_up(call)
            await work.until(lambda: not calls.calls.value)
            assert voice.quality.value is None
        finally:
            voice.close()
            calls.close()
            await phone.close()
