"""How the cards of a section are laid out."""

from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from ui.features.settings.section import READABLE, card, narrow
from ui.theme.apply import wear
from ui.widgets.layout import column, scrolling

LONG = "Where you are signed in, and what is erased of the data on a computer that you no longer have. " * 2


def test_no_line_of_a_note_is_cut_where_the_section_is_wider_than_its_cards(qtbot: QtBot) -> None:
    wear("light", text_percent=130, is_still=True)
    section, holder = QWidget(), QWidget()
    section.setLayout(narrow(card("Devices", LONG)))
    holder.setLayout(column(section, None))
    area = scrolling(holder)
    qtbot.addWidget(area)
    area.resize(2 * READABLE, 600)
    area.show()
    note = next(each for each in section.findChildren(QLabel) if each.text() == LONG)
    qtbot.waitUntil(lambda: note.height() >= note.heightForWidth(note.width()) > 0)
    assert note.width() <= READABLE
