"""The card of dialling: a number to try, what each account would dial for it, and the way to the rules."""

from collections.abc import Callable

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from ui.bridge.bind import bind
from ui.features.settings.dialling_panel import DiallingPanel, TriedLine
from ui.features.settings.section import card
from ui.theme.fonts import font
from ui.theme.icons import as_qicon
from ui.theme.paint import RIGHT
from ui.widgets.buttons import Button
from ui.widgets.layout import clear, column, row, set_role
from ui.widgets.marks import IconView
from ui.widgets.text import ElidedLabel, label


class DiallingCard(QWidget):
    """`open_rules`: show the sheet with the rules."""

    def __init__(self, panel: DiallingPanel, open_rules: Callable[[], None]) -> None:
        super().__init__()
        self.panel, self.open_rules = panel, open_rules
        self.number = QLineEdit()
        self.number.setFont(font())
        self.number.setAccessibleName(self.tr("Number to try"))
        self.number.setPlaceholderText(self.tr("A number to try, such as +33 1 23 45 67 89"))
        self.number.setProperty("leads", "true")
        mark = QAction(as_qicon("flask-conical", "muted", 16), self.number.accessibleName(), self)
        self.number.addAction(mark, QLineEdit.ActionPosition.LeadingPosition)
        self.number.returnPressed.connect(self.attempt)
        self._problem, self._lines = label("", "small", "danger", wraps=True), column(spacing=6)
        rules, attempt = Button(self.tr("Rules"), icon_name="list-ordered"), Button(self.tr("Try"))
        rules.setAccessibleName(self.tr("Rules of dialling"))
        rules.clicked.connect(open_rules)
        attempt.clicked.connect(self.attempt)
        self._note = label("", "small", "muted", wraps=True)
        asked = row(spacing=8)
        asked.addWidget(self.number, 1)
        asked.addWidget(attempt)
        told = column(asked, self._problem, self._lines, self._note, spacing=8)
        made = card(self.tr("Dialling"), self.tr("Rules run from the top; the first that fits wins."), told, side=rules)
        self.setLayout(column(made, spacing=0))
        bind(self, panel.tried, self._show)
        bind(self, panel.problem, self._show_problem)
        bind(self, panel.rules, lambda _: self._show_note())

    def attempt(self) -> None:
        """Say what would be dialled for the number that stands there."""
        self.panel.try_number(self.number.text())

    def _show(self, lines: tuple[TriedLine, ...]) -> None:
        clear(self._lines)
        for line in lines:
            self._lines.addLayout(_line(line))
        self._show_note()

    def _show_note(self) -> None:
        count = len(self.panel.rules.value)
        none = self.tr("No rules: every number is dialled in full, as +39….")
        some = self.tr("{0} rules.").replace("{0}", str(count)) if count > 1 else self.tr("1 rule.")
        self._note.setText(some if count else none)
        self._note.setVisible(not self.panel.tried.value)

    def _show_problem(self, problem: str) -> None:
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))
        set_role(self.number, "problem", bool(problem))
        self.number.setAccessibleDescription(problem)


def _line(line: TriedLine) -> QHBoxLayout:
    """The number, an arrow, what is dialled; at the right by which account and rule."""
    made = row(label(line.number, "body", "text2", tabular=True), IconView("arrow-right", "muted", 14), spacing=8)
    made.addWidget(label(line.wire, "strong", tabular=True))
    how = ElidedLabel(line.how, "small", "muted", align=RIGHT)
    made.addWidget(how, 1)
    return made
