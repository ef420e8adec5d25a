"""Which record the screen is about: what every act on "this record" means, whoever offers it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from ui.features.contacts.viewmodel import Person

if TYPE_CHECKING:
    from ui.console.console import Console


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """The record that the page is about."""

    kind: str
    id: UUID
    title: str
    is_locked: bool


class ShownRecord:
    """A contact, an account or a conversation; over a list nobody's, whoever's page was open last."""

    def __init__(self, console: "Console") -> None:
        self._console = console

    @property
    def person(self) -> Person | None:
        """Whose page is open."""
        from ui.features.contacts.view import ContactsPage

        console = self._console
        page = console.window.stack.currentWidget() if console.window.page == "contacts" else None
        is_open = isinstance(page, ContactsPage) and page.currentWidget() is page.record
        return console.record_person.person.value if is_open else None

    @property
    def record(self) -> Shown | None:
        """What the page that is open is about."""
        ways = {"contacts": self._contact, "accounts": self._account, "inbox": self._conversation}
        way = ways.get(self._console.window.page)
        return way() if way is not None else None

    def _contact(self) -> Shown | None:
        if (person := self.person) is None:
            return None
        return Shown(kind="contact", id=person.card.id, title=person.card.name, is_locked=person.card.locked_at is not None)

    def _account(self) -> Shown | None:
        panel = self._console.organisation
        if panel is None or (found := panel.organisation.value) is None:
            return None
        return Shown(kind="account", id=found.card.id, title=found.card.name, is_locked=found.card.locked_at is not None)

    def _conversation(self) -> Shown | None:
        if (header := self._console.thread_panel.header.value) is None:
            return None
        title = header.subject or header.contact_name or header.address
        return Shown(kind="conversation", id=header.id, title=title, is_locked=header.locked_at is not None)
