"""What ties records that only the server has to the frame: the sheet that shows one, and where it opens once it is kept."""

from collections.abc import Callable
from typing import TYPE_CHECKING
from uuid import UUID

from PySide6.QtCore import QObject

from app.desk.elsewhere import Elsewhere
from ui.features.away.viewmodel import AwayPanel

if TYPE_CHECKING:
    from ui.console.console import Console


class AwayGlue(QObject):
    """Opens the sheet; one record at a time."""

    def __init__(self, console: "Console") -> None:
        super().__init__(console)
        core, self._console = console.core, console
        self.panel = AwayPanel(core.desk, Elsewhere(core.replica, core.syncer), core.replica.device)
        self.panel.arrived = self._arrived

    def open(self, kind: str, record_id: UUID, title: str) -> None:
        """Look at a record of this kind."""
        from ui.features.away.view import AwaySheet

        console = self._console
        if self.panel.shown.value is not None:
            self.panel.close()
        self.panel.begin(kind, record_id, title)
        AwaySheet(console.window, console.window.pane, self.panel, console.core.desk, console.run).open()
        console.run(self.panel.load())

    def _arrived(self, kind: str, record_id: UUID) -> None:
        console = self._console
        console.messages.done(self.tr("It is on this device now."))
        ways: dict[str, Callable[[UUID], object]] = {
            "contact": console.open_contact, "account": console.open_account, "conversation": console.open_conversation,
        }  # fmt: skip
        ways[kind](record_id)
