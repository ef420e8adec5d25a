"""The settings: a list of sections at the side, each of which does what it says."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from softphone.api import MeterLevels, UseSound
from softphone.scripted import ScriptedSoftphone
from tests.ui.conftest import until
from tests.ui.shell.test_reach import unnamed
from tests.ui.working import console_at_work, profile_of
from ui.console.console import Console
from ui.features.settings.section import Section
from ui.features.settings.view import SettingsPage
from ui.features.settings.viewmodel import level_words
from ui.theme.tokens import theme
from ui.widgets.choices import Segmented
from ui.widgets.fields import Choice


def page_of(console: Console) -> SettingsPage:
    """The settings page."""
    page = console.window.show_page("settings")
    assert isinstance(page, SettingsPage)
    return page


def sections(*names: str) -> list[Section]:
    """Sections that show their own name; "admin" may not be seen."""
    return [
        Section(
            id=name, group="company" if name == "roles" else "you", title=name.title(), icon="users", words=f"about {name}",
            build=lambda name=name: QLabel(name), is_possible=lambda name=name: name != "admin",  # type: ignore[misc]
        )
        for name in names
    ]  # fmt: skip


def test_sections_stand_in_the_order_of_their_groups_and_only_those_one_may_see(qtbot: QtBot) -> None:
    page = SettingsPage(sections("roles", "admin", "look"))
    qtbot.addWidget(page)
    assert [option.id for option in page.list.options] == ["look", "roles"]
    assert page.section == "look"


def test_a_setting_is_found_by_a_word_that_is_not_its_title(qtbot: QtBot) -> None:
    page = SettingsPage(sections("look", "phone", "roles"))
    qtbot.addWidget(page)
    page.show()
    QTest.keyClicks(page.search, "about pho")
    assert [option.id for option in page.list.options] == ["phone"]
    assert page.section == "phone"
    QTest.keyClicks(page.search, "xyz")
    assert not page.list.isVisible()
    assert any(each.isVisible() and "No setting" in each.text() for each in page.findChildren(QLabel))
    page.show_section("roles")
    assert page.search.text() == ""
    assert page.section == "roles"


def test_up_and_down_go_through_the_sections(qtbot: QtBot) -> None:
    page = SettingsPage(sections("look", "phone", "roles"))
    qtbot.addWidget(page)
    page.show()
    page.list.setFocus()
    QTest.keyClick(page.list, Qt.Key.Key_Down)
    QTest.keyClick(page.list, Qt.Key.Key_Down)
    assert page.section == "roles"
    QTest.keyClick(page.list, Qt.Key.Key_Down)
    assert page.section == "roles"
    QTest.keyClick(page.list, Qt.Key.Key_Up)
    assert page.section == "phone"


async def test_every_section_opens_from_the_palette_and_every_control_has_a_name(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        page = page_of(console)
        actions = [each for each in console.window.actions_known.all() if each.id.startswith("settings.")]
        ids = [option.id for option in page.list.options]
        assert {f"settings.{each}" for each in ids} < {each.id for each in actions}
        for each in ids:
            console.window.actions_known.run(f"settings.{each}")
            assert page.section == each
        assert unnamed(page) == []
        console.window.activateWindow()
        console.window.actions_known.run("settings.find")
        await until(page.search.hasFocus)


async def test_levels_are_told_only_while_somebody_looks(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        phone = console.core.phone
        assert isinstance(phone, ScriptedSoftphone)
        page = page_of(console)
        page.show_section("phone")
        await until(lambda: MeterLevels(is_on=True) in phone.acts)
        page.show_section("account")
        await until(lambda: MeterLevels(is_on=False) in phone.acts)


async def test_a_chosen_speaker_is_used_and_kept(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        phone = console.core.phone
        assert isinstance(phone, ScriptedSoftphone)
        shown = page_of(console).show_section("phone")
        speaker = next(each for each in shown.findChildren(Choice) if each.accessibleName() == "Speaker")
        await until(lambda: speaker.count() == 3)
        speaker.setCurrentIndex(speaker.findData("spk"))
        speaker.activated.emit(speaker.currentIndex())
        await until(lambda: any(isinstance(act, UseSound) and act.sound.speaker == "spk" for act in phone.acts))
        assert profile_of(console).audio.speaker == "spk"


async def test_a_look_is_worn_at_once_and_kept(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        shown = page_of(console).show_section("appearance")
        choosers = {each.accessibleName().partition(":")[0]: each for each in shown.findChildren(Segmented)}
        for name, keys in (("Colours", 2), ("Contrast", 2), ("Density", 1)):
            for _ in range(keys):
                QTest.keyClick(choosers[name], Qt.Key.Key_Right)
        assert (theme.name, theme.is_high_contrast, theme.is_compact) == ("dark", True, True)
        kept = profile_of(console).appearance
        assert (kept.scheme, kept.contrast, kept.density) == ("dark", "more", "compact")


@pytest.mark.parametrize(
    ("level", "words"),
    [(0.0, "Silent"), (0.001, "Silent"), (0.004, "−48 dB, quiet"), (0.1, "−20 dB, good"), (0.9, "−1 dB, too loud")],
)
def test_a_level_is_said_in_words(level: float, words: str) -> None:
    assert level_words(level) == words
