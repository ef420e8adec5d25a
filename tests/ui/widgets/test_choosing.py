"""Buttons, segments, tabs, switches and fields answer to hand and key, and say what they are."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible, QTextDocumentFragment
from PySide6.QtGui import Qt as GuiQt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from ui.widgets.buttons import Button, IconButton
from ui.widgets.choices import Option, Segmented, Switch, Tabs, Tick
from ui.widgets.fields import TextField
from ui.widgets.menus import Menu
from ui.widgets.states import EmptyState
from ui.widgets.text import ElidedLabel

VIEWS = [Option(id="mine", text="Mine", count="12"), Option(id="all", text="All", count="41")]


def test_a_button_that_works_keeps_its_width_and_cannot_be_pressed_again(qtbot: QtBot) -> None:
    button = Button("Save", "primary", "check")
    qtbot.addWidget(button)
    button.show()
    before = button.sizeHint()
    button.set_loading(True)
    assert button.sizeHint() == before
    with qtbot.assertNotEmitted(button.clicked):
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    button.set_loading(False)
    with qtbot.waitSignal(button.clicked):
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def test_the_space_bar_presses_the_button_that_has_the_focus(qtbot: QtBot) -> None:
    button = Button("Answer", "success")
    qtbot.addWidget(button)
    button.show()
    with qtbot.waitSignal(button.clicked):
        QTest.keyClick(button, Qt.Key.Key_Space)


def test_an_icon_button_is_named_for_those_who_cannot_see_it_and_its_key_is_in_the_tooltip(qtbot: QtBot) -> None:
    button = IconButton("clock", "Snooze", "Z")
    qtbot.addWidget(button)
    found = QAccessible.queryAccessibleInterface(button)
    assert found is not None
    assert found.text(QAccessible.Text.Name) == "Snooze"
    assert found.role() == QAccessible.Role.Button
    assert button.toolTip() == "Snooze   Z"
    assert button.width() >= 28


def test_a_name_with_an_ampersand_is_whole_in_a_menu(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    menu = Menu(window)
    assert menu.add_choice("R&D && Care").iconText() == "R&D && Care", "what the line shows"
    assert len(menu.actions()) == 1


@pytest.mark.parametrize("said", ["<img src='file:///etc/hostname'> & co", "Mia\n<b>Winters</b>", "R&D <care@example.com>"])
def test_a_tooltip_shows_what_comes_from_outside_letter_by_letter(qtbot: QtBot, said: str) -> None:
    named = ElidedLabel(f"A name that is long enough: {said}")
    qtbot.addWidget(named)
    tip = named.toolTip()
    shown = QTextDocumentFragment.fromHtml(tip).toPlainText() if GuiQt.mightBeRichText(tip) else tip
    assert shown == named.text()


def test_tabs_are_chosen_by_arrow_and_by_mouse_and_tell_once(qtbot: QtBot) -> None:
    tabs = Tabs(VIEWS, "View")
    qtbot.addWidget(tabs)
    tabs.show()
    told: list[str] = []
    tabs.chosen.connect(told.append)
    QTest.keyClick(tabs, Qt.Key.Key_Right)
    QTest.keyClick(tabs, Qt.Key.Key_Right)
    QTest.mouseClick(tabs, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(5, 10))
    assert told == ["all", "mine"]
    assert tabs.accessibleName() == "View: Mine 12"


def test_new_counts_leave_the_choice_where_it_was(qtbot: QtBot) -> None:
    tabs = Tabs(VIEWS, "View")
    qtbot.addWidget(tabs)
    tabs.choose("all")
    tabs.set_options([Option(id="mine", text="Mine", count="11"), Option(id="all", text="All", count="42")])
    assert tabs.value == "all"
    assert tabs.accessibleName() == "View: All 42"


def test_choosing_by_program_tells_nobody(qtbot: QtBot) -> None:
    kind = Segmented([Option(id="reply", text="Reply"), Option(id="note", text="Note")], "Kind")
    qtbot.addWidget(kind)
    with qtbot.assertNotEmitted(kind.chosen):
        kind.choose("note")
    assert kind.value == "note"


@pytest.mark.parametrize("kind", [Switch, Tick])
def test_a_switch_takes_effect_at_once(qtbot: QtBot, kind: type[Switch | Tick]) -> None:
    switch = kind("Answer by itself")
    qtbot.addWidget(switch)
    switch.show()
    with qtbot.waitSignal(switch.toggled) as told:
        QTest.mouseClick(switch, Qt.MouseButton.LeftButton)
    assert told.args == [True]
    assert switch.accessibleName() == "Answer by itself"


def test_a_field_says_what_is_wrong_and_typing_takes_it_back(qtbot: QtBot) -> None:
    field = TextField("E-mail")
    qtbot.addWidget(field)
    field.show()
    field.show_problem("There is no @ in it.")
    assert field.input.accessibleDescription() == "There is no @ in it."
    assert field.input.property("problem") is True
    QTest.keyClicks(field.input, "a@b")
    assert field.input.accessibleDescription() == ""
    assert field.text == "a@b"


def test_a_password_is_not_shown(qtbot: QtBot) -> None:
    field = TextField("Password", is_password=True)
    qtbot.addWidget(field)
    assert field.input.echoMode() == QLineEdit.EchoMode.Password


def test_an_empty_place_offers_what_to_do(qtbot: QtBot) -> None:
    empty = EmptyState("Nobody is known with this number.", "Create contact")
    qtbot.addWidget(empty)
    empty.show()
    with qtbot.waitSignal(empty.pressed):
        QTest.mouseClick(empty.findChildren(Button)[0], Qt.MouseButton.LeftButton)
    empty.show_text("Inbox zero.")
    assert not empty.findChildren(Button)[0].isVisible()
