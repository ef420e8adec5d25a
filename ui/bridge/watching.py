"""A place on the screen that is read when it is shown, and again as long as it is."""

from typing import Protocol

from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QFrame
from typing_extensions import override

from app.desk.access import WhileShown
from ui.bridge.acts import Run


class Watched(Protocol):
    """A panel that reads again what changed while somebody looks."""

    shown: WhileShown

    async def refresh(self) -> None:
        """Read it again."""


class WatchingFrame(QFrame):
    """Tells its panel whether somebody looks."""

    def __init__(self, watched: Watched, run: Run) -> None:
        super().__init__()
        self._watched, self._reading = watched, run

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._watched.shown.is_on = True
        self._reading(self._watched.refresh())

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._watched.shown.is_on = False
