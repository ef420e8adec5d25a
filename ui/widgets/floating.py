"""Floats: what opens over the window, and gives the focus back where it was when it is put away."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid
from typing_extensions import override

from ui.theme.tokens import RADIUS_FLOAT
from ui.widgets.buttons import Button, IconButton
from ui.widgets.escape import leads_out
from ui.widgets.raised import Raised
from ui.widgets.tab_order import step_within


class Floating(Raised):
    """Escape puts it away."""

    def __init__(self, window: QWidget, width: int, *, radius: int = RADIUS_FLOAT) -> None:
        super().__init__(window, width, radius=radius)
        self._came_from = QApplication.focusWidget()

    def closing(self, name: str = "") -> IconButton:
        """The cross of its head."""
        made = IconButton("x", name or self.tr("Close"), "Esc", size=16, box=28)
        made.clicked.connect(self.leave)
        return made

    def cancelling(self, text: str = "") -> Button:
        """The quiet way out, beside what its foot does."""
        made = Button(text or self.tr("Cancel"), "ghost", keys=("Esc",), height=34)
        made.clicked.connect(self.leave)
        return made

    def leave(self) -> None:
        """Put it away."""
        self.hide()
        if self._came_from is not None and isValid(self._came_from) and self._came_from.isVisible():
            self._came_from.setFocus(Qt.FocusReason.PopupFocusReason)
        self.deleteLater()

    @override
    def focusNextPrevChild(self, is_next: bool) -> bool:
        """Tab goes round within; F6 leads out of what is not answered first."""
        step_within(self, is_next=is_next)
        return True

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not leads_out(event, self.leave):
            super().keyPressEvent(event)
