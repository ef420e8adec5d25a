"""A new person, in a sheet over the pane: what is known is filled in, what is wrong is said at its field."""

from uuid import UUID

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeyEvent, Qt
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.kernel.errors import BadValue
from app.kernel.texts import text_of
from ui.bridge.acts import Run
from ui.features.contacts.viewmodel import ContactEditor
from ui.widgets.buttons import Button, IconButton
from ui.widgets.fields import TextField
from ui.widgets.layout import column, framed, row
from ui.widgets.raised import Raised, Scrim
from ui.widgets.text import label

WIDTH = 440


class ContactSheet(Raised):
    """`created`: the id of the new person."""

    created = Signal(object)

    def __init__(self, window: QWidget, pane: QWidget, editor: ContactEditor, run: Run) -> None:
        super().__init__(window, WIDTH, radius=14)
        self._editor, self._run = editor, run
        self._scrim = Scrim(pane, window)
        self._name, self._title = TextField(self.tr("Name")), TextField(self.tr("Job title"))
        self._phone, self._email = TextField(self.tr("Phone")), TextField(self.tr("E-mail"))
        close = IconButton("x", self.tr("Close"), "Esc", box=28, size=16)
        close.clicked.connect(self.leave)
        save = Button(self.tr("Create contact"), "primary", keys=("Ctrl", "↵"), height=34)
        save.clicked.connect(self._save)
        cancel = Button(self.tr("Cancel"), "ghost", height=34)
        cancel.clicked.connect(self.leave)
        head = row(label(self.tr("New contact"), "title"), None, close, margins=(16, 14, 8, 20))
        fields = column(self._name, self._phone, self._email, self._title, spacing=12, margins=(4, 20, 16, 20))
        foot = framed(row(None, cancel, save, margins=(12, 16)), "foot")
        self.hold(column(head, fields, foot, spacing=0))

    def open(self, *, name: str = "", phone: str = "", email: str = "") -> None:
        """Show it with what is known."""
        for field, text in ((self._name, name), (self._phone, phone), (self._email, email)):
            field.set_text(text)
        self._scrim.show()
        self._scrim.raise_()
        self.show()
        parent = self.parentWidget()
        if parent is not None:
            self.place((parent.width() - WIDTH) // 2, 120)
        self._name.input.setFocus()

    def leave(self) -> None:
        """Put it away; nothing is kept."""
        self._scrim.deleteLater()
        self.hide()
        self.deleteLater()

    def _save(self) -> None:
        self._run(self._create())

    async def _create(self) -> None:
        try:
            contact_id: UUID = await self._editor.create(
                name=self._name.text, phones=(self._phone.text,), emails=(self._email.text,), job_title=self._title.text
            )
        except BadValue as error:
            fields = {"name": self._name, "phone": self._phone, "email": self._email}
            fields.get(str(error.values.get("field")), self._name).show_problem(text_of(error))
            return
        self.created.emit(contact_id)
        self.leave()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self._save()
        else:
            super().keyPressEvent(event)
