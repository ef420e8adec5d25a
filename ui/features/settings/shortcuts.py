"""Every key and what it does, in the groups of the palette."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from ui.features.settings.section import card
from ui.widgets.layout import Item, clear, column, row
from ui.widgets.marks import KeyCaps
from ui.widgets.text import ElidedLabel


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortcut:
    """A key, what it does, and where it belongs."""

    group: str
    title: str
    caps: tuple[str, ...]


class ShortcutsSection(QWidget):
    """Asks for the keys each time it is shown: pages that were built since have brought theirs."""

    def __init__(self, shortcuts: Callable[[], Sequence[Shortcut]]) -> None:
        super().__init__()
        self._shortcuts = shortcuts
        self._left, self._right = column(spacing=12), column(spacing=12)
        columns = row(spacing=12)
        columns.addLayout(self._left, 1)
        columns.addLayout(self._right, 1)
        self.setLayout(columns)

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._fill()

    def _fill(self) -> None:
        clear(self._left)
        clear(self._right)
        heights = [0, 0]
        found = sorted(self._shortcuts(), key=lambda each: each.group)
        groups = [(group, list(members)) for group, members in groupby(found, key=lambda each: each.group)]
        for group, members in sorted(groups, key=lambda each: -len(each[1])):
            place = heights.index(min(heights))
            heights[place] += len(members) + 2
            (self._left, self._right)[place].addWidget(card(group, "", *map(_line, members)))
        self._left.addStretch(1)
        self._right.addStretch(1)


def _line(shortcut: Shortcut) -> Item:
    line = row(spacing=12)
    line.addWidget(ElidedLabel(shortcut.title, "body"), 1)
    line.addWidget(KeyCaps(*shortcut.caps))
    return line
