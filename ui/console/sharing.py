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
        record = console.shown.record
        if record is None or (self._sheet is not None and isValid(self._sheet) and not self._sheet.isHidden()):
            return
        panel = SharesPanel(console.core.desk, console.core.rest, record.kind, record.id)
        sheet = SharesSheet(console.window, console.window.pane, panel, console.run, record.title)
        self._sheet = sheet
        sheet.open()

    def actions(self) -> list[Action]:
        """In the palette."""
        return [
            Action(
                id="record.share", title=self.tr("Share…"), group=self.tr("This record"), keys="S", icon="link",
                run=self.open_shown, is_possible=lambda: self._console.shown.record is not None,
            )
        ]  # fmt: skip
