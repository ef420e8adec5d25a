"""What ties offline data to the frame: keeping a record on the device, and deletions that were stopped."""

from typing import TYPE_CHECKING
from uuid import UUID

from PySide6.QtCore import QObject

from app.domain.scopes.commands import PinRecord, UnpinRecord
from app.domain.scopes.queries import pins
from ui.features.outbox.held import Held, HeldPanel
from ui.shell.actions import Action

if TYPE_CHECKING:
    from ui.console.console import Console


class OfflineGlue(QObject):
    """Pins and unpins what is shown; opens the dialog of what was stopped."""

    def __init__(self, console: "Console") -> None:
        super().__init__(console)
        self._console = console
        self.held = HeldPanel(console.core.desk, console.core.replica, console.core.syncer, console.outbox.held_count)
        self.held.held.subscribe(self._show_held)

    # ── pins ───────────────────────────────────────────────────────────────────────────────────────────────────────────

    def keep_shown(self) -> None:
        """On this device whatever its rules say; or not any more."""
        if (record := self._console.shown.record) is not None:
            self._console.run.telling(self._keep(record.kind, record.id), undo=True)

    async def _keep(self, kind: str, record_id: UUID) -> str:
        desk, device = self._console.core.desk, self._console.core.replica.device
        mine = [each for each in await desk.read(pins) if each.record_id == record_id and each.device in {"", device}]
        for pin in mine:
            await desk.run(UnpinRecord(record_id=record_id, device=pin.device))
        if mine:
            return self.tr("No longer kept for itself: the rules of this device say whether it stays.")
        await desk.run(PinRecord(kind=kind, record_id=record_id, device=device))
        return self.tr("Kept on this device.")

    # ── what was stopped ───────────────────────────────────────────────────────────────────────────────────────────────

    def _show_held(self, held: Held | None) -> None:
        self._console.status.show_held(held.title if held is not None else "", held.text if held is not None else "")

    def open_held(self) -> None:
        """The dialog."""
        self._console.run(self._open_held())

    async def _open_held(self) -> None:
        from ui.features.outbox.held_view import HeldDialog

        console = self._console
        await self.held.refresh()
        if self.held.held.value is None:
            console.messages.done(self.tr("Nothing is stopped."))
            return
        console.outbox_glue.close()
        HeldDialog(console.window, console.window.pane, self.held, console.run).open()

    def actions(self) -> list[Action]:
        """In the palette."""
        return [
            Action(
                id="record.keep", title=self.tr("Keep on this device, or no longer"), group=self.tr("This record"), icon="pin",
                keys="Ctrl+Shift+L", run=self.keep_shown, is_possible=lambda: self._console.shown.record is not None,
            ),
            Action(
                id="held", title=self.tr("Deletions that were stopped"), group=self.tr("Everywhere"), icon="trash-2",
                run=self.open_held, is_possible=lambda: self.held.held.value is not None,
            ),
        ]  # fmt: skip
