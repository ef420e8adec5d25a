"""The card of the settings with which one changes one's own password."""

from PySide6.QtGui import QKeyEvent, Qt
from PySide6.QtWidgets import QFrame
from typing_extensions import override

from ui.bridge.acts import Run
from ui.bridge.bind import bind
from ui.features.settings.password_panel import Changing, PasswordPanel
from ui.features.settings.section import card
from ui.widgets.buttons import Button
from ui.widgets.fields import TextField
from ui.widgets.layout import column, framed, row
from ui.widgets.text import label

WIDTH = 340


class PasswordCard(QFrame):
    """Enter changes it."""

    def __init__(self, panel: PasswordPanel, run: Run) -> None:
        super().__init__()
        self._panel, self._run = panel, run
        self.old = TextField(self.tr("The password that you have"), is_password=True)
        self.new = TextField(self.tr("New password"), is_password=True)
        self.again = TextField(self.tr("The same password again"), is_password=True)
        self.change = Button(self.tr("Change password"), height=32)
        self.change.clicked.connect(self._change)
        self._told = label("", "small", "muted", wraps=True)
        note = self.tr("At least 10 characters. Your other devices are signed out, and lose nothing.")
        fields = framed(column(self.old, self.new, self.again, spacing=10))
        fields.setMaximumWidth(WIDTH)
        foot = row(spacing=12)
        foot.addWidget(self.change)
        foot.addWidget(self._told, 1)
        self.setLayout(column(card(self.tr("Password"), note, fields, foot)))
        bind(self, panel.now, self._show)

    def _change(self) -> None:
        if self._panel.now.value.step != "changing":
            self._run(self._panel.change(self.old.text, self.new.text, self.again.text))

    def _show(self, now: Changing) -> None:
        fields = {"old": self.old, "new": self.new, "again": self.again}
        for name, field in fields.items():
            field.show_problem(now.problem if name == now.field else "")
            if now.step == "changed":
                field.set_text("")
        if now.field:
            fields[now.field].input.setFocus()
        self.change.set_loading(now.step == "changing")
        said = self.tr("Your password is changed.") if now.step == "changed" else ""
        self._told.setText(said or ("" if now.field else now.problem))

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self._change()
        else:
            super().keyPressEvent(event)
