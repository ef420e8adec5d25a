"""Tooltips: plain text like all that is shown, whatever it looks like."""

from html import escape

from PySide6.QtGui import Qt
from PySide6.QtWidgets import QWidget


def set_tip(widget: QWidget, text: str) -> None:
    """What is told of the widget when the pointer rests on it."""
    widget.setToolTip(plain_tip(text))


def plain_tip(text: str) -> str:
    """Qt takes what looks like HTML for HTML, and would load what a name from outside asks for."""
    return f"<p style='white-space: pre-wrap'>{escape(text)}</p>" if Qt.mightBeRichText(text) else text
