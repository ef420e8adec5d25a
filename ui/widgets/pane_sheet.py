"""A dialog over the content pane, which is dimmed behind it."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid
from typing_extensions import override

from ui.widgets.raised import Raised, Scrim

RADIUS = 14


class PaneSheet(Raised):
    """Escape and a click beside it put it away; the focus is then where it was."""

    def __init__(self, window: QWidget, pane: QWidget, width: int, top: int) -> None:
        super().__init__(window, width, radius=RADIUS)
        self._across, self._top = width, top
        self._came_from = QApplication.focusWidget()
        self._scrim = Scrim(pane, window)
        self._scrim.pressed.connect(self.leave)

    def rise(self) -> None:
        """Show it in the middle of the window; the caller says what has the focus."""
        self._scrim.show()
        self._scrim.raise_()
        self.show()
        parent = self.parentWidget()
        if parent is not None:
            self.place((parent.width() - self._across) // 2, self._top)

    def leave(self) -> None:
        """Put it away."""
        self._scrim.hide()
        self._scrim.deleteLater()
        self.hide()
        if self._came_from is not None and isValid(self._came_from) and self._came_from.isVisible():
            self._came_from.setFocus(Qt.FocusReason.PopupFocusReason)
        self.deleteLater()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
        else:
            super().keyPressEvent(event)
