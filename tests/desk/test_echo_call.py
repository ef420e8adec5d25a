"""A test call proves the phone step by step, says in which one it failed, and leaves no trace of a call."""

from dataclasses import replace

import msgspec
import pytest

from app.desk.echo_call import EchoCall, EchoRun, Limits, Trouble, heard
from app.desk.profile import SipAccount
from softphone.api import (
    Act,
    CallChanged,
    CallState,
    Dial,
    EchoHeard,
    Event,
    HangUp,
    PhoneError,
    PhoneLost,
    RegistrationChanged,
    ServerAnswered,
    VoiceFigures,
    WatchVoice,
)
from tests.demo.story import LUCA_NUMBER
from tests.desk.conftest import Work

LINE = SipAccount(id="first", user="2041", domain="pbx.example", transport="tls")
UNHURRIED = Limits(answer_s=600, end_s=600)  # a slow machine is no failure
CALLING = EchoRun(stage="calling", number="*43", user="2041", call_id=7, began_at=100.0)
TALKING = replace(CALLING, stage="on", is_signed_in=True, answered_at=101.0, server_ms=14.0)


def changed(state: CallState, call_id: int = 7, *, code: int = 0, reason: str = "") -> CallChanged:
    return CallChanged(
        call_id=call_id, sip_call_id=f"{call_id}@x", state=state, number="*43", direction="out", line=0, sip_code=code,
        reason=reason, is_test=True,
    )  # fmt: skip


def figures(*, came: int = 100, went: int = 100, lost: int = 0, round_trip_ms: float | None = 28.0) -> VoiceFigures:
    return VoiceFigures(
        call_id=7, codec="G722", clock_rate_hz=16000, round_trip_ms=round_trip_ms, jitter_ms=3.0, lost=lost, packets_in=came,
        packets_out=went,
    )  # fmt: skip


def after(run: EchoRun, *events: Event, now: float = 103.0) -> EchoRun:
    for event in events:
        run = heard(run, event, now, Limits())
    return run


def test_steps_are_found_in_their_order() -> None:
    run = after(CALLING, ServerAnswered(call_id=7, took_ms=14.0), changed("ringing", code=180))
    assert (run.stage, run.server_ms, run.is_signed_in) == ("calling", 14.0, True)
    run = after(run, changed("active"), figures(), EchoHeard(call_id=7, late_ms=220), figures(round_trip_ms=30.0))
    assert (run.stage, run.echo_ms, run.curve, run.score) == ("on", 220, (28.0, 30.0), None)
    run = after(run, figures(lost=1), now=113.0)
    assert run.score is not None
    assert (run.score.verdict, run.trouble) == ("good", "")
    assert after(run, changed("ended"), now=120.0) == replace(run, stage="over", ended_at=120.0)


def test_an_echo_that_is_very_late_makes_a_poor_line_of_a_fast_network() -> None:
    run = after(TALKING, EchoHeard(call_id=7, late_ms=900), figures(), now=112.0)
    assert run.score is not None
    assert run.score.verdict == "poor"


def test_where_the_other_side_tells_no_round_trip_the_curve_is_the_echos() -> None:
    run = after(TALKING, figures(round_trip_ms=None), EchoHeard(call_id=7, late_ms=220), figures(round_trip_ms=None))
    assert run.curve == (220.0,)


@pytest.mark.parametrize(
    ("run", "event", "trouble"),
    [
        (CALLING, changed("ended", code=503, reason="service not available"), "server_silent"),
        (CALLING, changed("ended", code=408), "server_silent"),
        (replace(CALLING, server_ms=9.0), changed("ended", code=403), "line_refused"),
        (replace(CALLING, server_ms=9.0), changed("ended", code=404, reason="no such number"), "not_reached"),
        (replace(CALLING, server_ms=9.0), changed("ended", code=503, reason="service not available"), "not_reached"),
        (TALKING, figures(went=0), "nothing_sent"),
        (TALKING, figures(came=0), "nothing_back"),
        (TALKING, changed("ended"), "ended_early"),
        (TALKING, PhoneLost(reason="signal 11"), "phone_lost"),
    ],
)
def test_a_step_that_fails_ends_it_and_says_why(run: EchoRun, event: Event, trouble: Trouble) -> None:
    found = after(run, event, now=107.0)
    assert (found.stage, found.trouble, found.ended_at) == ("over", trouble, 107.0)


def test_another_call_is_none_of_its_business() -> None:
    others = (changed("ended", call_id=8), EchoHeard(call_id=8, late_ms=20), ServerAnswered(call_id=8, took_ms=1.0))
    assert after(TALKING, *others) == TALKING


def test_sound_has_time_to_come() -> None:
    assert after(TALKING, figures(came=0), now=103.0).is_on


def call_of(work: Work, limits: Limits) -> EchoCall:
    work.phone.answers[Dial] = 7
    work.calls.lines.use((LINE,))
    work.phone.say(RegistrationChanged(account=LINE.id, state="registered"))
    return EchoCall(work.phone, work.calls, work.desk.tasks, limits)


async def test_it_is_no_call_of_a_customer(work: Work) -> None:
    echo = call_of(work, replace(UNHURRIED, score_s=0))
    before, state = len(await work.replica.outbox()), work.agent.state.value
    echo.begin("*43")
    await work.until(lambda: echo.run.value.call_id == 7)
    assert work.phone.acts == [WatchVoice(is_on=True), Dial(number="*43", account=LINE.id, is_test=True)]
    for event in (changed("ringing"), changed("active"), figures(), EchoHeard(call_id=7, late_ms=220)):
        work.phone.say(event)
    assert (work.calls.calls.value, work.calls.current) == ((), None)
    echo.stop()
    await work.until(lambda: HangUp(call_id=7) in work.phone.acts)
    work.phone.say(changed("ended"))
    assert (echo.run.value.stage, echo.run.value.trouble) == ("over", "")
    assert WatchVoice(is_on=False) in work.phone.acts
    await work.calls.written()
    assert (len(await work.replica.outbox()), work.agent.state.value) == (before, state)
    assert work.calls.wrap_up.value is None
    assert work.popped == []


async def test_what_is_said_before_the_phone_answers_is_not_lost_and_another_may_follow(work: Work) -> None:
    echo = call_of(work, UNHURRIED)
    for _ in range(2):
        echo.begin("*43")
        await work.until(lambda: bool(work.phone.acts))
        work.phone.say(ServerAnswered(call_id=7, took_ms=14.0))
        await work.until(lambda: echo.run.value.server_ms == 14.0)
        work.phone.say(changed("ended", code=404, reason="no such number"))
        assert (echo.run.value.trouble, echo.run.value.reason) == ("not_reached", "no such number")
        await work.until(lambda: WatchVoice(is_on=False) in work.phone.acts)
        work.phone.acts.clear()


async def test_it_ends_by_itself_and_says_when_one_did_not_hear_oneself(work: Work) -> None:
    echo = call_of(work, replace(UNHURRIED, end_s=0.05))
    echo.begin("*43")
    await work.until(lambda: echo.run.value.call_id == 7)
    work.phone.say(changed("active"))
    await work.until(lambda: not echo.run.value.is_on)
    assert echo.run.value.trouble == "no_echo"
    await work.until(lambda: HangUp(call_id=7) in work.phone.acts)


async def test_one_that_nobody_answers_is_given_up(work: Work) -> None:
    echo = call_of(work, replace(UNHURRIED, answer_s=0.05))
    echo.begin("*43")
    await work.until(lambda: echo.run.value.trouble == "no_answer")
    await work.until(lambda: HangUp(call_id=7) in work.phone.acts)


async def test_a_phone_that_would_not_call_is_quoted_and_tells_figures_no_more(
    work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    echo, do = call_of(work, UNHURRIED), work.phone.do

    async def refuse(act: Act) -> msgspec.Raw:
        if isinstance(act, Dial):
            raise PhoneError("that is no number")
        return await do(act)

    monkeypatch.setattr(work.phone, "do", refuse)
    echo.begin("?")
    await work.until(lambda: not echo.is_busy)
    assert (echo.run.value.trouble, echo.run.value.reason) == ("phone_refused", "that is no number")
    assert work.phone.acts == [WatchVoice(is_on=True), WatchVoice(is_on=False)]


async def test_a_real_call_goes_before_it(work: Work) -> None:
    echo = call_of(work, UNHURRIED)
    echo.begin("*43")
    await work.until(lambda: echo.run.value.call_id == 7)
    work.phone.say(changed("active"))
    work.ring(LUCA_NUMBER)
    await work.until(lambda: bool(work.popped))
    assert echo.run.value.is_on
    work.phone.say(changed("ended"))  # as the phone does when the real one is answered
    assert (echo.run.value.stage, echo.run.value.trouble) == ("over", "real_call")
    await work.until(lambda: WatchVoice(is_on=False) in work.phone.acts)
    echo.begin("*43")
    assert (echo.run.value.stage, echo.run.value.trouble) == ("over", "real_call")


@pytest.mark.parametrize(
    ("line", "trouble"),
    [
        (RegistrationChanged(state="unregistered"), "no_line"),
        (RegistrationChanged(state="failed", code=403, reason="Password refused"), "line_refused"),
        (RegistrationChanged(state="failed", code=408, reason="No answer from the server"), "server_silent"),
    ],
)
async def test_a_line_that_is_not_signed_in_is_not_tried(work: Work, line: RegistrationChanged, trouble: Trouble) -> None:
    echo = call_of(work, UNHURRIED)
    work.phone.say(msgspec.structs.replace(line, account=LINE.id))
    echo.begin("*43")
    assert (echo.run.value.trouble, echo.run.value.reason) == (trouble, line.reason)
    assert work.phone.acts == []
