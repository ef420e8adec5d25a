"""Grids of names against names: read cell by cell, chosen by row, column or key, and as high as their rows."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from ui.theme.apply import wear
from ui.widgets.grid import Grid, GridRow, Square

COLUMNS = ("Read", "Edit")
NOTHING = Square()


def rows(word: str = "All") -> list[GridRow]:
    return [
        GridRow(
            name="Contacts", squares=(Square(text=word, sentence=f"Read, Contacts: {word}"), Square(text="Own", note="Agent"))
        ),
        GridRow(name="Files", squares=(Square(text="Team"), NOTHING)),
    ]


@pytest.fixture
def grid(qtbot: QtBot) -> Grid:
    made = Grid("Rights", is_editable=True)
    qtbot.addWidget(made)
    made.show_rows(COLUMNS, rows())
    made.resize(600, made.height())
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    made.setFocus()
    return made


def press(grid: Grid, row: int, column: int) -> None:
    place = grid.visualRect(grid.model().index(row, column)).center()
    QTest.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)


def test_a_cell_says_its_sentence_and_an_empty_one_is_no_stop(grid: Grid) -> None:
    model = grid.model()
    assert model.index(0, 1).data(Qt.ItemDataRole.AccessibleTextRole) == "Read, Contacts: All"
    table = QAccessible.queryAccessibleInterface(grid)
    assert table.text(QAccessible.Text.Name) == "Rights"
    assert not model.flags(model.index(1, 2)) & Qt.ItemFlag.ItemIsSelectable


def test_a_row_is_chosen_by_its_name_and_a_column_by_its_head(grid: Grid) -> None:
    press(grid, 0, 0)
    assert grid.chosen() == ((0, 0), (0, 1))
    head = grid.horizontalHeader()
    place = QPoint(head.sectionViewportPosition(1) + 20, 10)
    QTest.mouseClick(head.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
    assert grid.chosen() == ((0, 0), (1, 0))


def test_digits_are_told_and_new_words_leave_the_choice_as_it_is(grid: Grid, qtbot: QtBot) -> None:
    told: list[int] = []
    grid.pressed_key.connect(told.append)
    press(grid, 0, 1)
    QTest.keyClicks(grid, "203")
    QTest.keyClicks(grid, "9x")
    assert told == [2, 0, 3]
    grid.show_rows(COLUMNS, rows("None"))
    assert grid.chosen() == ((0, 0),)
    assert grid.model().index(0, 1).data() == "None"
    QTest.keyClick(grid, Qt.Key.Key_Right)
    assert grid.chosen() == ((0, 1),)


def test_it_is_as_high_as_its_rows_and_is_painted_in_both_schemes(grid: Grid) -> None:
    pictures = []
    for scheme in ("light", "dark"):
        wear(scheme, is_still=True)
        pictures.append(grid.grab().toImage())
    assert pictures[0] != pictures[1]
    assert not grid.verticalScrollBar().isVisible()
    assert grid.verticalScrollBar().maximum() == 0
