"""The outbox over the screen, and the dialog of acts that met in one field."""

from functools import partial
from typing import TYPE_CHECKING
from uuid import UUID

from PySide6.QtCore import QObject
from shiboken6 import isValid

from ui.console.reopen import Reopening
from ui.features.outbox.view import OutboxView
from ui.shell.strips import RAIL_WIDTH, STRIP_HEIGHT

if TYPE_CHECKING:
    from ui.console.console import Console

BESIDE = 8  # pixels between the float and the frame


class OutboxGlue(QObject):
    """One outbox at a time; the dialog stands beside it where there is room."""

    def __init__(self, console: "Console") -> None:
        super().__init__(console)
        self._console, self.reopening = console, Reopening(console)
        self._view: OutboxView | None = None

    def open(self) -> None:
        """What waits for the server."""
        if self._view is not None:
            return
        console, window = self._console, self._console.window
        view = OutboxView(window, console.outbox, console.run)
        view.decide_wanted.connect(self.decide)
        view.held_wanted.connect(console.offline.open_held)
        view.known_wanted.connect(console.open_contact)
        view.reopen_wanted.connect(lambda row: console.run(self.reopening.edit(row)))
        view.open_wanted.connect(self.reopening.show)
        view.copy_wanted.connect(self.reopening.copy)
        view.discarded.connect(partial(console.say_undoable, self.tr("Discarded.")))
        view.destroyed.connect(self._closed)
        self._view, console.outbox.is_shown = view, True
        console.run(console.outbox.refresh())
        view.show()
        view.sit(RAIL_WIDTH + BESIDE, window.height() - STRIP_HEIGHT - BESIDE)
        view.setFocus()

    def close(self) -> None:
        """Put it away, if it is open."""
        if self._view is not None:
            self._view.leave()
            self._view, self._console.outbox.is_shown = None, False

    def _closed(self) -> None:
        if self._view is not None and not isValid(self._view):  # another may be open by now
            self._view, self._console.outbox.is_shown = None, False

    def decide(self, conflict_id: UUID | None = None) -> None:
        """Two acts met in one field: the dialog of this one, or of the oldest."""
        self._console.run(self._decide(conflict_id))

    async def _decide(self, conflict_id: UUID | None) -> None:
        from ui.features.conflicts.view import ConflictDialog

        console, window, conflicts = self._console, self._console.window, self._console.conflicts
        is_open = conflicts.decision.value is not None
        await conflicts.open(conflict_id)
        if conflicts.decision.value is None:
            console.messages.done(self.tr("There is nothing to decide."))
        elif not is_open:
            beside = self._view.right if self._view is not None and isValid(self._view) else 0
            if beside and not ConflictDialog.has_room(window.width(), beside):
                self.close()
                beside = 0
            dialog = ConflictDialog(window, window.pane, conflicts, console.run, beside=beside)
            dialog.open()
            if beside and self._view is not None:  # it stays as light as the dialog, which it leads to
                self._view.raise_()
                dialog.raise_()
