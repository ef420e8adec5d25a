"""What ties locks to the frame: the record that is shown is locked or unlocked, by who may."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.domain.accounts.commands import LockAccount, UnlockAccount
from app.domain.contacts.commands import LockContact, UnlockContact
from app.domain.conversations.commands import LockConversation, UnlockConversation
from app.kernel.command import Command
from ui.console.shown import Shown
from ui.shell.actions import Action

if TYPE_CHECKING:
    from ui.console.console import Console


class LockGlue(QObject):
    """A button over the record, and two acts in the palette of which one is possible; either is taken back like any other."""

    def __init__(self, console: "Console") -> None:
        super().__init__(console)
        self._console = console

    def _is_possible(self, *, is_locked: bool) -> bool:
        shown = self._console.shown.record
        return shown is not None and shown.is_locked == is_locked and self._console.core.desk.may(f"{shown.kind}:lock")

    def turn(self) -> None:
        """Lock what is shown, or unlock it."""
        shown = self._console.shown.record
        if shown is not None:
            done = self.tr("Unlocked.") if shown.is_locked else self.tr("Locked: only who may lock can change it.")
            self._console.run(self._console.core.desk.run(_command(shown)), done, undo=True)

    def actions(self) -> list[Action]:
        """In the palette."""
        group = self.tr("Everywhere")
        return [
            Action(
                id="lock", title=self.tr("Lock this record"), group=group, icon="lock", run=self.turn,
                is_possible=lambda: self._is_possible(is_locked=False),
            ),
            Action(
                id="unlock", title=self.tr("Unlock this record"), group=group, icon="lock-open", run=self.turn,
                is_possible=lambda: self._is_possible(is_locked=True),
            ),
        ]  # fmt: skip


def _command(shown: Shown) -> Command:
    match shown.kind:
        case "contact":
            return UnlockContact(contact_id=shown.id) if shown.is_locked else LockContact(contact_id=shown.id)
        case "account":
            return UnlockAccount(account_id=shown.id) if shown.is_locked else LockAccount(account_id=shown.id)
        case _:
            return UnlockConversation(conversation_id=shown.id) if shown.is_locked else LockConversation(conversation_id=shown.id)
