"""What ties locks to the frame: the record that is shown is locked or unlocked, by who may."""

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from PySide6.QtCore import QObject

from app.domain.accounts.commands import LockAccount, UnlockAccount
from app.domain.contacts.commands import LockContact, UnlockContact
from app.domain.conversations.commands import LockConversation, UnlockConversation
from app.kernel.command import Command
from ui.shell.actions import Action

if TYPE_CHECKING:
    from ui.console.console import Console


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """The record that the page is about."""

    kind: str
    id: UUID
    is_locked: bool


class LockGlue(QObject):
    """Two acts in the palette, of which one is possible; either is taken back like any other."""

    def __init__(self, console: "Console") -> None:
        super().__init__(console)
        self._console = console

    def _shown(self) -> Shown | None:
        console, page = self._console, self._console.window.page
        if page == "contacts":
            return self._person()
        if page == "inbox" and (header := console.thread_panel.header.value) is not None:
            return Shown(kind="conversation", id=header.id, is_locked=header.locked_at is not None)
        organisation = console.organisation.organisation.value if console.organisation is not None else None
        if page == "accounts" and organisation is not None:
            return Shown(kind="account", id=organisation.card.id, is_locked=organisation.card.locked_at is not None)
        return None

    def _person(self) -> Shown | None:
        """Whoever's page is open; over the list, whose page was open last is not meant."""
        from ui.features.contacts.view import ContactsPage

        page, person = self._console.window.stack.currentWidget(), self._console.record_person.person.value
        if person is None or not isinstance(page, ContactsPage) or page.currentWidget() is not page.record:
            return None
        return Shown(kind="contact", id=person.card.id, is_locked=person.card.locked_at is not None)

    def _is_possible(self, *, is_locked: bool) -> bool:
        shown = self._shown()
        return shown is not None and shown.is_locked == is_locked and self._console.core.desk.may(f"{shown.kind}:lock")

    def turn(self) -> None:
        """Lock what is shown, or unlock it."""
        shown = self._shown()
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
