"""Tables give way column by column, sort by their heads, and read their rows through functions."""

from dataclasses import dataclass
from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QListView
from pytestqt.qtbot import QtBot

from tests.ui.gallery_parts import SampleRows
from ui.theme.apply import wear
from ui.widgets.meter import LevelMeter
from ui.widgets.table import HEAD_HEIGHT, SHORT, TALL, Cell, Column, TableDelegate, TableHead, spread


@dataclass(frozen=True)
class Call:
    """A row of the log."""

    who: str
    length: str

    @property
    def sentence(self) -> str:
        """How it is read aloud."""
        return f"{self.who}, {self.length}"


COLUMNS = [
    Column(
        id="who", title="Who", cell=lambda call: Cell(text=call.who, avatar=call.who, is_strong=True), width=0.6, is_sortable=True
    ),
    Column(id="length", title="Length", cell=lambda call: Cell(text=call.length), width=80, is_number=True, is_sortable=True),
    Column(id="queue", title="Queue", cell=lambda _: Cell(text="Billing"), width=0.4),
]


@pytest.fixture
def table(qtbot: QtBot) -> QListView:
    """A table of two calls."""
    view = QListView()
    qtbot.addWidget(view)
    view.setModel(SampleRows([Call("Luca Bianchi", "4:12"), Call("佐藤 健一", "0:31")], view))
    view.setItemDelegate(TableDelegate(COLUMNS, view))
    view.resize(700, 120)
    view.show()
    return view


def test_a_row_is_as_high_as_density_and_text_size_say(table: QListView) -> None:
    assert table.sizeHintForRow(0) == TALL
    wear("light", is_compact=True)
    assert table.sizeHintForRow(0) == SHORT
    wear("light", text_percent=130)
    assert table.sizeHintForRow(0) == round(TALL * 1.3)


def test_the_chosen_row_is_marked(table: QListView) -> None:
    before = table.grab().toImage()
    table.setCurrentIndex(table.model().index(1, 0))
    assert table.grab().toImage() != before


def test_columns_fill_the_width_and_the_last_go_when_it_is_narrow() -> None:
    wide = spread(COLUMNS, 700)
    assert [column.id for column, _ in wide] == ["who", "length", "queue"]
    assert wide[-1][1].right() <= 700
    assert all(left[1].right() <= right[1].left() for left, right in pairwise(wide))
    assert [column.id for column, _ in spread(COLUMNS, 300)] == ["who", "length"]


def test_pressing_a_head_sorts_and_pressing_again_turns_it_round(qtbot: QtBot) -> None:
    head = TableHead(COLUMNS, sorted_by="who")
    qtbot.addWidget(head)
    head.resize(700, HEAD_HEIGHT)
    head.show()
    told: list[tuple[str, bool]] = []
    head.sorted_by.connect(lambda column, is_descending: told.append((column, is_descending)))
    place = {column.id: QPoint(int(area.center().x()), 10) for column, area in spread(COLUMNS, 700)}
    for column in ("who", "length", "length", "queue"):
        QTest.mouseClick(head, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place[column])
    assert told == [("who", True), ("length", False), ("length", True)]


def test_a_meter_shows_its_level_and_says_it(qtbot: QtBot) -> None:
    meter = LevelMeter("Microphone")
    qtbot.addWidget(meter)
    meter.resize(300, 12)
    meter.show()
    quiet = meter.grab().toImage()
    meter.show_level(0.5)
    assert meter.grab().toImage() != quiet
    assert meter.accessibleDescription() == "-6 dB"
    meter.show_level(0.0)
    assert meter.accessibleDescription() == "-60 dB"
