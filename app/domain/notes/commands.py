"""What can be done with notes."""

from uuid import UUID

from app.domain.calls.records import Call
from app.domain.contacts.records import Contact
from app.domain.conversations.records import Conversation
from app.domain.notes.records import NewNoteId, Note, NoteId
from app.domain.notes.rules import LONGEST, check_subject
from app.kernel.command import Command, handles
from app.kernel.named import required
from app.kernel.record import Root
from app.kernel.work import UnitOfWork


class AddNote(Command, name="note.add", permission="note:create", offline=True):
    """Write something down on a person, a conversation or a call."""

    note_id: NewNoteId
    text: str
    contact_id: UUID | None = None
    conversation_id: UUID | None = None
    call_id: UUID | None = None


class EditNote(Command, name="note.edit", permission="note:edit", offline=True):
    """Say it otherwise."""

    note_id: NoteId
    text: str


class PinNote(Command, name="note.pin", permission="note:edit", offline=True):
    """Keep a note in sight, or let it go."""

    note_id: NoteId
    is_pinned: bool


class DeleteNote(Command, name="note.delete", permission="note:delete", offline=True):
    """Leave a tombstone."""

    note_id: NoteId


@handles(AddNote)
def add_note(work: UnitOfWork, command: AddNote) -> Note:
    """Whoever sees what it hangs on sees the note; a note in a conversation is also one on its customer."""
    check_subject(command.contact_id, command.conversation_id, command.call_id)
    contact_id, team_id = command.contact_id, work.tenant_id
    subjects: list[tuple[type[Root], UUID | None]] = [
        (Contact, command.contact_id), (Conversation, command.conversation_id), (Call, command.call_id),
    ]  # fmt: skip
    for kind, subject_id in subjects:
        if subject_id is not None:
            subject = work.get(kind, subject_id)
            team_id = subject.team_id or team_id
            contact_id = contact_id or getattr(subject, "contact_id", None)
    return work.add(
        Note(
            id=command.note_id,
            owner_id=work.issued.actor_id,
            team_id=team_id,
            text=required("text", command.text, at_most=LONGEST),
            contact_id=contact_id,
            conversation_id=command.conversation_id,
            call_id=command.call_id,
        )
    )


@handles(EditNote)
def edit_note(work: UnitOfWork, command: EditNote) -> Note:
    """The text stands on its own."""
    note = work.get(Note, command.note_id)
    work.edit(note, {"text": required("text", command.text, at_most=LONGEST)})
    return note


@handles(PinNote)
def pin_note(work: UnitOfWork, command: PinNote) -> Note:
    """The pin stands on its own."""
    note = work.get(Note, command.note_id)
    work.edit(note, {"is_pinned": command.is_pinned})
    return note


@handles(DeleteNote)
def delete_note(work: UnitOfWork, command: DeleteNote) -> None:
    """Undo brings it back."""
    work.delete(work.get(Note, command.note_id))
