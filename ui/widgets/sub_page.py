"""The page of one thing, in place of the list that it was opened from, and the way back."""

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame
from typing_extensions import override

from ui.widgets.buttons import Button
from ui.widgets.escape import leads_out


class SubPage(QFrame):
    """Takes the focus when it is opened. Escape leads back, before any shortcut of the window."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def way_back(self, text: str) -> Button:
        """The button that leads back, for the top of the page."""
        made = Button(text, "link", "chevron-left", keys=("Esc",), height=28)
        made.clicked.connect(self.leave)
        return made

    def leave(self) -> None:
        """Back to the list."""
        raise NotImplementedError

    @override
    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            event.accept()
            return True
        return super().event(event)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not leads_out(event, self.leave):
            super().keyPressEvent(event)
