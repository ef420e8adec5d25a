"""The settings: a list of sections at the side, each of which does what it says."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from softphone.api import MeterLevels, Register, RegistrationChanged, UseSound
from softphone.scripted import ScriptedSoftphone
from tests.ui.conftest import until
from tests.ui.shell.test_reach import unnamed
from tests.ui.working import console_at_work, profile_of
from ui.console.console import Console
from ui.features.settings.section import Section
from ui.features.settings.view import SettingsPage
from ui.features.settings.viewmodel import lamp_of, level_words
from ui.theme.tokens import theme
from ui.widgets.buttons import Button
from ui.widgets.choices import Segmented
from ui.widgets.fields import Choice, TextField


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


async def test_a_line_is_kept_and_signed_in_and_a_port_that_is_none_is_refused_at_its_field(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        shown = page_of(console).show_section("phone")
        fields = {each.input.accessibleName(): each for each in shown.findChildren(TextField)}
        for name, text in (("User", "2041"), ("Domain", "pbx.halden.example"), ("Port", "many"), ("Password", "s3cret")):
            fields[name].set_text(text)
        save = next(each for each in shown.findChildren(Button) if each.text() == "Save and sign in")
        save.click()
        assert fields["Port"].input.accessibleDescription() == "A port is a number, usually 5060."
        fields["Port"].set_text("5070")
        save.click()
        phone = console.core.phone
        assert isinstance(phone, ScriptedSoftphone)
        await until(lambda: any(isinstance(act, Register) for act in phone.acts))
        asked = next(act for act in phone.acts if isinstance(act, Register))
        assert (asked.account.user, asked.account.proxy_port, asked.account.password) == ("2041", 5070, "s3cret")
        assert profile_of(console).sip.domain == "pbx.halden.example"
        assert "s3cret" not in (console.core.sign_in.store.folder / "profile.json").read_text()


async def test_a_refused_password_leads_to_the_field_that_mends_it(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        shown = page_of(console).show_section("phone")
        console.core.calls.registration.set(RegistrationChanged(state="failed", code=403, reason="Wrong password"))
        enter = next(each for each in shown.findChildren(Button) if each.text() == "Enter password")
        assert enter.isVisible()
        console.window.activateWindow()
        enter.click()
        password = next(each for each in shown.findChildren(TextField) if each.input.accessibleName() == "Password")
        await until(password.input.hasFocus)
        console.core.calls.registration.set(RegistrationChanged(state="registered"))
        assert not enter.isVisible()


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
    ("state", "text", "wants"),
    [
        (RegistrationChanged(state="registered"), "Registered", False),
        (RegistrationChanged(state="failed", code=401, reason="Wrong password"), "Wrong password", True),
        (RegistrationChanged(state="failed", code=503, reason="No answer"), "No answer", False),
        (RegistrationChanged(state="failed"), "Failed", False),
        (RegistrationChanged(state="unregistered"), "Not signed in", False),
    ],
)
def test_the_lamp_says_how_the_line_stands(state: RegistrationChanged, text: str, wants: bool) -> None:
    lamp = lamp_of(state)
    assert (lamp.text, lamp.wants_password) == (text, wants)


@pytest.mark.parametrize(
    ("level", "words"),
    [(0.0, "Silent"), (0.001, "Silent"), (0.004, "−48 dB, quiet"), (0.1, "−20 dB, good"), (0.9, "−1 dB, too loud")],
)
def test_a_level_is_said_in_words(level: float, words: str) -> None:
    assert level_words(level) == words
