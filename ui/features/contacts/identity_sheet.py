"""Another number or address for a person, in a sheet over the pane."""

from PySide6.QtGui import QKeyEvent, Qt
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from ui.bridge.acts import Run
from ui.features.contacts.viewmodel import ContactPanel
from ui.widgets.buttons import Button
from ui.widgets.fields import TextField
from ui.widgets.layout import column, framed, row
from ui.widgets.pane_sheet import PaneSheet
from ui.widgets.text import ElidedLabel, label

WIDTH, TOP = 440, 120


class IdentitySheet(PaneSheet):
    """Return adds what is typed to the panel's person; what it is shows by its @."""

    def __init__(self, window: QWidget, pane: QWidget, panel: ContactPanel, run: Run, name: str) -> None:
        super().__init__(window, pane, WIDTH, TOP, stays=True)
        self._panel, self._run = panel, run
        self.value = TextField(self.tr("Phone number or e-mail"))
        self.label = TextField(self.tr("Label"), hint=self.tr("such as work or mobile"))
        self._add = Button(self.tr("Add"), "primary", keys=("↵",), height=34)
        self._add.clicked.connect(self._keep)
        title = self.tr("Add a number or address")
        words = column(label(title, "title"), ElidedLabel(name, "small", "muted"), spacing=2)
        head = row(words, self.closing(), margins=(16, 14, 8, 20))
        head.setStretch(0, 1)
        fields = column(self.value, self.label, spacing=12, margins=(4, 20, 16, 20))
        self.hold(column(head, fields, framed(row(None, self.cancelling(), self._add, margins=(12, 16)), "foot"), spacing=0))
        self.setAccessibleName(f"{title}. {name}")

    def open(self) -> None:
        """Show it, ready to type."""
        self.rise()
        self.value.input.setFocus()

    def _keep(self) -> None:
        typed = self.value.text.strip()
        if not typed:
            self.value.show_problem(self.tr("Type a number, such as +39 06 555 0142, or an address."))
            self.settle()
            return
        kind = "email" if "@" in typed else "phone"
        self.leave()
        self._run(self._panel.add_identity(kind, typed, self.label.text.strip()), self.tr("Added."), undo=True)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self._keep()
        else:
            super().keyPressEvent(event)
