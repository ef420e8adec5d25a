"""A theme is put on the whole application, and open windows follow."""

import re
from pathlib import Path

from PySide6.QtGui import QColor, QFontInfo
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ui.theme.apply import wear
from ui.theme.fonts import font, wide
from ui.theme.icons import icon
from ui.theme.paint import initials
from ui.theme.sheet import sheet
from ui.theme.tokens import DARK, LIGHT, theme
from ui.widgets.buttons import Button
from ui.widgets.layout import column, framed
from ui.widgets.marks import AvatarView
from ui.widgets.text import ElidedLabel, label

ROOT = Path(__file__).parents[3]
NAMED = re.compile(r'(?:IconView|IconButton|icon|as_qicon|CallKey|icon_name=|icon=)\(?\s*"([a-z0-9-]+)"')


def test_an_open_window_turns_dark_with_one_call(qtbot: QtBot) -> None:
    pane = framed(column(label("Inbox")), "pane")
    qtbot.addWidget(pane)
    pane.resize(200, 100)
    pane.show()
    assert QColor(pane.grab().toImage().pixel(100, 10)).name() == LIGHT["s1"]
    wear("dark")
    assert QColor(pane.grab().toImage().pixel(100, 10)).name() == DARK["s1"]
    assert theme.is_dark


def test_larger_text_reaches_labels_and_painted_widgets_that_are_open(qtbot: QtBot) -> None:
    words, painted = label("Refund for order #48190", "h1"), ElidedLabel("Amara Okafor")
    frame = framed(column(words, painted))
    qtbot.addWidget(frame)
    frame.show()
    before, height = words.fontInfo().pixelSize(), painted.sizeHint().height()
    wear("light", text_percent=130)
    assert words.fontInfo().pixelSize() == round(before * 1.3)
    assert painted.sizeHint().height() > height


def test_an_avatar_leaves_the_shared_font_as_it_was(qtbot: QtBot) -> None:
    avatar = AvatarView("Amara Okafor", 64)
    qtbot.addWidget(avatar)
    avatar.grab()
    assert font("small", 600).pixelSize() == 12


def test_digits_keep_their_width_so_that_timers_do_not_jitter(application: QApplication) -> None:
    assert QFontInfo(font()).family() == "Inter"
    assert wide("11:11", "h1", tabular=True) == wide("08:58", "h1", tabular=True)
    assert wide("1111", "h1") != wide("8888", "h1")


def test_the_sheet_sets_no_font_because_it_would_beat_the_type_table() -> None:
    assert "font" not in sheet()


def test_every_icon_that_the_code_names_is_there() -> None:
    known = {path.stem for path in (ROOT / "resources" / "icons").glob("*.svg")}
    named = {name for path in (ROOT / "ui").rglob("*.py") for name in NAMED.findall(path.read_text(encoding="utf-8"))}
    assert len(named) > 30
    assert not named - known


def test_an_icon_is_drawn_in_its_colour_and_kept(application: QApplication) -> None:
    first = icon("phone", "danger", 16)
    assert icon("phone", "danger", 16) is first
    image = first.toImage()
    pixels = [image.pixelColor(x, y) for x in range(16) for y in range(16)]
    assert theme.hex("danger") in {pixel.name() for pixel in pixels if pixel.alpha() == 255}


def test_initials_are_as_people_write_them() -> None:
    assert initials("Amara Okafor") == "AO"
    assert initials("佐藤 健一") == "佐"
    assert initials("+39 06 5550 142") == "#"
    assert initials("“Bo” Þórdís Mbeki") == "BM"
    assert initials("") == "?"


def test_a_button_looks_different_in_every_state(qtbot: QtBot) -> None:
    button = Button("Resolve", icon_name="check", keys=("E",))
    frame = framed(column(button), "pane")
    qtbot.addWidget(frame)
    frame.show()
    qtbot.waitExposed(frame)
    frame.activateWindow()
    looks = [button.grab().toImage()]
    button.setDown(True)
    looks.append(button.grab().toImage())
    button.setDown(False)
    button.setFocus()
    qtbot.waitUntil(button.hasFocus)
    looks.append(button.grab().toImage())
    button.setEnabled(False)
    looks.append(button.grab().toImage())
    assert all(one != other for place, one in enumerate(looks) for other in looks[:place])
