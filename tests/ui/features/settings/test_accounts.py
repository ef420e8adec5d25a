"""The phone's accounts in the settings: a row each that tells the truth, and a sheet that says what is wrong at its field."""

import ssl
from datetime import timedelta
from pathlib import Path

import certifi
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from shiboken6 import isValid

from app.desk.lines import Standing
from app.desk.profile import SipAccount
from app.kernel.clock import ServerClock
from softphone.api import Dial, Register, RegistrationChanged, Unregister
from softphone.scripted import ScriptedSoftphone
from tests.ui.conftest import until
from tests.ui.shell.test_reach import unnamed
from tests.ui.working import bar_of, console_at_work, profile_of
from ui.console.console import Console
from ui.features.calls.dialling import dial_choices
from ui.features.settings.account_sheet import AccountSheet
from ui.features.settings.accounts_card import AccountLine, AccountsCard
from ui.features.settings.accounts_panel import Draft, lamp_of, note_of, with_transport
from ui.features.settings.view import SettingsPage
from ui.features.settings.viewmodel import SettingsPanel
from ui.shell.strips import StripItem, Toast
from ui.widgets.buttons import Button
from ui.widgets.fields import Choice

CARE = SipAccount(name="Care desk", user="2041", domain="pbx.halden.example", transport="tls", proxy_port=5061)
FLEET = SipAccount(name="Fleet mobile trunk", user="fleet", domain="trunk.example")


def card_of(console: Console) -> AccountsCard:
    page = console.window.show_page("settings")
    assert isinstance(page, SettingsPage)
    card = page.show_section("phone").findChild(AccountsCard)
    assert card is not None
    return card


def phone_of(console: Console) -> ScriptedSoftphone:
    assert isinstance(console.core.phone, ScriptedSoftphone)
    return console.core.phone


async def two(console: Console) -> tuple[str, str]:
    """The default is registered, the second was refused."""
    accounts = console.core.accounts
    ids = [(await accounts.save(each, "pw")).id for each in (CARE, FLEET)]
    say(console, ids[0], "registered", code=200, renews_s=295.0, took_ms=14)
    say(console, ids[1], "failed", code=403, reason="Password refused")
    return ids[0], ids[1]


def say(console: Console, account: str, state: str, **facts: object) -> None:
    phone_of(console).say(RegistrationChanged(account=account, state=state, **facts))  # type: ignore[arg-type] # as the tests say


def lines_of(card: AccountsCard) -> list[AccountLine]:
    return [each for each in card.findChildren(AccountLine) if not each.isHidden()]


def sheet_of(console: Console) -> AccountSheet:
    return next(each for each in console.window.findChildren(AccountSheet) if not each.isHidden())


async def test_the_first_account_is_added_in_a_sheet_that_says_what_is_wrong_at_each_field(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        card = card_of(console)
        next(each for each in card.findChildren(Button) if each.text() == "Add an account").click()
        sheet = sheet_of(console)
        assert unnamed(sheet) == []
        for name, text in (("user", "2041@pbx"), ("domain", "sip:pbx"), ("proxy_host", "a b"), ("proxy_port", "many")):
            sheet.field(name).set_text(text)
        sheet.save.click()
        said = {name: sheet.field(name).input.accessibleDescription() for name in ("user", "domain", "proxy_host", "proxy_port")}
        assert "no spaces, @" in said["user"]
        assert "pbx.example.com" in said["domain"]
        assert "pbx.example.com" in said["proxy_host"]
        assert said["proxy_port"] == "A port is a number from 1 to 65535, usually 5060."
        for name, text in (("user", "2041"), ("domain", "pbx.halden.example"), ("proxy_host", ""), ("proxy_port", "5070")):
            sheet.field(name).set_text(text)
        sheet.field("password").set_text("s3cret")
        QTest.keyClick(sheet.field("name").input, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        await until(lambda: any(isinstance(act, Register) for act in phone_of(console).acts))
        asked = next(act for act in phone_of(console).acts if isinstance(act, Register)).account
        assert (asked.user, asked.proxy_host, asked.proxy_port, asked.password) == ("2041", "pbx.halden.example", 5070, "s3cret")
        assert [each.domain for each in profile_of(console).accounts] == ["pbx.halden.example"]
        assert "s3cret" not in (console.core.sign_in.store.folder / "profile.json").read_text()
        assert [each.title for each in lines_of(card)] == ["2041"]


async def test_each_account_has_its_lamp_and_a_refused_one_leads_to_its_password(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        await two(console)
        card = card_of(console)
        care, fleet = lines_of(card)
        for words in (
            "Care desk",
            "Line 1, default",
            "sip:2041@pbx.halden.example · TLS",
            "Registered",
            "renews in 4:5",
            "14 ms",
        ):
            assert words in care.accessibleName()
        for words in ("Fleet mobile trunk", "sip:fleet@trunk.example · TCP", "Password refused", "403 at "):
            assert words in fleet.accessibleName()
        assert not care.enter.isVisible()
        assert fleet.enter.isVisible()
        console.window.activateWindow()
        fleet.enter.click()
        sheet = sheet_of(console)
        await until(sheet.field("password").input.hasFocus)
        sheet.field("password").set_text("right")
        sheet.save.click()
        await until(lambda: not isValid(sheet) or sheet.isHidden())
        asked = [act for act in phone_of(console).acts if isinstance(act, Register)][-1].account
        assert (asked.user, asked.password, asked.transport) == ("fleet", "right", "tcp")
        say(console, asked.id, "registered", code=200, renews_s=295.0)
        assert not fleet.enter.isVisible()
        assert unnamed(card) == []
        ways = (("untrusted", "file of its authorities under More"), ("other_name", "as the proxy"), ("out_of_date", "clock"))
        for doubt, words in (*ways, ("unusable", "Ask whoever runs")):
            say(console, asked.id, "failed", reason="The server's certificate…", doubt=doubt, next_try_s=8.0)
            assert not fleet.enter.isVisible()
            assert fleet.edit.isVisible()
            assert any(each.isVisible() and words in each.text() for each in fleet.findChildren(QLabel))


async def test_a_removed_account_comes_back_where_it_was_with_its_password(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        first, second = await two(console)
        card = card_of(console)
        menu = {act.text(): act for act in card.menu_of(first).actions()}
        assert not menu["Make default"].isEnabled()
        menu["Remove"].trigger()
        await until(lambda: Unregister(account=first) in phone_of(console).acts)
        assert [each.id for each in profile_of(console).accounts] == [second]
        assert console.core.sign_in.sip_password(first) == ""
        await until(lambda: any(not each.isHidden() for each in console.window.findChildren(Toast)))
        toast = next(each for each in console.window.findChildren(Toast) if not each.isHidden())
        assert toast.accessibleName() == "Care desk removed."
        next(each for each in toast.findChildren(Button) if each.text() == "Undo").click()
        await until(lambda: [each.id for each in profile_of(console).accounts] == [first, second])
        assert console.core.sign_in.sip_password(first) == "pw"
        await until(lambda: [each.title for each in lines_of(card)] == ["Care desk", "Fleet mobile trunk"])


async def test_another_default_is_called_from_and_a_fifth_account_is_refused_with_the_reason(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        first, second = await two(console)
        card = card_of(console)
        next(act for act in card.menu_of(second).actions() if act.text() == "Make default").trigger()
        await until(lambda: [each.title for each in lines_of(card)] == ["Fleet mobile trunk", "Care desk"])
        assert [each.id for each in profile_of(console).accounts] == [second, first]
        phone_of(console).answers[Dial] = 7
        await console.core.calls.dial("+390655501111")
        assert Dial(number="+390655501111", account=second) in phone_of(console).acts
        assert card.add.isEnabled()
        for user in ("3001", "3002"):
            await console.core.accounts.save(SipAccount(user=user, domain="pbx.example"), "pw")
        assert not card.add.isEnabled()
        assert "Remove one" in card.add.toolTip()
        assert any(each.isVisible() and "Four is the most" in each.text() for each in card.findChildren(QLabel))
        next(act for act in card.menu_of(first).actions() if act.text() == "Sign in again").trigger()
        await until(lambda: phone_of(console).acts[-1] == next(
            act for act in reversed(phone_of(console).acts) if isinstance(act, Register) and act.account.id == first
        ))  # fmt: skip


async def test_who_calls_with_several_accounts_is_asked_from_which_the_default_first(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        first, second = await two(console)
        texts = [(each.text, each.is_possible) for each in dial_choices(console.core.calls.lines)]
        assert texts == [("Care desk · default", True), ("Fleet mobile trunk · Password refused", False)]
        say(console, second, "registered", code=200, renews_s=295.0)
        menu = console.calls.account_menu("+390655501111", dial_choices(console.core.calls.lines))
        assert menu.activeAction() is menu.actions()[0]
        phone_of(console).answers[Dial] = 7
        menu.actions()[1].trigger()
        await until(lambda: Dial(number="+390655501111", account=second) in phone_of(console).acts)
        await until(lambda: bool(console.core.calls.calls.value))
        call = console.core.calls.calls.value[0]
        assert (call.account, call.account_name) == (second, "Fleet mobile trunk")
        await console.core.accounts.remove(first)
        assert dial_choices(console.core.calls.lines) == ()


async def test_the_bar_and_the_strip_say_when_another_account_gets_no_calls(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        first, second = await two(console)
        bar = bar_of(console)
        assert (bar.tone, bar.title, bar.detail) == ("warning", "Phone ready", "Fleet mobile trunk is not registered")
        assert "Fleet mobile trunk: Password refused" in bar.hint
        item = next(each for each in console.window.strip.findChildren(StripItem) if "Fleet" in each.text())
        assert "Care desk: registered" in item.toolTip()
        item.click()
        page = console.window.show_page("settings")
        assert isinstance(page, SettingsPage)
        assert page.section == "phone"
        say(console, second, "registered", code=200, renews_s=295.0)
        bar = bar_of(console)
        assert (bar.tone, bar.detail) == ("muted", "Care desk")
        say(console, first, "failed", code=408, reason="No answer from the server", next_try_s=3.0)
        bar = bar_of(console)
        assert (bar.tone, bar.title) == ("danger", "No answer from the server")


async def test_the_palette_adds_an_account_signs_all_in_again_and_the_report_names_them(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        known = console.window.actions_known
        assert "phone.sign_in" not in {each.id for each in known.possible()}
        known.run("phone.account")
        assert sheet_of(console).accessibleName() == "New account"
        sheet_of(console).leave()
        first, second = await two(console)
        phone_of(console).acts.clear()
        known.run("phone.sign_in")
        await until(lambda: [act.account.id for act in phone_of(console).acts if isinstance(act, Register)] == [first, second])
        report = await SettingsPanel(console.core.sign_in, console.core.calls, console.core.accounts).report()
        assert "Account: Care desk (default)" in report
        assert "Account: Fleet mobile trunk\n" in report
        assert "failed (403 Password refused)" in report


async def test_another_transport_brings_its_usual_port_and_udp_its_warning(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        sheet = card_of(console).open_sheet("")
        choice = next(each for each in sheet.findChildren(Choice) if each.accessibleName() == "Transport")
        for transport, port, is_warned in (("tls", "5061", False), ("udp", "5060", True), ("tcp", "5060", False)):
            choice.setCurrentIndex(choice.findData(transport))
            choice.activated.emit(choice.currentIndex())
            assert sheet.field("proxy_port").text == port
            assert any(each.isVisible() and each.text().startswith("UDP") for each in sheet.findChildren(QLabel)) is is_warned
        assert with_transport(Draft(proxy_port="5080"), "tls").proxy_port == "5080"
        QTest.keyClick(sheet, Qt.Key.Key_Escape)
        assert sheet.isHidden()
        assert profile_of(console).accounts == ()


async def test_what_few_accounts_need_is_folded_away_and_a_file_of_no_use_is_refused_at_its_field(tmp_path: Path) -> None:
    known = ssl.create_default_context().get_ca_certs(binary_form=True)
    good, empty = tmp_path / "ca.pem", tmp_path / "empty.pem"
    good.write_text(ssl.DER_cert_to_PEM_cert(known[0]) if known else Path(certifi.where()).read_text())
    empty.write_text("nothing")
    async with console_at_work(tmp_path) as console:
        sheet = card_of(console).open_sheet("")
        assert not sheet.field("auth_user").isVisible()
        for name, text in (("user", "2041"), ("domain", "pbx.example"), ("auth_user", 'a"b'), ("display_name", "Care desk")):
            sheet.field(name).set_text(text)
        choice = next(each for each in sheet.findChildren(Choice) if each.accessibleName() == "Transport")
        choice.setCurrentIndex(choice.findData("tls"))
        choice.activated.emit(choice.currentIndex())
        for path, words in ((tmp_path / "gone.pem", "can't be read"), (empty, "no certificate")):
            sheet.field("ca_file").set_text(str(path))
            sheet.save.click()
            assert sheet.field("ca_file").isVisible()
            assert words in sheet.field("ca_file").input.accessibleDescription()
        assert "quotes" in sheet.field("auth_user").input.accessibleDescription()
        assert unnamed(sheet) == []
        sheet.field("auth_user").set_text("trunk-7")
        sheet.more.take_file(str(good))
        sheet.save.click()
        await until(lambda: any(isinstance(act, Register) for act in phone_of(console).acts))
        asked = next(act for act in phone_of(console).acts if isinstance(act, Register)).account
        assert (asked.auth_user, asked.display_name, asked.ca_file) == ("trunk-7", "Care desk", str(good))
        await until(lambda: not isValid(sheet) or sheet.isHidden())
        again = card_of(console).open_sheet(asked.id)
        assert (again.field("auth_user").isVisible(), again.field("auth_user").text) == (True, "trunk-7")


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
    ("state", "tries", "later_s", "note"),
    [
        (RegistrationChanged(state="registered", renews_s=295.0, took_ms=14), 0, 134, "renews in 2:41 · 14 ms"),
        (RegistrationChanged(state="registered", renews_s=295.0), 0, 400, "renews now"),
        (RegistrationChanged(state="failed", code=408, next_try_s=3.0), 4, 1, "408 at {at} · next try in 0:02"),
        (RegistrationChanged(state="failed", code=403), 2, 90, "403 at {at} · tried 2 times"),
        (RegistrationChanged(state="failed", code=403), 1, 90, "403 at {at}"),
        (RegistrationChanged(state="registering"), 0, 1, ""),
    ],
)
def test_the_note_says_what_happens_next(state: RegistrationChanged, tries: int, later_s: int, note: str) -> None:
    since = ServerClock().now()
    standing = Standing(account=CARE, state=state, since=since, tries=tries)
    assert note_of(standing, since + timedelta(seconds=later_s)) == note.replace("{at}", since.strftime("%H:%M"))
