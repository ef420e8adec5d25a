"""A dialog over the content pane, which is dimmed behind it."""

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from ui.widgets.floating import Floating
from ui.widgets.raised import LEAST_GAP, Scrim

RADIUS = 14


class PaneSheet(Floating):
    """In the middle of the window and as far down as `top`, or where the eye rests when that is left open.

    A click beside it puts it away, unless it `stays`: where something is typed or asked.
    """

    def __init__(self, window: QWidget, pane: QWidget, width: int, top: int | None = None, *, stays: bool = False) -> None:
        super().__init__(window, width, radius=RADIUS)
        self._across, self._top = width, top
        self._scrim = Scrim(pane, window)
        if not stays:
            self._scrim.pressed.connect(self.leave)

    def rise(self) -> None:
        """Show it in its place; the caller says what has the focus."""
        self._scrim.show()
        self._scrim.raise_()
        self.show()
        self.settle()

    def settle(self) -> None:
        """Into its place again, when it has become higher or lower."""
        parent = self.parentWidget()
        if parent is not None and not self.isHidden():
            self.adjustSize()
            self.place(*self.spot(parent.size()))

    def spot(self, room: QSize) -> tuple[int, int]:
        """Where its corner goes in a window of this size; never above the window, however high it is."""
        free = room.height() - self.sheet_size.height()
        down = free * 2 // 5 if self._top is None else min(self._top, free // 2)
        return (room.width() - self._across) // 2, max(LEAST_GAP, down)

    @override
    def leave(self) -> None:
        self._scrim.hide()
        self._scrim.deleteLater()
        super().leave()
