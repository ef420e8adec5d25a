"""The sheets of people: somebody new, or somebody known with changes that are not saved yet."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from PySide6.QtCore import QObject
from shiboken6 import isValid

from app.domain.contacts.queries import ContactCard
from ui.features.contacts.editor import ContactSheet

if TYPE_CHECKING:
    from ui.console.console import Console


class ContactSheets(QObject):
    """Opens them, and says what came of it."""

    def __init__(self, console: "Console") -> None:
        super().__init__(console)
        self._console = console
        self._sheet: ContactSheet | None = None

    @property
    def shown(self) -> ContactSheet | None:
        """The sheet that is open."""
        return self._sheet if self._sheet is not None and isValid(self._sheet) and not self._sheet.isHidden() else None

    def create(
        self,
        *,
        name: str = "",
        phone: str = "",
        email: str = "",
        job_title: str = "",
        tags: tuple[str, ...] = (),
        done: Callable[[], object] | None = None,
    ) -> None:
        """Somebody new, with what is known filled in; `done` is called instead of linking them to the open conversation."""
        sheet = self._made()
        sheet.created.connect((lambda _: done()) if done is not None else self._created)
        sheet.found.connect(self._found)
        sheet.open(name=name, phone=phone, email=email, job_title=job_title, tags=tags)

    def create_for(self, address: str) -> None:
        """Somebody new for the open conversation."""
        header = self._console.thread_panel.header.value
        address = address or (header.address if header else "")
        is_email = "@" in address
        self.create(phone="" if is_email else address, email=address if is_email else "")

    def edit(self, card: ContactCard, patch: Mapping[str, Any], done: Callable[[], object] | None = None) -> None:
        """Somebody known, with changes that are not saved yet."""
        sheet = self._made()
        sheet.changed.connect(done or (lambda: self._console.messages.done(self.tr("Saved."), can_undo=True)))
        sheet.open_known(card, patch)

    def edit_shown(self) -> None:
        """Whoever's page is open."""
        person = self._console.shown.person
        if person is not None:
            self.edit(person.card, {})

    def add_identity(self) -> None:
        """One more number or address of whoever's page is open."""
        from ui.features.contacts.identity_sheet import IdentitySheet

        console, person = self._console, self._console.shown.person
        if person is not None:
            window = console.window
            IdentitySheet(window, window.pane, console.record_person, console.run, person.card.name).open()

    def _made(self) -> ContactSheet:
        window = self._console.window
        self._sheet = ContactSheet(window, window.pane, self._console.editor, self._console.run)
        return self._sheet

    def _created(self, contact_id: UUID) -> None:
        console, header = self._console, self._console.thread_panel.header.value
        if header is not None and header.contact_id is None:
            console.run(console.thread_panel.link_contact(contact_id), self.tr("Contact created and linked."), undo=True)
        else:
            console.messages.done(self.tr("Contact created."), can_undo=True)

    def _found(self, contact_id: UUID) -> None:
        """Somebody who was there already was meant."""
        console, header = self._console, self._console.thread_panel.header.value
        if console.window.page == "inbox" and header is not None and header.contact_id is None:
            console.run(console.thread_panel.link_contact(contact_id), self.tr("Linked."), undo=True)
        else:
            console.open_contact(contact_id)

    def erase_shown(self) -> None:
        """Erase the person whose page is open for good, once their name was typed."""
        from ui.features.contacts.erase import ErasePanel
        from ui.features.contacts.erase_view import EraseSheet

        console, person = self._console, self._console.shown.person
        if person is not None:
            panel = ErasePanel(console.core.desk, console.core.rest)
            sheet = EraseSheet(console.window, console.window.pane, panel, console.run)
            sheet.export_wanted.connect(lambda: console.exporting.choose_person(person.card.id))
            sheet.open()
            console.run(panel.open(person.card.id))

    @property
    def can_erase(self) -> bool:
        """Whether somebody is shown who could be erased by this person."""
        person = self._console.shown.person
        is_there = person is not None and person.card.erased_at is None
        return is_there and self._console.core.desk.may("contact:erase")

    def merge_shown(self) -> None:
        """Make the person whose page is open one with somebody else."""
        from ui.features.contacts.merge import MergePanel
        from ui.features.contacts.merge_view import MergeSheet

        console, person = self._console, self._console.shown.person
        if person is not None:
            panel = MergePanel(console.core.desk)
            sheet = MergeSheet(console.window, console.window.pane, panel, console.run)
            sheet.merged.connect(console.open_contact)
            sheet.open()
            console.run(panel.open(person.card.id))
