"""A person in a sheet over the pane, new or known: what is known is filled in, what is wrong is said at its field."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID

import msgspec
from PySide6.QtCore import Signal
from PySide6.QtGui import QKeyEvent, Qt
from PySide6.QtWidgets import QFrame, QWidget
from typing_extensions import override

from app.desk.rights import problem_text
from app.desk.tagging import typed_tags
from app.domain.contacts.commands import DuplicateContact
from app.domain.contacts.queries import ContactCard
from app.kernel.errors import BadValue
from app.kernel.set_words import turn_of, turned
from app.kernel.texts import text_of
from ui.bridge.acts import Run
from ui.features.contacts.viewmodel import ContactEditor
from ui.widgets.buttons import Button
from ui.widgets.coded import meant, said, words_of
from ui.widgets.fields import TextField
from ui.widgets.layout import column, framed, row, set_role
from ui.widgets.marks import IconView
from ui.widgets.pane_sheet import PaneSheet
from ui.widgets.text import label

WIDTH, TOP = 440, 120
NEW = ("name", "phone", "email", "job_title", "tags")
ORDER = ("name", "phone", "email", "job_title", "language", "time_zone", "pinned_note", "tags")
KNOWN = ("name", "job_title", "language", "time_zone", "pinned_note", "tags")


class Known(QFrame):
    """Somebody has the number or address: they are meant, or there are two who share it."""

    def __init__(self) -> None:
        super().__init__()
        set_role(self, "role", "inset")
        self.known: UUID | None = None
        self._text = label("", "body", "text2", wraps=True)
        self.open, self.both = Button(" ", "soft", "user-round", height=28), Button(self.tr("Create anyway"), height=28)
        mark = row(IconView("users", "warning", 16), spacing=10)
        mark.addWidget(self._text, 1)
        self.setLayout(column(mark, row(self.open, self.both, None, spacing=8), spacing=8, margins=12))
        self.hide()

    def show_person(self, name: str, text: str, contact_id: UUID) -> None:
        """Who it is."""
        self.known = contact_id
        self._text.setText(text)
        self.open.set_words(self.tr("Open {0}").replace("{0}", name))
        self.show()
        self.open.setFocus()


class ContactSheet(PaneSheet):
    """`created`: the id of the new person; `changed`: a known one was; `found`: somebody is there already, and is meant."""

    created = Signal(object)
    found = Signal(object)
    changed = Signal()

    def __init__(self, window: QWidget, pane: QWidget, editor: ContactEditor, run: Run) -> None:
        super().__init__(window, pane, WIDTH, TOP, stays=True)
        self._editor, self._run = editor, run
        words = {
            "name": self.tr("Name"), "job_title": self.tr("Job title"), "phone": self.tr("Phone"), "email": self.tr("E-mail"),
            "language": self.tr("Language"), "time_zone": self.tr("Time zone"), "pinned_note": self.tr("Pinned note"),
            "tags": self.tr("Tags, with commas between"),
        }  # fmt: skip
        self._fields = {name: TextField(word) for name, word in words.items()}
        for name, field in self._fields.items():
            field.suggest(words_of(name))
        self._act: Callable[[], Awaitable[None]] = self._create
        self._before: dict[str, str] = {}
        self._tags: tuple[str, ...] = ()
        self._title = label("", "title")
        self._keep = Button(self.tr("Create contact"), "primary", keys=("Ctrl", "↵"), height=34)
        self._keep.clicked.connect(self._save)
        self._known, self._only_if_new = Known(), True
        self._known.open.clicked.connect(self._mean_known)
        self._known.both.clicked.connect(self._keep_both)
        head = row(self._title, None, self.closing(), margins=(16, 14, 8, 20))
        ordered = [self._fields[name] for name in ORDER]
        fields = column(*ordered, self._known, spacing=12, margins=(4, 20, 16, 20))
        foot = framed(row(None, self.cancelling(), self._keep, margins=(12, 16)), "foot")
        self.hold(column(head, fields, foot, spacing=0))

    def field(self, name: str) -> TextField:
        """One of the fields."""
        return self._fields[name]

    def open(self, *, name: str = "", phone: str = "", email: str = "", job_title: str = "", tags: tuple[str, ...] = ()) -> None:
        """A new person, with what is known."""
        self._title.setText(self.tr("New contact"))
        self._fill(NEW, {"name": name, "phone": phone, "email": email, "job_title": job_title, "tags": ", ".join(tags)})

    def open_known(self, card: ContactCard, patch: Mapping[str, Any]) -> None:
        """Somebody who is there, with changes that are not saved yet."""
        self._title.setText(self.tr("Edit contact"))
        self._keep.set_words(self.tr("Save"))
        self._before = {name: _text(name, getattr(card, name)) for name in KNOWN}
        self._tags = card.tags
        self._act = lambda: self._change(card.id)
        told = {name: value for name, value in patch.items() if name in KNOWN}
        if isinstance(asked := told.get("tags"), Mapping):
            told["tags"] = turned(card.tags, turn_of(asked.get("remove"), asked.get("add")))
        self._fill(KNOWN, self._before | {name: _text(name, value) for name, value in told.items()})

    def _fill(self, names: tuple[str, ...], values: Mapping[str, str]) -> None:
        for name, field in self._fields.items():
            field.setVisible(name in names)
            field.set_text(values.get(name, ""))
        self.setAccessibleName(self._title.text())
        self.rise()
        self._fields["name"].input.setFocus()
        self._fields["name"].input.end(False)

    def _save(self) -> None:
        self._run(self._try())

    async def _try(self) -> None:
        try:
            await self._act()
        except BadValue as error:
            self._fields.get(str(error.values.get("field")), self._fields["name"]).show_problem(problem_text(error))
            self.settle()
            return
        except DuplicateContact as error:
            self._known.show_person(str(error.values["name"]), text_of(error), UUID(hex=str(error.values["id"])))
            self.settle()
            return
        self.leave()

    def _mean_known(self) -> None:
        known = self._known.known
        self.leave()
        self.found.emit(known)

    def _keep_both(self) -> None:
        self._only_if_new = False
        self._save()

    async def _create(self) -> None:
        texts = {name: self._fields[name].text for name in NEW}
        contact_id: UUID = await self._editor.create(
            name=texts["name"], phones=(texts["phone"],), emails=(texts["email"],), job_title=texts["job_title"],
            tags=tuple(typed_tags(texts["tags"])), only_if_new=self._only_if_new,
        )  # fmt: skip
        self.created.emit(contact_id)

    async def _change(self, contact_id: UUID) -> None:
        """Only what was changed: each field stands on its own when two people write."""
        now = {name: self._fields[name].text.strip() for name in KNOWN}
        changed = {name: meant(name, text) for name, text in now.items() if text != self._before[name]}
        patch: dict[str, Any] = {name: value or (None if name != "name" else value) for name, value in changed.items()}
        if "tags" in patch:  # what was added and removed, so that it stands beside what others do meanwhile
            patch["tags"] = msgspec.to_builtins(turn_of(self._tags, typed_tags(now["tags"])))
        if patch:
            await self._editor.change(contact_id, **patch)
        self.changed.emit()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self._save()
        else:
            super().keyPressEvent(event)


def _text(name: str, value: Any) -> str:
    return ", ".join(value) if isinstance(value, list | tuple) else said(name, str(value or ""))
