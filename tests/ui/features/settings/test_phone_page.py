"""The page of the phone: its columns, what it says of its changes, and the report."""

from pathlib import Path

from PySide6.QtWidgets import QApplication, QBoxLayout, QLabel
from pytestqt.qtbot import QtBot

from app.desk.lines import Standing
from app.desk.profile import AudioSettings, SipAccount
from app.kernel.clock import ServerClock
from softphone.api import Diagnose, Diagnostics, PhoneError, RegistrationChanged, UseSound
from softphone.scripted import ScriptedSoftphone
from tests.ui.conftest import until
from tests.ui.features.settings.test_settings import page_of
from tests.ui.working import DEVICES, console_at_work, profile_of
from ui.console.console import Console
from ui.features.settings.phone import PhoneSection
from ui.features.settings.report import missing_words, report_text
from ui.features.settings.saved_chip import SavedChip
from ui.widgets.buttons import Button
from ui.widgets.fields import Choice
from ui.widgets.marks import Chip

FOUND = Diagnostics(
    version="2.15.1", codecs=["G722/16000/1", "PCMA/8000/1"], missing=["Opus", "DTLS-SRTP"], is_null_sound=False, sound="",
    transport="tls", most_calls=2, refused_requests=3, dropped_messages=4, glitches=5,
)  # fmt: skip


def chip_of(console: Console) -> Chip:
    """What stands at the right of the title."""
    return next(chip for found in page_of(console).findChildren(SavedChip) for chip in found.findChildren(Chip))


async def choose_speaker(console: Console, device: str) -> None:
    """As a hand would."""
    shown = page_of(console).show_section("phone")
    speaker = next(each for each in shown.findChildren(Choice) if each.accessibleName() == "Speaker")
    await until(lambda: speaker.findData(device) > 0)
    speaker.setCurrentIndex(speaker.findData(device))
    speaker.activated.emit(speaker.currentIndex())


async def test_two_columns_stand_side_by_side_while_there_is_room_and_below_each_other_when_not(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        shown = page_of(console).show_section("phone").findChild(PhoneSection)
        assert isinstance(shown, PhoneSection)
        columns = shown.layout()
        assert isinstance(columns, QBoxLayout)
        console.window.resize(1280, 800)
        await until(lambda: columns.direction() == QBoxLayout.Direction.LeftToRight)
        console.window.resize(980, 800)
        await until(lambda: columns.direction() == QBoxLayout.Direction.TopToBottom)


async def test_the_chip_says_whether_what_was_chosen_is_kept_and_why_not(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        page_of(console).show_section("phone")
        chip, folder = chip_of(console), console.core.sign_in.store.folder
        assert chip.accessibleName() == "All changes saved"
        (folder / "profile.new").mkdir()  # a file cannot be written there: as on a full disk
        await choose_speaker(console, "spk")
        await until(lambda: chip.accessibleName() == "Not saved: Is a directory")
        assert (profile_of(console).audio.speaker, console.core.sign_in.profile.audio.speaker) == ("", "")
        (folder / "profile.new").rmdir()
        await choose_speaker(console, "spk")
        await until(lambda: chip.accessibleName() == "All changes saved")
        assert profile_of(console).audio.speaker == "spk"


async def test_what_is_kept_but_not_taken_by_the_phone_is_said_too(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        page_of(console).show_section("phone")
        phone = console.core.phone
        assert isinstance(phone, ScriptedSoftphone)
        phone.answers[UseSound] = PhoneError("the phone is being started again")
        await choose_speaker(console, "spk")
        await until(lambda: chip_of(console).accessibleName() == "Saved, but not in use: the phone is being started again")
        assert profile_of(console).audio.speaker == "spk"


async def test_the_report_is_put_on_the_clipboard(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        shown = page_of(console).show_section("phone")
        phone = console.core.phone
        assert isinstance(phone, ScriptedSoftphone)
        phone.answers[Diagnose] = FOUND
        next(each for each in shown.findChildren(Button) if each.text() == "Report").click()
        await until(lambda: "G722/16000/1" in QApplication.clipboard().text())
        await until(lambda: any("Opus, DTLS-SRTP" in each.text() for each in shown.findChildren(QLabel)))


def test_the_report_names_all_that_helps_and_no_password(qtbot: QtBot) -> None:
    account = SipAccount(name="Care desk", user="2041", domain="pbx.halden.example", transport="tls", srtp="mandatory")
    refused = RegistrationChanged(state="failed", code=403, reason="Password refused")
    text = report_text(
        FOUND, accounts=(Standing(account=account, state=refused, since=ServerClock().now()),),
        audio=AudioSettings(speaker="spk"), devices=DEVICES, phone_fault="", when="now",
    )  # fmt: skip
    for fact in (
        "SIP library: 2.15.1", "Missing: Opus, DTLS-SRTP", "Transport: TLS", "dropped: 4", "proxy: 3", "Gaps in the sound: 5",
        "Account: Care desk (default)", "sip:2041@pbx.halden.example", "failed (403 Password refused)", "Speaker: spk",
        "in: Jabra Evolve2 65", "Encrypted voice: mandatory",
    ):  # fmt: skip
        assert fact in text
    silent = report_text(None, accounts=(), audio=AudioSettings(), devices=(), phone_fault="it ended", when="now")
    assert "Phone: it ended" in silent
    assert "No phone account is set up." in silent
    assert "Devices found: none" in silent


def test_what_is_missing_is_one_line(qtbot: QtBot) -> None:
    assert missing_words(FOUND) == "Not on this computer: Opus, DTLS-SRTP. SDES is used."
    assert "asked" in missing_words(None)
