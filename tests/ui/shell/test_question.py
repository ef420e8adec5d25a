"""A question over the pane is answered without a mouse, and no key reaches what it dims."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from ui.bridge.messages import Choice, Question
from ui.shell.actions import Action
from ui.shell.main_window import MainWindow, Page
from ui.shell.question import QuestionSheet
from ui.widgets.buttons import Button
from ui.widgets.layout import column, framed

ASKED = Question(
    title="Delete it?", text="It goes for good.", choices=(Choice(id="keep", text="Keep it"), Choice(id="go", text="Delete it")),
    safe="keep",
)  # fmt: skip


@pytest.fixture
def done() -> list[str]:
    """What was done behind the question."""
    return []


@pytest.fixture
def window(qtbot: QtBot, done: list[str]) -> MainWindow:
    """With a button on its page and an act that a letter does."""
    made = MainWindow([])
    qtbot.addWidget(made, before_close_func=lambda widget: widget.hide())
    page = framed(column(Button("Behind"), QLineEdit()))
    made.add_page(Page(id="inbox", title="Inbox", icon="inbox", keys="G, I", build=lambda: page))
    act = Action(id="resolve", title="Resolve", group="Test", keys="E", run=lambda: done.append("resolved"), is_hint=True)
    made.actions_known.add(act)
    made.show_page("inbox")
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    return made


def asked(window: MainWindow, answers: list[str]) -> QuestionSheet:
    """The question, open."""
    sheet = QuestionSheet(window, window.pane, ASKED, answers.append)
    sheet.open()
    return sheet


def press(key: Qt.Key) -> None:
    """Where the focus is."""
    focused = QApplication.focusWidget()
    assert focused is not None
    QTest.keyClick(focused, key)


def words() -> str:
    """Of the button that has the focus."""
    focused = QApplication.focusWidget()
    return focused.text() if isinstance(focused, Button) else repr(focused)


def test_tab_goes_round_within_and_return_answers(window: MainWindow) -> None:
    answers: list[str] = []
    sheet = asked(window, answers)
    seen = [words()]
    for _ in range(3):
        press(Qt.Key.Key_Tab)
        seen.append(words())
    assert seen == ["Keep it", "Delete it", "Keep it", "Delete it"]
    press(Qt.Key.Key_Backtab)
    press(Qt.Key.Key_Backtab)
    press(Qt.Key.Key_Return)
    assert answers == ["go"]
    assert sheet.isHidden()


def test_letters_sleep_while_it_is_asked_and_the_strip_offers_none(window: MainWindow, done: list[str]) -> None:
    page = window.stack.currentWidget()
    assert page is not None
    behind = page.findChildren(Button)[0]
    behind.setFocus()
    press(Qt.Key.Key_E)
    assert done == ["resolved"]
    assert [what for _, what in window.strip.hints] == ["Resolve"]
    sheet = asked(window, [])
    press(Qt.Key.Key_E)
    assert done == ["resolved"]
    assert window.strip.hints == ()
    sheet.leave()
    press(Qt.Key.Key_E)
    assert done == ["resolved", "resolved"]
