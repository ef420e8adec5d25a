"""Rows, bubbles and long names keep to their room."""

from itertools import pairwise

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QLabel, QListView, QWidget
from pytestqt.qtbot import QtBot

from tests.ui.gallery_parts import SampleRows
from tests.ui.samples import CONVERSATIONS, Conversation
from ui.theme.apply import wear
from ui.theme.fonts import font
from ui.widgets.conversation_row import COMPACT_HEIGHT, ROW_HEIGHT, ConversationDelegate
from ui.widgets.layout import column, framed, row
from ui.widgets.marks import Chip
from ui.widgets.raised import Raised
from ui.widgets.text import ElidedLabel, measure, tight_width
from ui.widgets.thread import BubbleText, ThreadScroll, bubble

LONG = "María Fernanda Gutiérrez de la Vega y Fernández de Córdoba, Grupo Hotelero del Mediterráneo"


def list_of(rows: list[Conversation], qtbot: QtBot, width: int = 328) -> QListView:
    """A list as the inbox shows it."""
    view = QListView()
    qtbot.addWidget(view)
    view.setModel(SampleRows(rows, view))
    view.setItemDelegate(ConversationDelegate(view))
    view.resize(width, 66 * len(rows))
    view.show()
    return view


def test_a_row_is_as_high_as_the_density_says(qtbot: QtBot) -> None:
    view = list_of(CONVERSATIONS, qtbot)
    assert view.sizeHintForRow(0) == ROW_HEIGHT
    wear("light", is_compact=True)
    assert view.sizeHintForRow(0) == COMPACT_HEIGHT


def test_what_waits_differs_from_what_was_read(qtbot: QtBot) -> None:
    read = Conversation(id=1, title="Amara", preview="Hi", when_text="2m", channel="email")
    marks = [
        Conversation(id=1, title="Amara", preview="Hi", when_text="2m", channel="email", unread_count=2),
        Conversation(id=1, title="Amara", preview="Hi", when_text="2m", channel="email", due_text="18m", due_tone="warning"),
        Conversation(id=1, title="Amara", preview="Hi", when_text="2m", channel="email", is_pending=True),
        Conversation(id=1, title="Amara", preview="Hi", when_text="2m", channel="email", other_agent_initials="PR"),
    ]
    plain = list_of([read], qtbot).grab().toImage()
    looks = [list_of([each], qtbot).grab().toImage() for each in marks]
    assert all(look != plain for look in looks)


def test_a_long_name_gives_way_to_the_time(qtbot: QtBot) -> None:
    short = Conversation(id=1, title=LONG, preview=LONG, when_text="Yesterday", channel="sms", due_text="−4m", due_tone="danger")
    view = list_of([short], qtbot, width=280)
    image = view.grab().toImage()
    margin = {QColor(image.pixel(x, y)).name() for x in range(272, 280) for y in range(66)}
    assert len(margin) == 1  # nothing is painted there


def test_a_label_of_unknown_length_never_widens_its_pane(qtbot: QtBot) -> None:
    pane = framed(column(ElidedLabel(LONG, "title"), ElidedLabel(LONG)))
    qtbot.addWidget(pane)
    assert pane.minimumSizeHint().width() < 80


def test_a_chip_stands_right_behind_a_short_name_and_stays_whole_behind_a_long_one(qtbot: QtBot) -> None:
    for name, at_most in (("Luca Bianchi", 140), (LONG, 300)):
        chip = Chip("VIP", "accent_text", "star")
        pane = framed(row(ElidedLabel(name, "title", hugs=True), chip, None))
        qtbot.addWidget(pane)
        pane.resize(300, 40)
        pane.show()
        assert chip.x() <= at_most
        assert chip.geometry().right() <= 300


def test_no_bubble_ends_in_a_lone_word() -> None:
    text = "Your parcel arrived on the 18th. The refund of €89.00 is being released now and should reach your account soon."
    width = tight_width(text, 430)
    assert measure(text, width, font())[1] == measure(text, 430, font())[1]
    assert width < 425


def test_what_a_customer_writes_is_text_and_never_markup(qtbot: QtBot) -> None:
    made = bubble(BubbleText(kind="in", text="<b>bold</b> <img src=x>", meta="Amara · 10:02", who="Amara"))
    qtbot.addWidget(made)
    words = [each for each in made.findChildren(QLabel) if "bold" in each.text()]
    assert words[0].textFormat() == Qt.TextFormat.PlainText


def test_a_bubble_is_read_aloud_with_who_and_how_far_it_came(qtbot: QtBot) -> None:
    made = bubble(BubbleText(kind="out", text="Hi", meta="You · 10:03", who="You", mark="read", mark_name="Read"))
    qtbot.addWidget(made)
    assert made.accessibleName() == "You: Hi. You · 10:03 Read"


def test_the_shadow_of_a_low_float_falls_off_smoothly_on_every_side(qtbot: QtBot) -> None:
    ground = framed(column(), "s0")
    qtbot.addWidget(ground)
    ground.resize(500, 300)
    low = Raised(ground, 360)
    low.hold(column(ElidedLabel("Call saved."), margins=(12, 12)))
    ground.show()
    low.show()
    low.place(70, 200)
    image = ground.grab().toImage()
    left = [QColor(image.pixel(x, 200 + low.sheet_size.height() // 2)).lightness() for x in range(30, 70)]
    assert left == sorted(left, reverse=True)  # darker towards the sheet, step by step
    assert max(abs(one - other) for one, other in pairwise(left)) <= 8
    column_at = [QColor(image.pixel(60, y)).lightness() for y in range(150, 299)]
    assert max(abs(one - other) for one, other in pairwise(column_at)) <= 3


@pytest.mark.parametrize(
    ("at", "then"),
    [((20, 20), (20, 20)), ((220, 180), (420, 280)), ((120, 100), (220, 150))],
    ids=["near the first corner", "near the last corner", "in the middle"],
)
def test_a_float_keeps_its_place_when_the_window_changes(qtbot: QtBot, at: tuple[int, int], then: tuple[int, int]) -> None:
    ground = QWidget()
    qtbot.addWidget(ground)
    ground.resize(400, 300)
    ground.show()
    float_ = Raised(ground, 160)
    float_.setFixedHeight(100 + 2 * float_.pad)
    float_.show()
    float_.place(*at)
    float_.follow(ground.size(), QSize(600, 400))
    assert (float_.x() + float_.pad, float_.y() + float_.pad) == then


def test_a_float_stays_inside_a_window_that_shrinks_below_it(qtbot: QtBot) -> None:
    ground = QWidget()
    qtbot.addWidget(ground)
    float_ = Raised(ground, 160)
    float_.setFixedHeight(100 + 2 * float_.pad)
    float_.place(220, 180)
    float_.follow(QSize(400, 300), QSize(150, 90))
    assert (float_.x() + float_.pad, float_.y() + float_.pad) == (8, 8)


def lines(count: int) -> QWidget:
    """So many lines to scroll through."""
    inner = QWidget()
    inner.setLayout(column(*(QLabel(f"line {number}") for number in range(count)), margins=(0, 20)))
    return inner


def test_a_thread_stays_at_its_newest_when_it_is_drawn_anew(qtbot: QtBot) -> None:
    thread = ThreadScroll()
    qtbot.addWidget(thread)
    thread.resize(300, 120)
    thread.show()
    thread.hold(lines(40), side=20)
    bar = thread.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 0 and bar.value() == bar.maximum())
    thread.hold(lines(40), side=20)  # of the same height: the range does not change
    qtbot.waitUntil(lambda: bar.value() == bar.maximum())
    qtbot.wait(20)
    assert bar.value() == bar.maximum() > 0


@pytest.mark.parametrize("count", [1, 40], ids=["no bar", "with a bar"])
def test_what_scrolls_ends_where_it_would_without_a_bar(qtbot: QtBot, count: int) -> None:
    thread = ThreadScroll()
    qtbot.addWidget(thread)
    thread.resize(300, 120)
    thread.show()
    thread.hold(lines(count), side=20)
    qtbot.waitUntil(lambda: thread.verticalScrollBar().isVisible() == (count > 1))
    inner = thread.widget()
    assert inner is not None
    first = inner.findChildren(QLabel)[0]
    qtbot.waitUntil(lambda: first.mapTo(thread, first.rect().topRight()).x() == 300 - 20 - 1)
