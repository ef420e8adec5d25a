"""Floats: what opens over the window, and gives the focus back where it was when it is put away."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid
from typing_extensions import override

from ui.theme.tokens import RADIUS_FLOAT
from ui.widgets.raised import Raised


class Floating(Raised):
    """Escape puts it away."""

    def __init__(self, window: QWidget, width: int, *, radius: int = RADIUS_FLOAT) -> None:
        super().__init__(window, width, radius=radius)
        self._came_from = QApplication.focusWidget()

    def leave(self) -> None:
        """Put it away."""
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
