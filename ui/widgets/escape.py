"""Escape leads out of what is open."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent


def leads_out(event: QKeyEvent, leave: Callable[[], object]) -> bool:
    """Whether it was Escape, which has done this by now; any other key is somebody else's."""
    if event.key() != Qt.Key.Key_Escape:
        return False
    leave()
    return True
