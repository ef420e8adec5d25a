"""The card of the test call: whom it calls, its steps in words, and T."""

from dataclasses import replace
from pathlib import Path
from typing import get_args

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.desk.echo_call import EchoRun, Limits, Trouble
from app.desk.profile import SipAccount
from app.desk.voice_quality import Score
from softphone.api import (
    CallChanged,
    CallRinging,
    CallState,
    Dial,
    EchoHeard,
    HangUp,
    RegistrationChanged,
    ServerAnswered,
    VoiceFigures,
    WatchVoice,
)
from softphone.scripted import ScriptedSoftphone
from tests.ui.conftest import until
from tests.ui.features.settings.test_settings import page_of
from tests.ui.working import bar_of, console_at_work, profile_of
from ui.console.console import Console
from ui.features.settings.test_call_card import EchoCallCard
from ui.features.settings.test_call_panel import figures_words, line_words, steps_of, trouble_words

FIGURES = VoiceFigures(
    call_id=7, codec="G722", clock_rate_hz=16000, round_trip_ms=28.2, jitter_ms=3.0, lost=1, packets_in=999, packets_out=1000
)
TALKING = EchoRun(
    stage="on", number="*43", user="2041", transport="tls", call_id=7, began_at=0, answered_at=1, server_ms=14.0,
    is_signed_in=True, figures=FIGURES,
)  # fmt: skip


def test_what_is_proved_is_said_step_by_step() -> None:
    steps = steps_of(TALKING)
    assert [(step.text, step.detail, step.state) for step in steps] == [
        ("Server answers", "14 ms", "done"), ("Signed in as 2041", "TLS", "done"),
        ("Your voice goes out", "G.722, 16 kHz", "done"), ("You hear yourself", "listening", "doing"),
        ("Quality score", "after 10 s", "open"),
    ]  # fmt: skip
    heard = steps_of(replace(TALKING, echo_ms=480, score=Score(r=93, mos=4.4)))
    assert [(step.text, step.detail) for step in heard[3:]] == [
        ("You hear yourself, 0.5 s late", "480 ms"),
        ("Quality score", "4.4 of 5"),
    ]
    assert {step.state for step in steps_of(EchoRun())} == {"open"}


def test_figures_are_said_as_far_as_they_are_known() -> None:
    assert figures_words(TALKING) == ("Round trip", "28 ms · jitter 3 ms · loss 0.1 %")
    untold = replace(TALKING, figures=msgspec.structs.replace(FIGURES, round_trip_ms=None))
    assert figures_words(untold) == ("Echo", "– · jitter 3 ms · loss 0.1 %")
    assert figures_words(replace(untold, echo_ms=220))[1].startswith("220 ms")
    assert line_words(TALKING) == ("", "muted")
    assert line_words(replace(TALKING, score=Score(r=60, mos=3.1))) == ("Poor line", "danger")


@pytest.mark.parametrize("trouble", [each for each in get_args(Trouble) if each])
def test_every_trouble_has_words_with_a_way_out_and_marks_one_step(trouble: Trouble) -> None:
    run = replace(TALKING, stage="over", trouble=trouble, reason="no such number", ended_at=5.0)
    words = trouble_words(run)
    assert words.count(".") >= 2
    assert "{" not in words
    assert [step.state for step in steps_of(run)].count("failed") == 1


def phone_of(console: Console) -> ScriptedSoftphone:
    phone = console.core.phone
    assert isinstance(phone, ScriptedSoftphone)
    phone.answers[Dial] = 7
    console.core.calls.lines.use((SipAccount(id="first", user="2041", domain="pbx.example"),))
    phone.say(RegistrationChanged(account="first", state="registered"))
    console.core.echo.limits = Limits(answer_s=600, end_s=600)  # a slow machine is no failure
    return phone


def card_of(console: Console) -> EchoCallCard:
    [card] = page_of(console).show_section("phone").findChildren(EchoCallCard)
    return card


def changed(state: CallState) -> CallChanged:
    return CallChanged(call_id=7, sip_call_id="7@x", state=state, number="*43", direction="out", line=0, is_test=True)


async def test_a_number_is_asked_for_kept_and_called_by_t_and_the_bar_says_what_is_on(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        phone, card, known = phone_of(console), card_of(console), console.window.actions_known
        console.window.activateWindow()
        known.run("phone.test_here")
        await until(card._number.input.hasFocus)
        assert not card._toggle.isEnabled()
        QTest.keyClicks(card._number.input, "4 3!")
        QTest.keyClick(card._number.input, Qt.Key.Key_Return)
        await until(lambda: card._number.input.accessibleDescription() != "")
        card._number.set_text("*43")
        QTest.keyClick(card._number.input, Qt.Key.Key_Return)
        await until(lambda: profile_of(console).habits.echo_number == "*43")
        assert not card._asking.isVisible()
        known.run("phone.test_here")
        await until(lambda: console.core.echo.run.value.call_id == 7)
        assert WatchVoice(is_on=True) in phone.acts
        assert Dial(number="*43", account="first", is_test=True) in phone.acts
        for event in (ServerAnswered(call_id=7, took_ms=14.0), changed("active"), FIGURES, EchoHeard(call_id=7, late_ms=220)):
            phone.say(event)
        said = [step.accessibleName() for step in card._proof]
        assert said[0] == "Server answers: done 14 ms"
        assert said[3] == "You hear yourself, 0.2 s late: done 220 ms"
        assert console.window.top.phone.accessibleName().startswith("Test call")
        assert card._toggle.text() == "Stop test"
        known.run("phone.test_here")
        await until(lambda: HangUp(call_id=7) in phone.acts)
        phone.say(changed("ended"))
        assert card._toggle.text() == "Test again"
        assert not console.window.top.phone.accessibleName().startswith("Test call")


async def test_a_real_call_is_shown_above_a_test(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        phone = phone_of(console)
        console.core.echo.begin("*43")
        await until(lambda: console.core.echo.run.value.call_id == 7)
        phone.say(changed("active"))
        phone.say(
            CallRinging(call_id=8, sip_call_id="8@x", number="+4930123", name="", queue="Billing", line=1, invite_read_us=1)
        )
        await until(lambda: console.calls._card is not None)
        assert bar_of(console).word == "Ringing"


async def test_t_is_a_letter_elsewhere_and_the_palette_leads_to_the_card(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        known = console.window.actions_known
        possible = {each.id for each in known.possible()}
        assert "phone.test" in possible
        assert "phone.test_here" not in possible
        known.run("phone.test")
        assert page_of(console).section == "phone"
        card = card_of(console)
        assert card._asking.isVisible()
        assert "phone.test_here" in {each.id for each in known.possible()}
