"""A list of which one or many can be chosen: with Ctrl and Shift, by mouse and by arrows, and all with Ctrl A."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QMouseEvent
from PySide6.QtWidgets import QListView
from typing_extensions import override

EXTENDING = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier


class ChoosingList(QListView):
    """`all_wanted`: everything that the list would show; `none_wanted`: Escape. `has_many`: rows show checks."""

    all_wanted = Signal()
    none_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.has_many = False
        self.is_extending = False  # the hand adds to what is chosen: nothing is opened by it
        self.setSelectionMode(QListView.SelectionMode.ExtendedSelection)

    def show_many(self, *, has_many: bool) -> None:
        """More than one is chosen, or no longer."""
        if has_many != self.has_many:
            self.has_many = has_many
            self.viewport().update()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        self.is_extending = bool(event.modifiers() & EXTENDING)
        if event.matches(QKeySequence.StandardKey.SelectAll):
            self.all_wanted.emit()
        elif event.key() == Qt.Key.Key_Escape and self.has_many:
            self.none_wanted.emit()
        else:
            super().keyPressEvent(event)

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.is_extending = bool(event.modifiers() & EXTENDING)
        super().mousePressEvent(event)
