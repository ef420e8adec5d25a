"""How the cards of a section are laid out."""

import pytest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from ui.features.settings.section import LEAST_FOR_CARDS, READABLE, beside, card
from ui.theme.apply import wear
from ui.widgets.layout import column, scrolling

LONG = "Where you are signed in, and what is erased of the data on a computer that you no longer have. " * 2


@pytest.mark.parametrize("width", [READABLE - 40, LEAST_FOR_CARDS - 40, LEAST_FOR_CARDS + 40])
def test_no_line_of_a_note_is_cut_and_two_cards_stand_beside_each_other_where_there_is_room(qtbot: QtBot, width: int) -> None:
    wear("light", text_percent=130, is_still=True)
    holder, left, right = QWidget(), card("Devices", LONG), card("Password", LONG)
    holder.setLayout(column(beside(left, right), None))
    area = scrolling(holder)
    qtbot.addWidget(area)
    area.resize(width, 900)
    area.show()
    notes = [each for each in holder.findChildren(QLabel) if each.text() == LONG]
    qtbot.waitUntil(lambda: all(note.height() >= note.heightForWidth(note.width()) > 0 for note in notes))
    is_wide = width > LEAST_FOR_CARDS
    qtbot.waitUntil(lambda: (left.y() == right.y()) == is_wide)
    assert left.width() == right.width() <= READABLE
