"""A code as it is shown, once: large enough to be read to somebody, and a message with all that they need."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFrame

from ui.bridge.bind import bind
from ui.features.users.codes import CodesPanel, Made
from ui.widgets.buttons import Button
from ui.widgets.layout import column, framed, row
from ui.widgets.text import label


class CodeView(QFrame):
    """Hidden while there is none."""

    def __init__(self, panel: CodesPanel) -> None:
        super().__init__()
        self._made: Made | None = None
        self._whom, self._until = label("", "body", "text2", wraps=True), label("", "small", "muted", wraps=True)
        self.code = label("", "title", tabular=True)
        self.code.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.copy = Button(self.tr("Copy as a message"), "primary", "copy", height=32)
        self.copy.clicked.connect(self._copy)
        self._copied = label("", "small", "success")
        shown = framed(column(self.code, self._until, spacing=4, margins=14), "soft")
        self.setLayout(column(self._whom, shown, row(self.copy, self._copied, None, spacing=10), spacing=12))
        bind(self, panel.made, self._show)

    def _show(self, made: Made | None) -> None:
        self._made = made
        self.setVisible(made is not None)
        self._copied.setText("")
        if made is not None:
            said = self.tr("Give {0} this code, by a way that only they read. It is not shown again.")
            self._whom.setText(said.replace("{0}", made.name))
            self.code.setText(made.code.code)
            self.code.setAccessibleName(self.tr("Code: {0}").replace("{0}", made.code.code))
            self._until.setText(made.until_words)
            self.copy.setFocus()  # it is not shown again: what leaves it must not be the next thing to press

    def _copy(self) -> None:
        if self._made is not None:
            QApplication.clipboard().setText(self._made.message)
            self._copied.setText(self.tr("Copied."))
