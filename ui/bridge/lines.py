"""Which lines of a page are chosen, where each line is a widget: with Ctrl and Shift, by mouse and by arrows, and all."""

from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QMouseEvent
from PySide6.QtWidgets import QFrame, QLayout
from typing_extensions import override

from ui.bridge.acts import Run
from ui.widgets.layout import set_role

SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
STEPS = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}


class ChosenLines(QObject):
    """`everything` tells the ids of all that the page would show."""

    changed = Signal()

    def __init__(self, everything: Callable[[], Awaitable[Sequence[UUID]]], run: Run, parent: QObject) -> None:
        super().__init__(parent)
        self._everything, self._run = everything, run
        self._lines: list[Line] = []
        self._ids: dict[UUID, None] = {}
        self._anchor: UUID | None = None

    @property
    def ids(self) -> list[UUID]:
        """All that is chosen."""
        return list(self._ids)

    @property
    def count(self) -> int:
        """How many are chosen."""
        return len(self._ids)

    @property
    def is_many(self) -> bool:
        """Whether more than one is chosen."""
        return self.count > 1

    def clear(self) -> None:
        """None any more."""
        self._set({})

    def choose_all(self) -> None:
        """Everything that the page would show."""
        self._run(self._choose_all())

    async def _choose_all(self) -> None:
        self._set(dict.fromkeys(await self._everything()))

    def show(self, lines: Sequence["Line"]) -> None:
        """These stand on the page now."""
        self._lines = list(lines)
        self._mark()

    def press(self, line: "Line", how: Qt.KeyboardModifier) -> None:
        """Ctrl adds one or takes it out, Shift chooses from where it began to here, neither begins anew."""
        if how & SHIFT and self._anchor is not None:
            order = [each.id for each in self._lines]
            ends = sorted((order.index(self._anchor) if self._anchor in order else 0, order.index(line.id)))
            self._set(dict.fromkeys(order[ends[0] : ends[1] + 1]))
            return
        self._anchor = line.id
        if how & CTRL:
            kept = {each: None for each in self._ids if each != line.id}
            self._set(kept if line.id in self._ids else {**kept, line.id: None})
        else:
            self._set({})

    def step(self, line: "Line", by: int, how: Qt.KeyboardModifier) -> None:
        """The focus goes on; with Shift it takes the choice along."""
        place = self._lines.index(line) + by
        if 0 <= place < len(self._lines):
            if how & SHIFT and self._anchor is None:
                self._anchor = line.id
            self._lines[place].setFocus()
            if how & SHIFT:
                self.press(self._lines[place], SHIFT)
            else:
                self._anchor = self._lines[place].id

    def _set(self, ids: dict[UUID, None]) -> None:
        self._ids = ids
        self._mark()
        self.changed.emit()

    def _mark(self) -> None:
        for line in self._lines:
            line.show_chosen(is_chosen=line.id in self._ids)


class Line(QFrame):
    """A line that can be chosen; what stands in it keeps its own clicks."""

    def __init__(self, line_id: UUID, name: str, chosen: ChosenLines, layout: QLayout) -> None:
        super().__init__()
        self.id, self._chosen = line_id, chosen
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(name)
        self.setLayout(layout)

    def show_chosen(self, *, is_chosen: bool) -> None:
        """Whether it is among those that are chosen."""
        set_role(self, "role", "picked" if is_chosen else "")
        self.setAccessibleDescription(self.tr("Selected") if is_chosen else "")

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus()
        self._chosen.press(self, event.modifiers())

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in STEPS:
            self._chosen.step(self, STEPS[key], event.modifiers())
        elif event.matches(QKeySequence.StandardKey.SelectAll):
            self._chosen.choose_all()
        elif key == Qt.Key.Key_Space:
            self._chosen.press(self, CTRL)
        elif key == Qt.Key.Key_Escape and self._chosen.count:
            self._chosen.clear()
        else:
            super().keyPressEvent(event)
