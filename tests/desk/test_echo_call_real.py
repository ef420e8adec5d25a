"""The test call from the desk through a real phone, a real proxy and a real echo service; nothing is left of it."""

from pathlib import Path

from app.desk.echo_call import EchoCall, Limits
from app.desk.profile import SipAccount
from app.desk.telephony import PhoneDesk
from softphone.api import Register, Sound, UseSound
from softphone.client import SoftphoneProcess
from tests.desk.conftest import Work
from tests.peers.baresip import baresip
from tests.peers.kamailio import kamailio
from tests.softphone.conftest import PASSWORDS, account


async def test_it_scores_the_line_and_says_why_a_number_is_none(work: Work, tmp_path: Path) -> None:
    with (
        kamailio(tmp_path / "proxy", PASSWORDS) as proxy,
        baresip(tmp_path / "echo", proxy.port, user="second", password="second-pw", is_echo=True),
    ):
        phone = SoftphoneProcess()
        calls = PhoneDesk(work.desk, work.agent, phone)
        calls.lines.use((SipAccount(id="first", user="agent", domain="call.example"),))
        echo = EchoCall(phone, calls, work.desk.tasks, Limits(answer_s=60, sound_s=60, score_s=2, end_s=600))
        before, state = len(await work.replica.outbox()), work.agent.state.value
        await phone.start()
        try:
            await phone.do(UseSound(sound=Sound(is_silent=True)))
            await phone.do(Register(account=account(proxy, id="first")))
            await work.until(lambda: calls.lines.default.value.state == "registered")
            echo.begin("second")
            await work.until(lambda: echo.run.value.score is not None and echo.run.value.echo_ms is not None)
            run = echo.run.value
            assert (run.stage, run.trouble, run.is_signed_in) == ("on", "", True)
            assert run.server_ms is not None
            assert run.figures is not None
            assert run.figures.codec == "PCMU"
            assert calls.current is None
            echo.stop()
            await work.until(lambda: not echo.is_busy)
            echo.begin("nobody")
            await work.until(lambda: echo.run.value.stage == "over")
            assert (echo.run.value.trouble, echo.run.value.reason) == ("not_reached", "no such number")
            assert (len(await work.replica.outbox()), work.agent.state.value, calls.wrap_up.value) == (before, state, None)
        finally:
            calls.close()
            await phone.close()
