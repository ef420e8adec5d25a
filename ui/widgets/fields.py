"""Fields: a label, an input, and the one line that says what is wrong with it."""

from collections.abc import Iterable

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QAction, QPaintEvent
from PySide6.QtWidgets import QComboBox, QCompleter, QLineEdit, QToolButton, QWidget
from typing_extensions import override

from ui.theme.fonts import font
from ui.theme.icons import as_qicon, icon
from ui.theme.paint import painter_on
from ui.widgets.layout import column, row, set_role
from ui.widgets.marks import IconView
from ui.widgets.text import label


class TextField(QWidget):
    """One line of text with its label above and its problem below."""

    def __init__(self, name: str, *, hint: str = "", is_password: bool = False) -> None:
        super().__init__()
        self.input = QLineEdit()
        self.input.setFont(font())
        self.input.setAccessibleName(name)
        self.input.setPlaceholderText(hint)
        if is_password:
            self.input.setEchoMode(QLineEdit.EchoMode.Password)
        self._problem = label("", "small", "danger", wraps=True)
        self._mark = IconView("circle-alert", "danger", 14)
        self._caption = label(name, "small_strong", "text2")
        self._caption.setBuddy(self.input)
        said = row(self._mark, spacing=6)
        said.addWidget(self._problem, 1)  # the whole width, before it takes a second line
        self.setLayout(column(self._caption, self.input, said, None, spacing=4))
        self.show_problem("")
        self.input.textEdited.connect(lambda _: self.show_problem(""))

    @property
    def text(self) -> str:
        """What was typed."""
        return self.input.text()

    def set_text(self, text: str) -> None:
        """Fill it in; of a long one the beginning is seen."""
        self.input.setText(text)
        self.input.setCursorPosition(0)

    def suggest(self, words: Iterable[str]) -> None:
        """Offer those of these that hold what is typed."""
        completer = QCompleter(list(words), self.input)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        if (popup := completer.popup()) is not None:
            popup.setProperty("role", "offered")
        self.input.setCompleter(completer)

    def set_name(self, name: str, hint: str = "") -> None:
        """Ask for something else."""
        self._caption.setText(name)
        self.input.setAccessibleName(name)
        self.input.setPlaceholderText(hint)

    def show_problem(self, text: str) -> None:
        """Say what is wrong; "" takes it back."""
        self._problem.setText(text)
        self._problem.setVisible(bool(text))
        self._mark.setVisible(bool(text))
        set_role(self.input, "problem", bool(text))
        self.input.setAccessibleDescription(text)


class SearchField(QLineEdit):
    """A line that filters what is below it."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setFont(font())
        self.setAccessibleName(name)
        self.setPlaceholderText(name)
        self.setClearButtonEnabled(True)
        for button in self.findChildren(QToolButton):
            button.setAccessibleName(self.tr("Clear"))
        self.setProperty("leads", "true")  # the icon brings its own room
        self.addAction(QAction(as_qicon("search", "muted", 16), name, self), QLineEdit.ActionPosition.LeadingPosition)


class Choice(QComboBox):
    """One of a list that opens, perhaps with an icon before what is chosen."""

    def __init__(self, name: str, icon_name: str = "") -> None:
        super().__init__()
        self._icon = icon_name
        self.setFont(font())
        self.setAccessibleName(name)
        if icon_name:
            self.setProperty("leads", "true")  # room for the icon
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setMinimumHeight(32)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter, tone = painter_on(self), "muted" if self.isEnabled() else "disabled"
        painter.drawPixmap(QPointF(self.width() - 25, (self.height() - 15) / 2), icon("chevron-down", tone, 15))
        if self._icon:
            painter.drawPixmap(QPointF(11, (self.height() - 16) / 2), icon(self._icon, tone, 16))

    def fill(self, options: list[tuple[str, str]], chosen: str) -> None:
        """Offer (id, text) pairs without telling anybody."""
        self.blockSignals(True)
        self.clear()
        for option_id, text in options:
            self.addItem(text, option_id)
        self.setCurrentIndex(max(0, self.findData(chosen)))
        self.blockSignals(False)

    @property
    def value(self) -> str:
        """The id of what is chosen."""
        return str(self.currentData() or "")
