"""What ties exports to the frame: the list that is shown, into a file that the server writes."""

from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from app.desk.exporting import form_of, write_out
from ui.bridge.exports import choose_file
from ui.shell.actions import Action
from ui.widgets.buttons import IconButton

if TYPE_CHECKING:
    from pathlib import Path
    from uuid import UUID

    from ui.console.console import Console

PAGES = ("contacts", "accounts", "calls", "inbox")


class ExportGlue(QObject):
    """Asks where to, and says how far it is and what came of it."""

    def __init__(self, console: "Console") -> None:
        super().__init__(console)
        self._console = console

    def export_shown(self) -> None:
        """The list of this page, as it is filtered; of the inbox all conversations, unless it is narrowed."""
        page = self._console.window.stack.currentWidget()
        button = getattr(page, "export", None)
        if isinstance(button, IconButton):
            button.click()
        elif self._console.window.page == "inbox":
            self.choose("conversations", self._console.inbox.exported())

    def choose(self, what: str, wanted: Mapping[str, Any]) -> None:
        """Into which file."""
        title = {
            "contacts": self.tr("Export contacts"), "accounts": self.tr("Export accounts"), "calls": self.tr("Export calls"),
            "conversations": self.tr("Export conversations"),
        }[what]  # fmt: skip
        choose_file(self._console.window, title, what, lambda path: self.write(what, wanted, path))

    def choose_person(self, contact_id: "UUID") -> None:
        """All that is held about somebody, into which file."""
        title = self.tr("Export all that is held about this person")
        choose_file(self._console.window, title, "person", lambda path: self.write_person(contact_id, path), forms=("json",))

    def write_person(self, contact_id: "UUID", path: "Path") -> None:
        """Have the server write it, and say how much it was."""
        self._write(self._console.core.archive.person(contact_id), path)

    def write(self, what: str, wanted: Mapping[str, Any], path: "Path") -> None:
        """Have the server write it, and say how much it was."""
        self._write(self._console.core.archive.records(what, wanted, form_of(path)), path)

    def _write(self, pieces: AsyncIterator[bytes], path: "Path") -> None:
        self._console.run.telling(write_out(pieces, path, lambda _: None, self._console.core.files.halves))

    def actions(self) -> list[Action]:
        """In the palette."""
        return [
            Action(
                id="export", title=self.tr("Export this list"), group=self.tr("Everywhere"), keys="Ctrl+Shift+E", icon="download",
                run=self.export_shown, is_possible=lambda: self._console.window.page in PAGES,
            ),
            Action(
                id="contact.export", title=self.tr("Export all that is held about this person"), group=self.tr("Everywhere"),
                icon="download", run=self._export_shown_person, is_possible=self._is_person_shown,
            ),
        ]  # fmt: skip

    def _is_person_shown(self) -> bool:
        return self._console.shown.person is not None and self._console.core.desk.may("contact:export")

    def _export_shown_person(self) -> None:
        person = self._console.shown.person
        if person is not None:
            self.choose_person(person.card.id)
