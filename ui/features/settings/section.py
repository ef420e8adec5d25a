"""A section of the settings: what the list at the side says of it, and the widget that it shows."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QLayout, QWidget
from typing_extensions import override

from ui.widgets.layout import Item, column, framed, row
from ui.widgets.text import label

Group = Literal["you", "device", "people", "company"]
READABLE = LEAST_FOR_TWO = 720  # pixels
LEAST_FOR_CARDS = 940
GROUPS: tuple[Group, ...] = ("you", "device", "people", "company")


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One place in the settings; its widget is built when it is first shown and scrolls below its title.

    `words`: what somebody may look for who does not know the title.
    """

    id: str
    group: Group
    title: str
    icon: str
    build: Callable[[], QWidget]
    note: str = ""
    words: str = ""
    side: Callable[[], QWidget] | None = None  # what stands at the right of the title
    is_possible: Callable[[], bool] = lambda: True  # one that the person may not see is not in the list


def card(title: str, note: str, *items: Item, side: QWidget | None = None) -> QFrame:
    """A card with its title, one line of explanation and something at the right of both."""
    words = column(label(title, "h1"), *([label(note, "small", "muted", wraps=True)] if note else []), spacing=1)
    head = row(spacing=12)
    head.addLayout(words, 1)
    if side is not None:
        head.addWidget(side)
    return framed(column(head, *items, spacing=12, margins=16), "card")


def setting(name: str, note: str, widget: QWidget) -> QHBoxLayout:
    """One setting on a line: its name, what it does, and the control."""
    words = column(label(name, "strong"), *([label(note, "small", "muted", wraps=True)] if note else []), spacing=1)
    line = row(spacing=16)
    line.addLayout(words, 1)
    line.addWidget(widget)
    return line


def pair(left: QWidget, right: QWidget) -> QHBoxLayout:
    """Two of the same width side by side."""
    line = row(spacing=12)
    line.addWidget(left, 1)
    line.addWidget(right, 1)
    return line


def named(name: str, widget: QWidget) -> QFrame:
    """A control under its name."""
    return framed(column(label(name, "small_strong", "text2"), widget, spacing=4))


class TwoColumns(QWidget):
    """Cards in two columns; where there is no room for `least` one below the other, no wider than can be read in one line."""

    def __init__(self, least: int = LEAST_FOR_TWO) -> None:
        super().__init__()
        self._least = least
        self._columns: QBoxLayout = row(spacing=12)
        self.setLayout(self._columns)

    def add_column(self, cards: QLayout, share: int) -> None:
        """From the left."""
        self._columns.addLayout(cards, share)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        has_room = self.width() >= self._least
        self._columns.setDirection(QBoxLayout.Direction.LeftToRight if has_room else QBoxLayout.Direction.TopToBottom)
        self._columns.setContentsMargins(0, 0, 0 if has_room else max(0, self.width() - READABLE), 0)


def beside(left: QWidget, right: QWidget) -> TwoColumns:
    """Two cards of short lines, where a window is wide."""
    both = TwoColumns(LEAST_FOR_CARDS)
    for each in (left, right):
        both.add_column(column(each, None), 1)
    return both
