"""What an entry of a call shows so that one can listen to it: made by who knows how, placed by whoever shows the call."""

from collections.abc import Callable
from uuid import UUID

from PySide6.QtWidgets import QWidget

PlayerOf = Callable[[UUID, float], QWidget | None]  # of a call, and how many seconds of it were recorded


def no_player(_call_id: UUID, _seconds: float) -> QWidget | None:
    """Until somebody knows how."""
    return None
