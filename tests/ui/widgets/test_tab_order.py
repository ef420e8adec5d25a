"""Tab goes through what is laid out in the order in which it is seen."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from ui.widgets.buttons import Button
from ui.widgets.layout import column, row, scrolling
from ui.widgets.pane_sheet import PaneSheet


def test_what_was_made_later_stands_where_it_is_seen(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(900, 700)
    sheet, lines, inner = PaneSheet(window, window, 400), column(), QWidget()
    name, keep, hidden = QLineEdit("name"), Button("Keep"), Button("Hidden")
    inner.setLayout(lines)
    sheet.hold(column(row(QLineEdit("search"), name), scrolling(inner), row(hidden, sheet.cancelling(), keep)))
    hidden.hide()
    window.show()
    sheet.rise()
    for word in ("first", "second"):  # as what the server tells
        lines.addWidget(Button(word))
    window.activateWindow()
    name.setFocus()
    qtbot.waitUntil(name.hasFocus)
    seen = []
    for _ in range(6):
        focused = QApplication.focusWidget()
        assert isinstance(focused, Button | QLineEdit)
        seen.append(focused.text())
        QTest.keyClick(focused, Qt.Key.Key_Tab)
    assert seen == ["name", "first", "second", "Cancel", "Keep", "search"]
