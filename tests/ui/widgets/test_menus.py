"""Menus: what is chosen is done, and what was closed is gone."""

from functools import partial

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from ui.shell.top_bar import StateChip
from ui.widgets.menus import Menu

TIMES = 50


def let_go() -> None:
    """What Qt does at the next turn of its loop."""
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def test_a_menu_that_was_opened_fifty_times_leaves_nothing_in_its_window(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    button = QPushButton("More", window)
    window.show()
    before = len(window.children())
    for _ in range(TIMES):
        menu = Menu(window)
        menu.add_choice("Edit")
        menu.open_under(button)
        menu.close()
        let_go()
    assert len(window.children()) == before


def test_neither_does_one_out_of_which_something_was_chosen(qtbot: QtBot) -> None:
    window, chosen = QWidget(), list[int]()
    qtbot.addWidget(window)
    window.show()
    before = len(window.children())
    for time in range(TIMES):
        menu = Menu(window)
        menu.add_choice("Edit", partial(chosen.append, time))
        menu.open_under(window)
        menu.setActiveAction(menu.actions()[0])
        QTest.keyClick(menu, Qt.Key.Key_Return)
        let_go()
    assert chosen == list(range(TIMES))
    assert len(window.children()) == before


def test_the_agents_state_is_chosen_fifty_times_and_no_menu_is_left(qtbot: QtBot) -> None:
    chip = StateChip((("available", "Available"), ("busy", "Busy")))
    qtbot.addWidget(chip)
    chip.show()
    with qtbot.waitSignals([chip.chosen] * TIMES):
        for _ in range(TIMES):
            chip.open_menu()
            menu = chip.findChildren(QMenu)[0]
            menu.setActiveAction(menu.actions()[1])
            QTest.keyClick(menu, Qt.Key.Key_Return)
            let_go()
    assert chip.findChildren(QMenu) == []


def test_a_line_says_whether_it_holds_and_words_cannot_be_chosen(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    menu = Menu(window, "Territory")
    menu.add_mark("North", lambda: None, is_on=True)
    menu.add_words("There is no other")
    assert menu.accessibleName() == "Territory"
    assert [(each.isChecked(), each.isEnabled()) for each in menu.actions()] == [(True, True), (False, False)]
