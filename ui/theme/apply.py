"""Putting a theme on: at start, when the person chooses, and when the system changes its mind."""

from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QPlainTextEdit, QTextEdit

from ui.theme.fonts import font
from ui.theme.sheet import sheet
from ui.theme.tokens import theme

INPUTS = (QLineEdit, QComboBox, QTextEdit, QPlainTextEdit)
SCHEMES = ("system", "light", "dark")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Worn:
    """What the person chose; kept to follow the system later."""

    scheme: str
    contrast: str


class _SystemWatch(QObject):
    """Wears again when the system turns dark or light, or asks for contrast, and the person left it to the system."""

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self.setObjectName("system watch")
        self.worn = _Worn(scheme="system", contrast="system")
        self._hints = app.styleHints()  # both are kept: PySide forgets who owns the second when the first goes
        self._accessibility = self._hints.accessibility()
        self._hints.colorSchemeChanged.connect(self._changed)
        self._accessibility.contrastPreferenceChanged.connect(self._changed)

    def _changed(self) -> None:
        if "system" in {self.worn.scheme, self.worn.contrast}:
            self.put_on()

    def put_on(self) -> None:
        """Dress the application as it was chosen, or as the system is."""
        _dress(self._scheme(), is_high_contrast=self._has_contrast())

    def _scheme(self) -> str:
        if self.worn.scheme != "system":
            return self.worn.scheme
        return "dark" if self._hints.colorScheme() == Qt.ColorScheme.Dark else "light"

    def _has_contrast(self) -> bool:
        if self.worn.contrast != "system":
            return self.worn.contrast == "more"
        return self._accessibility.contrastPreference() == Qt.ContrastPreference.HighContrast


def wear(
    scheme: str = "system", *, text_percent: int = 100, is_compact: bool = False, is_still: bool = False, contrast: str = "system"
) -> None:
    """Show the whole application in a scheme and a text size; open windows follow at once. `contrast`: system, more, usual.

    The new sheet tells every widget that its style changed: labels take their font anew, painted parts are measured again.
    """
    app = _application()
    watch = app.findChild(_SystemWatch, "system watch")
    if watch is None:
        app.setStyle("Fusion")  # what the style sheet leaves alone looks the same everywhere
        watch = _SystemWatch(app)
    theme.text_percent, theme.is_compact, theme.is_still = text_percent, is_compact, is_still
    watch.worn = _Worn(scheme=scheme, contrast=contrast)
    watch.put_on()


def _dress(name: str, *, is_high_contrast: bool) -> None:
    app = _application()
    theme.choose(name, is_high_contrast=is_high_contrast)
    app.setFont(font())
    app.setPalette(_palette())
    app.setStyleSheet(sheet())
    for widget in app.allWidgets():  # inputs keep the font that they were given
        if isinstance(widget, INPUTS) and widget.testAttribute(Qt.WidgetAttribute.WA_SetFont) and not widget.property("bare"):
            widget.setFont(font())


def _application() -> QApplication:
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        raise TypeError("there is no application to dress")
    return app


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
