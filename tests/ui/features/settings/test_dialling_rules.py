"""The rules of dialling on the phone's page: tried, added, changed, moved, removed, taken back; by keys alone."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from app.desk.dialling import DialRule
from app.desk.profile import SipAccount
from tests.ui.conftest import until
from tests.ui.features.settings.test_settings import page_of
from tests.ui.shell.test_reach import unnamed
from tests.ui.working import console_at_work, profile_of
from ui.console.console import Console
from ui.features.settings.dialling_card import DiallingCard
from ui.features.settings.dialling_panel import act_words, tidied
from ui.features.settings.dialling_sheet import RulesSheet
from ui.widgets.buttons import Button
from ui.widgets.fields import Choice

NUMBER = "+33 1 23 45 67 89"
FRANCE = DialRule(name="France without prefix", fits="country", value="FR", form="national")
OUT = DialRule(fits="any", before="9")


def card_of(console: Console) -> DiallingCard:
    """The card on its page."""
    return page_of(console).show_section("phone").findChildren(DiallingCard)[0]


def words(widget: QWidget) -> list[str]:
    """What labels say there now."""
    return [each.text() for each in widget.findChildren(QLabel) if each.isVisible()]


def pick(choice: Choice, value: str) -> None:
    """As a hand would."""
    choice.setCurrentIndex(choice.findData(value))
    choice.activated.emit(choice.currentIndex())


@asynccontextmanager
async def sheet_open(folder: Path, *rules: DialRule) -> AsyncIterator[tuple[Console, RulesSheet]]:
    """The sheet over the page, with these rules."""
    async with console_at_work(folder) as console:
        console.core.sign_in.change(dialling=rules)
        card = card_of(console)
        console.window.activateWindow()
        opener = next(each for each in card.findChildren(Button) if each.text() == "Rules")
        opener.setFocus()
        await until(opener.hasFocus)
        opener.click()
        sheet = console.window.findChildren(RulesSheet)[0]
        await until(sheet.isVisible)
        yield console, sheet


async def test_a_number_is_tried_with_what_is_dialled_and_by_which_rule(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        console.core.sign_in.change(dialling=(FRANCE,))
        card = card_of(console)
        QTest.keyClick(card.number, Qt.Key.Key_Return)
        assert "Type a number to try." in words(card)
        QTest.keyClicks(card.number, NUMBER)
        QTest.keyClick(card.number, Qt.Key.Key_Return)
        assert "Type a number to try." not in words(card)
        await until(lambda: {NUMBER, "0123456789"} <= set(words(card)))
        assert card.panel.tried.value[0].how.endswith("rule 1, France without prefix")
        card.number.setText("112")
        QTest.keyClick(card.number, Qt.Key.Key_Return)
        assert card.panel.tried.value[0].how.endswith("emergency and service numbers stay as they are")
        assert unnamed(card) == []


async def test_each_account_says_what_it_would_dial_and_a_rule_can_be_for_one_of_them(tmp_path: Path) -> None:
    async with sheet_open(tmp_path) as (console, sheet):
        console.core.calls.lines.use(
            (
                SipAccount(id="care", name="Care desk", user="2041", domain="pbx.halden.example"),
                SipAccount(id="fleet", name="Fleet mobile trunk", user="marta", domain="trunk.example"),
            )
        )
        QTest.keyClick(sheet, Qt.Key.Key_N)
        pick(sheet.form.country, "FR")
        pick(sheet.form.account, "care")
        QTest.keyClicks(sheet.form.name.input, "France without prefix")
        QTest.keyClick(sheet.form.name.input, Qt.Key.Key_Return)
        await until(lambda: [each.account for each in profile_of(console).dialling] == ["care"])
        assert [each.account for each in sheet._panel.lines] == ["Care desk"]
        sheet.leave()
        card = card_of(console)
        card.number.setText(NUMBER)
        QTest.keyClick(card.number, Qt.Key.Key_Return)
        assert [(each.wire, each.how) for each in card.panel.tried.value] == [
            ("0123456789", "Care desk · rule 1, France without prefix"),
            ("+33123456789", "Fleet mobile trunk · unchanged"),
        ]


async def test_a_rule_is_added_moved_removed_and_taken_back_by_keys(tmp_path: Path) -> None:
    async with sheet_open(tmp_path) as (console, sheet):
        assert any("No rules yet" in text for text in words(sheet))
        QTest.keyClick(sheet, Qt.Key.Key_N)
        await until(sheet.form.name.input.hasFocus)
        QTest.keyClicks(sheet.form.name.input, "France without prefix")
        pick(sheet.form.country, "FR")
        QTest.keyClick(sheet.form.name.input, Qt.Key.Key_Return)
        await until(lambda: profile_of(console).dialling == (FRANCE,))
        assert list(console.core.calls.dial_rules) == [FRANCE]
        await until(sheet.list.hasFocus)
        QTest.keyClick(sheet.list, Qt.Key.Key_N)
        pick(sheet.form.fits, "any")
        pick(sheet.form.form, "e164")
        QTest.keyClicks(sheet.form.before.input, "9")
        QTest.keyClick(sheet.form.before.input, Qt.Key.Key_Return)
        await until(lambda: profile_of(console).dialling == (FRANCE, OUT))
        await until(lambda: sheet.list.place == 2)
        QTest.keyClick(sheet.list, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
        await until(lambda: profile_of(console).dialling == (OUT, FRANCE))
        await until(lambda: sheet.list.place == 1)
        QTest.keyClick(sheet.list, Qt.Key.Key_Delete)
        await until(lambda: profile_of(console).dialling == (FRANCE,))
        for kept in ((OUT, FRANCE), (FRANCE, OUT), (FRANCE,), ()):
            QTest.keyClick(sheet.list, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
            await until(lambda kept=kept: profile_of(console).dialling == kept)  # type: ignore[misc] # a lambda in a loop
        assert not console.core.calls.dial_rules


async def test_escape_leaves_the_form_then_the_sheet_and_the_focus_is_where_it_was(tmp_path: Path) -> None:
    async with sheet_open(tmp_path, FRANCE) as (console, sheet):
        QTest.keyClick(sheet.list, Qt.Key.Key_Return)
        await until(sheet.form.name.input.hasFocus)
        assert sheet.form.rule == FRANCE
        sheet.form.name.set_text("Another name")
        QTest.keyClick(sheet.form.name.input, Qt.Key.Key_Escape)
        await until(sheet.list.hasFocus)
        assert profile_of(console).dialling == (FRANCE,)
        opener = next(each for each in card_of(console).findChildren(Button) if each.text() == "Rules")
        QTest.keyClick(sheet.list, Qt.Key.Key_Escape)
        await until(opener.hasFocus)


async def test_what_cannot_be_is_refused_at_its_field_in_words(tmp_path: Path) -> None:
    async with sheet_open(tmp_path) as (console, sheet):
        QTest.keyClick(sheet, Qt.Key.Key_N)
        form = sheet.form
        form.keep.click()
        await until(lambda: "Choose a country." in words(form))
        pick(form.fits, "pattern")
        form.value.set_text("(a+)+$")
        form.strip.set_text("x")
        form.keep.click()
        await until(lambda: form.value.input.accessibleDescription().startswith("Digits, + at the front, X for any digit"))
        assert form.strip.input.accessibleDescription() == "Only digits, * and #, perhaps with + at the front."
        assert "Choose a country." not in words(form)
        pick(form.fits, "extension")
        form.value.set_text("many")
        form.keep.click()
        await until(lambda: form.value.input.accessibleDescription() == "Write how many digits: 4, or 3-5.")
        assert profile_of(console).dialling == ()
        assert unnamed(sheet) == []


async def test_a_rule_that_is_dragged_runs_where_it_was_dropped(tmp_path: Path) -> None:
    third = DialRule(fits="extension", value="4", form="as_typed")
    async with sheet_open(tmp_path, FRANCE, OUT, third) as (console, sheet):
        rows = sheet.list.model()
        held = rows.mimeData([rows.index(0, 0)])
        assert not rows.dropMimeData(held, Qt.DropAction.MoveAction, 2, 0, rows.index(-1, 0))
        await until(lambda: profile_of(console).dialling == (OUT, FRANCE, third))
        await until(lambda: sheet.list.place == 2)
        held = rows.mimeData([rows.index(2, 0)])
        rows.dropMimeData(held, Qt.DropAction.MoveAction, 0, 0, rows.index(-1, 0))
        await until(lambda: profile_of(console).dialling == (third, OUT, FRANCE))
        sentence = rows.index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole)
        assert sentence.startswith("Rule 1. Extensions of 4 digits. → as typed")


async def test_the_form_says_what_its_rule_makes_of_the_number_that_is_tried(tmp_path: Path) -> None:
    async with sheet_open(tmp_path) as (console, sheet):
        sheet._panel.try_number(NUMBER)
        QTest.keyClick(sheet, Qt.Key.Key_N)
        preview = sheet.form._preview
        assert preview.text() == f"Does not fit {NUMBER}"
        pick(sheet.form.country, "FR")
        assert preview.text() == f"{NUMBER}  →  0123456789"
        QTest.keyClicks(sheet.form.before.input, "7")
        assert preview.text() == f"{NUMBER}  →  70123456789"
        assert not console.core.calls.dial_rules


async def test_the_palette_leads_to_the_rules_and_copies_the_report_from_everywhere(tmp_path: Path) -> None:
    async with console_at_work(tmp_path) as console:
        console.window.show_page("inbox")
        actions = console.window.actions_known
        actions.run("phone.rules")
        sheet = console.window.findChildren(RulesSheet)[0]
        await until(sheet.isVisible)
        actions.run("phone.rules")
        assert len(console.window.findChildren(RulesSheet)) == 1
        sheet.leave()
        QApplication.clipboard().setText("")
        actions.run("phone.report")
        await until(lambda: "SIP library: 2.15.1" in QApplication.clipboard().text())


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (DialRule(fits="pattern", value=" 2 x x . "), DialRule(fits="pattern", value="2XX.")),
        (DialRule(fits="prefix", value="+39 (02)"), DialRule(fits="prefix", value="+3902")),
        (DialRule(name=" Out ", fits="any", value="left", before="9 "), DialRule(name="Out", fits="any", before="9")),
    ],
)
def test_what_is_typed_is_taken_as_it_is_meant(typed: DialRule, meant: DialRule) -> None:
    assert tidied(typed) == meant


def test_what_a_rule_does_is_said_in_words() -> None:
    assert act_words(DialRule(strip="+", before="00")) == "in full, as +33…, without +, with 00 before it"
    assert act_words(FRANCE) == "in national form"
