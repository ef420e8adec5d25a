"""The frame that every screen sits in."""

import subprocess
import sys

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit, QListView, QWidget
from pytestqt.qtbot import QtBot

from tests.ui.gallery_screens import ACTIVE, CARD, READY, RINGING, SEVERAL, STATES
from ui.shell.actions import Action
from ui.shell.main_window import MainWindow, Page
from ui.shell.phone_bar import BarKey, BarState
from ui.shell.pop_card import PopCardView, PopWindow
from ui.shell.sign_in_page import SignInPage
from ui.shell.strips import MOST_TOASTS, StatusItem
from ui.widgets.buttons import Button
from ui.widgets.layout import column, framed
from ui.widgets.raised import Raised


@pytest.fixture
def window(qtbot: QtBot) -> MainWindow:
    """The console's window with one page that holds a text field."""
    made = MainWindow(STATES)
    qtbot.addWidget(made, before_close_func=lambda widget: widget.hide())
    made.add_page(Page(id="inbox", title="Inbox", icon="inbox", keys="G, I", build=lambda: framed(column(QLineEdit()))))
    made.resize(1440, 900)
    made.show_page("inbox")
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    return made


def field_of(window: MainWindow) -> QLineEdit:
    """Where somebody types."""
    return window.stack.findChildren(QLineEdit)[0]


def test_nothing_heavy_is_imported_before_the_first_window() -> None:
    heavy = ("sqlalchemy", "httpx", "keyring", "sqlcipher3", "websockets", "msgspec", "asyncio")
    asked = f"import sys; import ui.shell.main_window, ui.theme.apply; print([name for name in {heavy} if name in sys.modules])"
    said = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True, timeout=250)
    assert said.stdout.strip() == "[]"


def test_a_page_is_built_when_it_is_first_shown_and_only_once(window: MainWindow) -> None:
    built: list[str] = []

    def build() -> QWidget:
        built.append("calls")
        return QLabel("calls")

    window.add_page(Page(id="calls", title="Calls", icon="phone", keys="G, L", build=build))
    assert built == []
    window.show_page("calls")
    window.show_page("inbox")
    window.show_page("calls")
    assert built == ["calls"]
    assert window.page == "calls"


def test_a_page_that_comes_up_gives_the_keys_to_its_list_and_not_to_its_first_button(window: MainWindow) -> None:
    rows = QListView()
    window.add_page(
        Page(id="calls", title="Calls", icon="phone", keys="G, L", build=lambda: framed(column(Button("Filter"), rows)))
    )
    field_of(window).setFocus()
    window.show_page("calls")
    assert rows.hasFocus()
    window.show_page("inbox")
    assert field_of(window).hasFocus()


def test_closing_asks_instead_of_ending_a_call(window: MainWindow, qtbot: QtBot) -> None:
    with qtbot.waitSignal(window.leaving):
        window.close()
    assert window.isVisible()


def test_the_banner_pushes_the_pane_and_never_covers_it(window: MainWindow, qtbot: QtBot) -> None:
    top = window.pane.mapTo(window, QPoint(0, 0)).y()
    window.banner.show_text("warning", "cloud-off", "Working offline, as of 10:42", "Everything works.", act="Try now")
    qtbot.waitUntil(lambda: window.pane.mapTo(window, QPoint(0, 0)).y() >= top + 40)
    window.banner.show_text("warning", "cloud-off", "", "")
    qtbot.waitUntil(lambda: window.pane.mapTo(window, QPoint(0, 0)).y() == top)


def test_at_most_three_toasts_stand_and_the_oldest_goes(window: MainWindow) -> None:
    toasts = [window.toasts.show(f"Resolved {place}.", act="Undo") for place in range(MOST_TOASTS + 1)]
    assert [toast.isVisible() for toast in toasts] == [False, True, True, True]
    bottoms = [toast.geometry().bottom() for toast in toasts[1:]]
    assert bottoms == sorted(bottoms)


def test_a_toast_takes_no_focus_and_its_act_takes_it_away(window: MainWindow, qtbot: QtBot) -> None:
    field_of(window).setFocus()
    toast = window.toasts.show("Resolved.", act="Undo", keys=("Ctrl", "Z"))
    assert field_of(window).hasFocus()
    with qtbot.waitSignal(toast.acted):
        QTest.mouseClick(toast.findChildren(Button)[0], Qt.MouseButton.LeftButton)
    assert not toast.isVisible()


def test_status_keys_drop_out_when_there_is_no_room_but_the_call_and_the_state_stay(window: MainWindow, qtbot: QtBot) -> None:
    acts = [
        Action(id=f"act{place}", title=f"Do the thing {place}", group="Test", keys=f"Ctrl+{place}", run=int, is_hint=True)
        for place in range(6)
    ]
    window.actions_known.add(*acts)
    window.top.phone.show_state(ACTIVE)
    window.top.state.show_state("on_call", "On a call", lambda: "4:12")
    wide_hints = len(window.strip.hints)
    window.resize(960, 640)
    qtbot.waitUntil(lambda: len(window.strip.hints) < wide_hints)
    assert window.top.search.width() < 60
    for widget in (window.top.phone, window.top.state):
        assert widget.width() >= widget.sizeHint().width()
        assert widget.mapTo(window, QPoint(widget.width(), 0)).x() <= 960


def test_an_item_of_the_strip_leads_somewhere(window: MainWindow, qtbot: QtBot) -> None:
    window.strip.show_items([StatusItem(tone="warning_dot", text="5 in outbox", act="outbox")])
    item = next(each for each in window.strip.findChildren(QWidget) if each.accessibleName() == "5 in outbox")
    with qtbot.waitSignal(window.strip.pressed) as told:
        QTest.mouseClick(item, Qt.MouseButton.LeftButton)
    assert told.args == ["outbox"]


def test_the_clock_in_the_strip_goes_on_and_what_stands_beside_it_keeps_the_focus(window: MainWindow, qtbot: QtBot) -> None:
    outbox = StatusItem(tone="warning_dot", text="5 in outbox", act="outbox")
    window.strip.show_items([StatusItem(tone="success_dot", text="Live · 10:42:07"), outbox])
    item = next(each for each in window.strip.findChildren(QWidget) if each.accessibleName() == "5 in outbox")
    qtbot.waitUntil(item.isVisible)
    item.setFocus()
    window.strip.show_items([StatusItem(tone="success_dot", text="Live · 10:42:08"), outbox])
    assert item.hasFocus()
    assert any(each.accessibleName() == "Live · 10:42:08" for each in window.strip.findChildren(QWidget))


def test_the_bar_says_each_state_in_words_and_offers_its_keys(window: MainWindow, qtbot: QtBot) -> None:
    bar = window.top.phone
    bar.show_state(ACTIVE)
    assert "Luca Bianchi" in bar.accessibleName()
    end = next(button for button in bar.findChildren(Button) if button.text() == "End")
    with qtbot.waitSignal(bar.pressed) as told:
        QTest.mouseClick(end, Qt.MouseButton.LeftButton)
    assert told.args == ["end"]
    bar.show_state(READY)
    qtbot.wait(20)
    bar.show_state(BarState(tone="muted", title="Test call", detail="echo", timer=lambda: "0:07"))
    qtbot.wait(20)
    bar.show_state(RINGING)
    assert bar.accessibleName().startswith("Ringing")
    fix = BarKey(act="fix", name="Fix", icon="settings", kind="default")
    bar.show_state(BarState(tone="danger", title="Wrong password", keys=(fix,)))
    assert bar.accessibleName() == "Wrong password"


def test_a_ringing_call_leaves_the_caret_where_it_is(window: MainWindow, qtbot: QtBot) -> None:
    field = field_of(window)
    field.setFocus()
    QTest.keyClicks(field, "I am on ")
    card = PopCardView(window, CARD, lambda: "0:38")
    card.show()
    card.place(window.width() - 372, 60)
    assert field.hasFocus()
    QTest.keyClicks(field, "it")
    assert field.text() == "I am on it"
    assert card.accessibleName() == "Incoming call, Luca Bianchi, Billing. Control Shift A answers."
    QTest.mouseClick(card.findChildren(Button)[0], Qt.MouseButton.LeftButton)
    assert field.hasFocus()


def test_a_key_leads_into_the_card_digits_pick_and_escape_leads_back(window: MainWindow, qtbot: QtBot) -> None:
    field_of(window).setFocus()
    card = PopCardView(window, SEVERAL, lambda: "")
    card.show()
    card.enter()
    assert card.has_entered
    with qtbot.waitSignal(card.picked) as told:
        QTest.keyClick(card, Qt.Key.Key_2)
    assert told.args == [1]
    with qtbot.assertNotEmitted(card.picked):
        QTest.keyClick(card, Qt.Key.Key_9)
    with qtbot.waitSignal(card.pressed) as answered:
        QTest.keyClick(card, Qt.Key.Key_Return)
    assert answered.args == ["answer"]
    QTest.keyClick(card, Qt.Key.Key_Escape)
    assert field_of(window).hasFocus()
    card.enter()
    card.hide()
    assert field_of(window).hasFocus()


def test_the_card_of_a_minimised_console_takes_no_focus_from_any_program(qtbot: QtBot) -> None:
    view = PopCardView(None, CARD, lambda: "")
    alone = PopWindow(view)
    qtbot.addWidget(alone)
    alone.show_in_corner()
    qtbot.waitExposed(alone)
    assert alone.testAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
    assert alone.windowFlags() & Qt.WindowType.WindowDoesNotAcceptFocus
    assert not alone.isActiveWindow()
    with qtbot.waitSignal(view.pressed) as told:
        QTest.mouseClick(view.findChildren(Button)[-1], Qt.MouseButton.LeftButton)
    assert told.args[0] in {"decline", "voicemail"}


def test_signing_in_names_what_is_missing_and_enter_goes_on(qtbot: QtBot) -> None:
    page = SignInPage()
    qtbot.addWidget(page)
    page.show()
    page.fill(server="https://desk.example", workspace="halden", email="marta@halden.example", can_resume=False)
    with qtbot.assertNotEmitted(page.submitted):
        QTest.keyClick(page, Qt.Key.Key_Return)
    password = next(each for each in page.findChildren(QLineEdit) if each.echoMode() == QLineEdit.EchoMode.Password)
    assert password.accessibleDescription()
    QTest.keyClicks(password, "correct horse")
    with qtbot.waitSignal(page.submitted) as told:
        QTest.keyClick(password, Qt.Key.Key_Return)
    assert told.args == ["https://desk.example", "halden", "marta@halden.example", "correct horse", ""]
    page.show_problem("That address and password do not go together.")
    assert next(button for button in page.findChildren(Button) if button.text() == "Sign in").isEnabled()


def test_a_float_follows_the_window_that_changes(window: MainWindow, qtbot: QtBot) -> None:
    sheet = Raised(window, 200)
    sheet.show()
    sheet.place((window.width() - 200) // 2, 100)
    before, wide = sheet.x(), window.width()
    window.resize(wide - 120, window.height())
    qtbot.waitUntil(lambda: window.width() == wide - 120 and sheet.x() == before - 60)
