"""Opens an act of the outbox again in the screen that it came from, with the person's own values in it."""

from typing import TYPE_CHECKING, Any

from PySide6.QtGui import QGuiApplication

from app.desk.acts import about_of, written_of
from app.desk.drafts import Draft
from app.domain.contacts.commands import CreateContact, EditContact
from app.domain.messages.commands import Reply
from app.domain.notes.commands import AddNote
from app.domain.tasks.commands import CreateTask
from app.kernel.errors import NotHere
from ui.features.outbox.viewmodel import Waiting

if TYPE_CHECKING:
    from ui.console.console import Console


class Reopening:
    """What is opened leaves the outbox once it is safe where it was opened: in a draft, or saved anew."""

    def __init__(self, console: "Console") -> None:
        self._console = console

    async def edit(self, row: Waiting) -> None:
        """Open it with what the person had typed."""
        command: Any = row.entry.command if row.entry is not None else None
        match command:
            case CreateContact():
                await self._create_contact(row, command)
            case EditContact():
                await self._edit_contact(row, command)
            case Reply():
                await self._draft(row, command.conversation_id, command.text, is_note=False)
            case AddNote(conversation_id=None):
                await self._note(row, command)
            case AddNote():
                await self._draft(row, command.conversation_id, command.text, is_note=True)
            case CreateTask():
                await self._task(row, command)

    async def _create_contact(self, row: Waiting, command: CreateContact) -> None:
        self._console.outbox_glue.close()
        self._console.sheets.create(
            name=command.name, phone=next(iter(command.phones), ""), email=next(iter(command.emails), ""),
            job_title=command.job_title or "", tags=command.tags, done=lambda: self._console.run(self._gone(row)),
        )  # fmt: skip

    async def _edit_contact(self, row: Waiting, command: EditContact) -> None:
        card = await self._console.editor.card(command.contact_id)
        self._console.outbox_glue.close()
        self._console.sheets.edit(card, command.patch, done=lambda: self._console.run(self._gone(row)))

    async def _draft(self, row: Waiting, conversation_id: Any, text: str, *, is_note: bool) -> None:
        """Beside what is typed there already."""
        console = self._console
        typed = await console.core.drafts.load(conversation_id)
        whole = f"{typed.text}\n\n{text}" if typed.text.strip() else text
        await console.core.drafts.save(conversation_id, Draft(text=whole, is_note=is_note))
        await self._gone(row)
        console.outbox_glue.close()
        console.open_conversation(conversation_id)
        await console.thread_panel.open(conversation_id)
        console.inbox_page.talk.composer.begin(is_note=is_note)

    async def _note(self, row: Waiting, command: AddNote) -> None:
        if command.contact_id is None:
            raise NotHere(kind="call", id="")
        await self._gone(row)
        self._console.outbox_glue.close()
        self._console.open_contact(command.contact_id, command.text)

    async def _task(self, row: Waiting, command: CreateTask) -> None:
        await self._gone(row)
        self._console.outbox_glue.close()
        page = self._console.window.show_page("tasks")
        self._console.begin_task(page, command.title)

    async def _gone(self, row: Waiting) -> None:
        """It stands elsewhere now; nothing to undo."""
        if self._console.outbox.row(row.id) is not None:
            await self._console.outbox.discard(row)

    def show(self, row: Waiting) -> None:
        """The record that it is about, as it is now."""
        record = about_of(row.entry.command) if row.entry is not None else None
        console = self._console
        console.outbox_glue.close()
        match record:
            case ("contact", record_id):
                console.open_contact(record_id)
            case ("conversation", record_id):
                console.open_conversation(record_id)
            case ("task", _):
                console.window.show_page("tasks")
            case _:
                console.messages.done(console.tr("It has no page of its own."))

    def copy(self, row: Waiting) -> None:
        """What the person wrote, for wherever it can be used."""
        QGuiApplication.clipboard().setText(written_of(row.entry.command if row.entry is not None else None))
        self._console.messages.done(self._console.tr("Copied."))
