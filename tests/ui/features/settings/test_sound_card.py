"""The card of sound: what is chosen is used and kept, and can be heard."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from softphone.api import Device, DevicesChanged, Diagnose, Diagnostics, Levels, PhoneError, PlayTest, UseSound
from softphone.scripted import ScriptedSoftphone
from tests.ui.conftest import until
from tests.ui.features.settings.test_settings import page_of
from tests.ui.working import DEVICES, console_at_work, profile_of
from ui.console.console import Console
from ui.features.settings.sound_card import SoundCard
from ui.features.settings.viewmodel import LevelWords, SettingsPanel, level_judged, loudness_of
from ui.widgets.buttons import Button
from ui.widgets.choices import Segmented
from ui.widgets.fields import Choice
from ui.widgets.meter import HOLD_TICKS, LevelMeter


def card_of(console: Console) -> SoundCard:
    """The card on its page."""
    return page_of(console).show_section("phone").findChildren(SoundCard)[0]


def phone_of(console: Console) -> ScriptedSoftphone:
    """The phone that remembers its acts."""
    assert isinstance(console.core.phone, ScriptedSoftphone)
    return console.core.phone


async def choose(card: SoundCard, name: str, device: str) -> None:
    """As a hand would."""
    choice = next(each for each in card.findChildren(Choice) if each.accessibleName() == name)
    await until(lambda: choice.findData(device) > 0)
    choice.setCurrentIndex(choice.findData(device))
    choice.activated.emit(choice.currentIndex())


async def test_the_bell_has_a_device_and_a_loudness_of_its_own(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        card, phone = card_of(console), phone_of(console)
        await choose(card, "Ringer", "spk")
        await until(lambda: profile_of(console).audio.ringer == "spk")
        loudness = card.findChildren(Segmented)[0]
        assert loudness.value == "70"
        QTest.keyClick(loudness, Qt.Key.Key_Right)
        await until(lambda: profile_of(console).audio.ring_volume == 100)
        await until(lambda: any(isinstance(act, UseSound) and act.sound.ring_volume == 100 for act in phone.acts))
        used = next(act.sound for act in phone.acts if isinstance(act, UseSound) and act.sound.ring_volume == 100)
        assert (used.ringer, used.speaker, used.microphone) == ("spk", "", "")


async def test_each_device_can_be_heard_but_a_ring_that_is_off(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        card, phone = card_of(console), phone_of(console)
        buttons = {each.accessibleName(): each for each in card.findChildren(Button)}
        buttons["Play a tone in the speaker"].click()
        buttons["Play the ring"].click()
        await until(lambda: [act.which for act in phone.acts if isinstance(act, PlayTest)] == ["speaker", "ringer"])
        loudness = card.findChildren(Segmented)[0]
        for _ in range(2):
            QTest.keyClick(loudness, Qt.Key.Key_Left)
        await until(lambda: not buttons["Play the ring"].isEnabled())
        assert profile_of(console).audio.ring_volume == 0


async def test_a_device_that_cannot_be_heard_says_why(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        card, phone = card_of(console), phone_of(console)
        phone.answers[PlayTest] = PhoneError("no speaker is open")
        said: list[str] = []
        console.messages.said_problem.connect(said.append)
        next(each for each in card.findChildren(Button) if each.accessibleName() == "Play a tone in the speaker").click()
        await until(lambda: said == ["The phone can't do that: no speaker is open."])
        phone.answers[Diagnose] = Diagnostics(
            version="2", codecs=[], missing=[], is_null_sound=False, sound="no microphone: busy", transport="", most_calls=2,
            refused_requests=0, dropped_messages=0, glitches=0, ringer="no ringer: busy",
        )  # fmt: skip
        console.run(console_panel(card).refresh())
        words = "The phone says: no microphone: busy; no ringer: busy."
        await until(lambda: any(each.isVisible() and each.text() == words for each in card.findChildren(QLabel)))


def console_panel(card: SoundCard) -> SettingsPanel:
    """What the card shows."""
    return card._panel


async def test_a_device_that_was_chosen_and_is_gone_is_said_to_be_gone(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        card, phone = card_of(console), phone_of(console)
        await choose(card, "Speaker", "spk")
        await until(lambda: profile_of(console).audio.speaker == "spk")
        console_panel(card).devices.set(())
        speaker = next(each for each in card.findChildren(Choice) if each.accessibleName() == "Speaker")
        assert (speaker.currentText(), speaker.value) == ("spk, not plugged in", "spk")
        assert phone.acts


async def test_a_headset_that_is_plugged_in_is_offered_at_once(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        card, phone = card_of(console), phone_of(console)
        speaker = next(each for each in card.findChildren(Choice) if each.accessibleName() == "Speaker")
        await until(lambda: speaker.findData("spk") > 0)
        phone.say(DevicesChanged(devices=[*DEVICES, Device(id="new", name="New headset", is_input=False)], is_null=False))
        assert speaker.findData("new") > 0
        phone.say(DevicesChanged(devices=[], is_null=True))
        assert speaker.currentText() == "No device found"


async def test_the_words_follow_a_microphone_that_falls_silent(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        card, phone = card_of(console), phone_of(console)
        phone.say(Levels(microphone=0.126, speaker=0.0))
        await until(lambda: card._said.text() == "−18 dB, good. Speak as on a call.")
        phone.say(Levels(microphone=0.0, speaker=0.0))  # told once: what stays the same is not told again
        await until(lambda: card._said.text() == "Silent. Nothing comes from this microphone.")


def test_the_peak_stands_before_it_falls(qtbot: QtBot) -> None:
    meter = LevelMeter("Microphone")
    qtbot.addWidget(meter)
    meter.show_level(0.5)
    meter.show_level(0.01)
    top = meter._peak
    for _ in range(HOLD_TICKS):
        meter._fall()
    assert meter._peak == top
    meter._fall()
    assert meter._peak < top


@pytest.mark.parametrize(
    ("level", "words", "tone"),
    [
        (0.0, "Silent. Nothing comes from this microphone.", "muted"),
        (0.004, "−48 dB, quiet. Speak as on a call.", "warning"),
        (0.126, "−18 dB, good. Speak as on a call.", "success"),
        (0.9, "−1 dB, too loud. Turn it down, or hold it further away.", "danger"),
    ],
)
def test_a_level_is_judged_with_what_to_do(level: float, words: str, tone: str) -> None:
    assert level_judged(level) == (words, tone)


def test_words_follow_the_loudest_of_the_last_second() -> None:
    words = LevelWords()
    assert [words.loudest(level) for level in (0.5, 0.1, *[0.1] * 9)][-2:] == [0.5, 0.1]


@pytest.mark.parametrize(("percent", "step"), [(0, 0), (1, 40), (70, 70), (80, 70), (95, 100)])
def test_a_volume_that_no_step_has_is_shown_as_the_nearest(percent: int, step: int) -> None:
    assert loudness_of(percent) == step
