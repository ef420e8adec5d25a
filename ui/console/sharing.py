"""What ties shares to the frame: the sheet of the record that is open."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from shiboken6 import isValid

from ui.shell.actions import Action
from ui.widgets.raised import Raised

if TYPE_CHECKING:
    from ui.console.console import Console


class SharingGlue(QObject):
    """Opens the sheet."""

    def __init__(self, console: "Console") -> None:
        super().__init__(console)
        self._console = console
        self._sheet: Raised | None = None

    def open_shown(self) -> None:
        """Of the contact, account or conversation that is open."""
        from ui.features.shares.view import SharesSheet
        from ui.features.shares.viewmodel import SharesPanel

        console = self._console
        record = console.offline.shown()
        if record is None or (self._sheet is not None and isValid(self._sheet) and not self._sheet.isHidden()):
            return
        panel = SharesPanel(console.core.desk, console.core.rest, *record)
        sheet = SharesSheet(console.window, console.window.pane, panel, console.run, self.title_of(record[0]))
        self._sheet = sheet
        sheet.open()

    def title_of(self, kind: str) -> str:
        """What the open record of this kind is called."""
        console = self._console
        if kind == "contact" and (person := console.record_person.person.value) is not None:
            return person.card.name
        if kind == "account" and console.organisation is not None and (found := console.organisation.organisation.value):
            return found.card.name
        header = console.thread_panel.header.value
        return (header.contact_name or header.subject or header.address) if header is not None else ""

    def actions(self) -> list[Action]:
        """In the palette."""
        return [
            Action(
                id="record.share", title=self.tr("Share…"), group=self.tr("This record"), keys="S", icon="link",
                run=self.open_shown, is_possible=lambda: self._console.offline.shown() is not None,
            )
        ]  # fmt: skip
