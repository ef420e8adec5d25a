"""Text from 90 to 130 %: what holds text grows with it, at once, and nothing is cut off."""

import pytest
from PySide6.QtWidgets import QComboBox, QLineEdit, QTextEdit
from pytestqt.qtbot import QtBot

from tests.ui.gallery_parts import inbox
from tests.ui.gallery_screens import LIVE, READY, window
from ui.shell.main_window import MainWindow
from ui.shell.strips import StripItem
from ui.theme.apply import wear
from ui.theme.fonts import font, wide
from ui.theme.paint import keys_width
from ui.widgets.fields import Choice, TextField
from ui.widgets.marks import KeyCaps


@pytest.fixture
def shell(qtbot: QtBot) -> MainWindow:
    made = window(1440, 900, READY, lambda: inbox(1440))
    qtbot.addWidget(made, before_close_func=lambda widget: widget.hide())
    made.strip.show_items(LIVE)
    made.show()
    return made


@pytest.mark.parametrize("percent", [90, 130])
def test_strip_and_key_caps_are_as_wide_as_their_words(shell: MainWindow, percent: int) -> None:
    wear("light", text_percent=percent, is_still=True)
    items = shell.strip.findChildren(StripItem)
    assert items
    for item in items:
        assert item.width() >= wide(item.text(), "tiny", tabular=True) + 19
    for caps in shell.findChildren(KeyCaps):
        assert caps.width() == max(1, keys_width(caps._keys))


@pytest.mark.parametrize("percent", [90, 130])
def test_what_is_typed_grows_too(qtbot: QtBot, percent: int) -> None:
    field, choice = TextField("Name"), Choice("Transport")
    text = QTextEdit()
    text.setFont(font())
    for widget in (field, choice, text):
        qtbot.addWidget(widget)
    wear("light", text_percent=percent, is_still=True)
    typed: list[QLineEdit | QComboBox | QTextEdit] = [field.input, choice, text]
    assert [each.font().pixelSize() for each in typed] == [round(13 * percent / 100)] * 3
