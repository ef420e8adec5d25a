"""Putting a theme on: at start, when the person chooses, and when the system changes its mind."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from ui.theme.fonts import font
from ui.theme.sheet import sheet
from ui.theme.tokens import theme

SCHEMES = ("system", "light", "dark")


def wear(scheme: str = "system", *, text_percent: int = 100, is_compact: bool = False, is_still: bool = False) -> None:
    """Show the whole application in a scheme; open windows follow at once."""
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        raise TypeError("there is no application to dress")
    theme.text_percent, theme.is_compact, theme.is_still = text_percent, is_compact, is_still
    theme.choose(_system_scheme(app) if scheme == "system" else scheme)
    app.setFont(font())
    app.setPalette(_palette())
    app.setStyleSheet(sheet())


def _system_scheme(app: QApplication) -> str:
    return "dark" if app.styleHints().colorScheme() == Qt.ColorScheme.Dark else "light"


def _palette() -> QPalette:
    roles = {
        QPalette.ColorRole.Window: "s0", QPalette.ColorRole.WindowText: "text", QPalette.ColorRole.Base: "s1",
        QPalette.ColorRole.Text: "text", QPalette.ColorRole.Button: "control", QPalette.ColorRole.ButtonText: "text",
        QPalette.ColorRole.Highlight: "accent", QPalette.ColorRole.HighlightedText: "on_accent",
        QPalette.ColorRole.PlaceholderText: "muted", QPalette.ColorRole.ToolTipBase: "tip",
        QPalette.ColorRole.ToolTipText: "on_tip", QPalette.ColorRole.Link: "accent_text",
    }  # fmt: skip
    palette = QPalette()
    for role, tone in roles.items():
        palette.setColor(role, QColor(theme.hex(tone)))
    return palette
