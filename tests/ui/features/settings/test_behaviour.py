"""The behaviour card: Escape on a call, answering by itself, and the words of the key."""

from pathlib import Path
from typing import get_args

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.desk.profile import KeyState
from softphone.api import CallChanged, CallRinging, HangUp
from softphone.scripted import ScriptedSoftphone
from tests.ui.conftest import until
from tests.ui.features.settings.test_settings import page_of
from tests.ui.working import console_at_work, profile_of
from ui.console.console import Console
from ui.console.keys import leave_field
from ui.features.settings.behaviour_card import BehaviourCard
from ui.features.settings.behaviour_panel import after_words, escape_words, key_words
from ui.shell.pop_card import PopCardView
from ui.shell.question import QuestionSheet
from ui.widgets.buttons import Button


@pytest.mark.parametrize("state", get_args(KeyState))
def test_how_the_key_stands_is_said(state: KeyState) -> None:
    words, _ = key_words("Ctrl+Shift+F9", state)
    assert words.startswith("Not on this system" if state == "no_system" else "Ctrl Shift F9")


def test_choices_are_said() -> None:
    assert (after_words(0), after_words(5)) == ("Off", "After 5 s")
    assert escape_words(asks=False) == "Off: Esc never ends a call."


def card_of(console: Console) -> BehaviourCard:
    [card] = page_of(console).show_section("phone").findChildren(BehaviourCard)
    return card


def talk(console: Console) -> ScriptedSoftphone:
    phone = console.core.phone
    assert isinstance(phone, ScriptedSoftphone)
    phone.say(
        CallChanged(call_id=4, sip_call_id="4@x", state="active", number="+39021234", direction="out", line=1, sip_code=200)
    )
    return phone


async def test_a_key_that_would_be_in_the_way_is_refused(tmp_path: Path) -> None:
    expected = {
        "Ctrl+Shift+F9": "", "F9": "", "Pause": "", "Ctrl+Shift+A": "", "A": "Other programs need",
        "Shift+A": "Other programs need",
        "Ctrl+Shift+M": "Patchbay uses this for “Mute”", "Ctrl+Alt+F3": "The system itself", "": "Press a key",
    }  # fmt: skip
    async with console_at_work(tmp_path) as console:
        panel = card_of(console)._panel
        for keys, problem in expected.items():
            said = panel.problem_of(keys)
            assert said.startswith(problem)
            assert bool(said) is bool(problem)


async def test_a_new_key_is_pressed_and_kept_and_a_bad_one_is_said(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        card = card_of(console)
        console.window.activateWindow()
        card._change.click()
        await until(card._capture.hasFocus)
        QTest.keyClick(card._capture, Qt.Key.Key_B)
        await until(card._problem.isVisible)
        assert card._problem.text().startswith("Other programs need")
        QTest.keyClick(card._capture, Qt.Key.Key_F8, Qt.KeyboardModifier.ControlModifier)
        await until(lambda: profile_of(console).habits.background_key == "Ctrl+F8")
        await until(card._asking.isHidden)
        assert card._key_note.text().startswith("Ctrl F8")


async def test_escape_never_ends_a_call_and_asks_only_where_that_is_wanted(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        phone, card = talk(console), card_of(console)
        await until(lambda: console.core.calls.current is not None)
        card._asks.setFocus()
        leave_field(console)
        assert console.window.findChild(QuestionSheet) is None
        card._asks.click()
        await until(lambda: profile_of(console).habits.asks_before_hanging_up)
        for answer, acts in (("Go on talking", []), ("End the call", [HangUp(call_id=4)])):
            leave_field(console)
            await until(lambda: console.window.findChild(QuestionSheet) is not None)
            sheet = console.window.findChild(QuestionSheet)
            assert isinstance(sheet, QuestionSheet)
            next(each for each in sheet.findChildren(Button) if each.text() == answer).click()
            await until(lambda: console.window.findChild(QuestionSheet) is None)
            await until(lambda acts=acts: [each for each in phone.acts if isinstance(each, HangUp)] == acts)  # type: ignore[misc]


async def test_a_chosen_time_is_kept_and_the_card_counts_down(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        card = card_of(console)
        card._after.setCurrentIndex(card._after.findData("10"))
        card._after.activated.emit(card._after.currentIndex())
        await until(lambda: profile_of(console).habits.answers_after_s == 10)
        await console.core.agent.choose("available")
        phone = console.core.phone
        assert isinstance(phone, ScriptedSoftphone)
        phone.say(CallRinging(call_id=5, sip_call_id="5@x", number="+4930123", name="", queue="", line=1, invite_read_us=1))
        await until(lambda: console.window.findChild(PopCardView) is not None)
        pop = console.window.findChild(PopCardView)
        assert isinstance(pop, PopCardView)
        await until(lambda: pop._answer.text().startswith("Answers in "))
        console.calls.act("put_away")
        assert console.core.self_answer.countdown.value is None
