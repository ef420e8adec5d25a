"""What ties tags to the frame: the sheet that gives them, for whatever is open."""

from typing import TYPE_CHECKING
from uuid import UUID

from PySide6.QtCore import QObject
from shiboken6 import isValid

from ui.shell.actions import Action
from ui.widgets.raised import Raised

if TYPE_CHECKING:
    from ui.console.console import Console


class TaggingGlue(QObject):
    """Opens the sheet."""

    def __init__(self, console: "Console") -> None:
        super().__init__(console)
        self._console = console
        self._sheet: Raised | None = None
        console.contact_side.tag_wanted.connect(self.open)
        console.inbox_page.talk.tag_wanted.connect(self.open)

    def open_shown(self) -> None:
        """Of the contact, account or conversation that is open."""
        record = self._console.shown.record
        if record is not None and self._console.core.desk.may_tag(record.kind):
            self.open(record.kind, record.id, record.title)

    def open(self, kind: str, record_id: UUID, title: str) -> None:
        """Of this record."""
        from ui.features.tags.view import TagSheet
        from ui.features.tags.viewmodel import TagPanel

        if self._sheet is not None and isValid(self._sheet) and not self._sheet.isHidden():
            return
        console = self._console
        panel = TagPanel(console.core.desk, kind, record_id)
        self._sheet = sheet = TagSheet(console.window, console.window.pane, panel, console.run, title)
        sheet.open()

    def actions(self) -> list[Action]:
        """In the palette."""
        return [
            Action(
                id="record.tag", title=self.tr("Add tag"), group=self.tr("This record"), keys="L", icon="tag",
                run=self.open_shown, is_possible=lambda: self._console.shown.record is not None,
            )
        ]  # fmt: skip
