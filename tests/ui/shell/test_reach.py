"""Everything can be reached without a mouse and is named for those who cannot see it."""

import asyncio

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLineEdit, QListView, QTextEdit, QWidget
from pytestqt.qtbot import QtBot

from app.kernel.tasks import TaskRunner
from tests.ui.gallery_parts import inbox
from tests.ui.gallery_screens import ACTIVE, CARD, SEVERAL, window
from tests.ui.shell.test_actions_and_palette import nothing
from ui.shell.main_window import MainWindow
from ui.shell.palette import CommandPalette
from ui.shell.pop_card import PopCardView
from ui.shell.sign_in_page import SignInPage

KINDS = (QAbstractButton, QLineEdit, QTextEdit, QComboBox)


def unnamed(root: QWidget) -> list[str]:
    """The controls below a widget that have no name for a screen reader."""
    controls = [widget for kind in KINDS for widget in root.findChildren(kind)]
    names = [(widget, QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name)) for widget in controls]
    return [f"{type(widget).__name__} {widget.objectName()}" for widget, name in names if not name.strip()]


def shell(qtbot: QtBot) -> MainWindow:
    """The console's window with the inbox of the pictures."""
    made = window(1440, 900, ACTIVE, lambda: inbox(1440))
    qtbot.addWidget(made, before_close_func=lambda widget: widget.hide())
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    return made


async def test_every_control_of_the_shell_and_its_floats_has_a_name(qtbot: QtBot, tasks: TaskRunner) -> None:
    made = shell(qtbot)
    for text in made.stack.findChildren(QTextEdit):
        text.setAccessibleName("Reply")
    made.banner.show_text("warning", "cloud-off", "Working offline", "Everything works.", act="Try now")
    made.toasts.show("Resolved.", act="Undo")
    for card in (CARD, SEVERAL):
        PopCardView(made, card, lambda: "").show()
    CommandPalette(made, made.actions_known, nothing, tasks, pane=made.pane).open()
    await asyncio.sleep(0.02)
    assert unnamed(made) == []
    page = SignInPage()
    qtbot.addWidget(page)
    assert unnamed(page) == []


def test_f6_steps_through_the_panes_and_comes_back_to_where_one_was(qtbot: QtBot) -> None:
    made = shell(qtbot)
    reply, rows = made.stack.findChildren(QTextEdit)[0], made.stack.findChildren(QListView)[0]
    reply.setFocus()
    seen = []
    for _ in range(5):
        QTest.keyClick(made, Qt.Key.Key_F6)
        focused = QApplication.focusWidget()
        assert focused is not None
        seen.append(focused)
    side, bar, rail, again, thread = seen
    assert made.stack.isAncestorOf(side)
    assert made.top.isAncestorOf(bar)
    assert made.rail.isAncestorOf(rail)
    assert again is rows
    assert thread is reply
    QTest.keyClick(made, Qt.Key.Key_F6, Qt.KeyboardModifier.ShiftModifier)
    assert QApplication.focusWidget() is rows


def test_a_hidden_pane_is_left_out(qtbot: QtBot) -> None:
    made = shell(qtbot)
    rows = made.stack.findChildren(QListView)[0]
    panel = rows.parentWidget()
    assert panel is not None
    panel.hide()
    for _ in range(6):
        made.step_pane(1)
        assert QApplication.focusWidget() is not rows


def test_another_page_gets_the_keys_and_the_first_gets_them_back_where_one_was(qtbot: QtBot) -> None:
    made = shell(qtbot)
    reply = made.stack.findChildren(QTextEdit)[0]
    reply.setFocus()
    made.show_page("calls")
    focused = QApplication.focusWidget()
    assert focused is not None
    assert made.show_page("calls").isAncestorOf(focused)
    made.show_page("inbox")
    assert reply.hasFocus()
