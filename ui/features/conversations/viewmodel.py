"""One conversation as an agent works on it: what was said, what is being written, what can be done."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from app.desk.desk import Desk
from app.desk.drafts import Draft, Drafts
from app.domain.attachments.commands import ReplyWithFiles
from app.domain.attachments.queries import AttachmentCard, attachments
from app.domain.calls.queries import CallRow, call_of_conversation
from app.domain.conversations.commands import AssignConversation, LinkContact, MarkRead, SetConversationStatus
from app.domain.conversations.queries import ConversationRow, conversation
from app.domain.messages.commands import Reply, RetrySend
from app.domain.messages.queries import MessageRow, thread
from app.domain.notes.commands import AddNote
from app.domain.notes.queries import NoteCard, notes
from app.domain.timeline.queries import TimelineEntry, timeline
from app.kernel.errors import NotHere
from app.kernel.ids import new_id
from app.kernel.observable import Observable
from app.kernel.reader import Reader
from app.kernel.tasks import Refresh
from ui.features.conversations.files_panel import FilesPanel

PAGE, HISTORY = 100, 12
KINDS = {"conversation", "message", "note", "attachment", "call", "contact"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadItem:
    """A message, a note or a call in the thread, in the order of time; `past` is what happened elsewhere with a caller."""

    at: datetime
    message: MessageRow | None = None
    note: NoteCard | None = None
    call: CallRow | None = None
    past: TimelineEntry | None = None
    files: tuple[AttachmentCard, ...] = ()

    @property
    def id(self) -> UUID:
        """Whose item this is."""
        thing = self.message or self.note or self.call or self.past
        if thing is None:
            raise ValueError("an item holds one thing")
        return thing.id


class ThreadPanel:
    """The open conversation. `items` and `header` follow every change, from here or from the server."""

    def __init__(self, desk: Desk, drafts: Drafts, files: FilesPanel | None = None) -> None:
        self.files = files
        self.header: Observable[ConversationRow | None] = Observable(None)
        self.items: Observable[tuple[ThreadItem, ...]] = Observable(())
        self.draft: Observable[Draft] = Observable(Draft())
        self.is_missing: Observable[bool] = Observable(False)
        self._desk, self._drafts = desk, drafts
        self._conversation_id: UUID | None = None
        self._limit = PAGE
        self._refresh = Refresh(desk.tasks, self.refresh, name="thread")
        self._stop = desk.on_changed(KINDS, self._refresh.ask, only=self._own)

    @property
    def conversation_id(self) -> UUID | None:
        """Which conversation is open."""
        return self._conversation_id

    def _own(self) -> dict[str, UUID | None]:
        """Whose record the header shows; whose it will be is not known while a conversation is being opened."""
        header = self.header.value
        return {"contact": header.contact_id} if header is not None and header.id == self._conversation_id else {}

    async def open(self, conversation_id: UUID | None) -> None:
        """Show a conversation, with the draft that waits in it; looking at it marks it read."""
        self._conversation_id, self._limit = conversation_id, PAGE
        self.draft.set(await self._drafts.load(conversation_id) if conversation_id else Draft())
        await self.refresh()
        if (header := self.header.value) is not None and header.is_unread:
            await self._desk.run(MarkRead(conversation_id=header.id))

    async def refresh(self) -> None:
        """Read the conversation again; quietly empty when it is gone."""
        wanted = self._conversation_id
        if wanted is None:
            self.header.set(None)
            self.items.set(())
            return
        header, items = await self._desk.read(lambda reader: _read(reader, wanted, self._limit))
        if wanted == self._conversation_id:
            self.header.set(header)
            self.items.set(items)
            self.is_missing.set(header is None)

    async def load_earlier(self) -> None:
        """Read further up."""
        self._limit += PAGE
        await self.refresh()

    async def keep_draft(self, draft: Draft) -> None:
        """Keep what is being typed, with the files that are there already."""
        await self._keep(msgspec.structs.replace(draft, files=self.draft.value.files))

    async def attach(self, paths: list[Path]) -> None:
        """Files that shall go out with the answer."""
        if self.files is not None and self._conversation_id is not None:
            draft = self.draft.value
            await self._keep(msgspec.structs.replace(draft, files=await self.files.take(paths, draft.files)))

    async def take_off(self, sha256: str) -> None:
        """One that shall not go out after all."""
        draft = self.draft.value
        await self._keep(msgspec.structs.replace(draft, files=tuple(each for each in draft.files if each.sha256 != sha256)))

    async def _keep(self, draft: Draft) -> None:
        self.draft.set(draft)
        if self._conversation_id:
            await self._drafts.save(self._conversation_id, draft)

    async def send(self, text: str, *, and_resolve: bool = False) -> None:
        """Answer the customer; offline the answer waits in the outbox."""
        header = self._open_one()
        said: dict[str, Any] = {"conversation_id": header.id, "message_id": new_id(), "text": text, "and_resolve": and_resolve}
        files = self.draft.value.files
        if self.files is not None:
            self.files.check_here(files)
        await self._desk.run(ReplyWithFiles(**said, files=files) if files else Reply(**said))
        await self._keep(Draft())
        await self.refresh()

    async def add_note(self, text: str) -> None:
        """Write something for the colleagues only."""
        header = self._open_one()
        await self._desk.run(AddNote(note_id=new_id(), text=text, conversation_id=header.id))
        await self.keep_draft(Draft())  # files wait for an answer: a note has none
        await self.refresh()

    async def retry(self, message_id: UUID) -> None:
        """Send once more what failed."""
        await self._desk.run(RetrySend(message_id=message_id))

    async def set_status(self, status: str, until: datetime | None = None) -> None:
        """Resolve, reopen or snooze."""
        await self._desk.run(SetConversationStatus(conversation_id=self._open_one().id, status=status, until=until))

    async def assign(self, user_id: UUID | None) -> None:
        """Give it to somebody, or to nobody."""
        await self._desk.run(AssignConversation(conversation_id=self._open_one().id, assignee_id=user_id))

    async def take(self) -> None:
        """Give it to oneself."""
        await self.assign(self._desk.user_id)

    async def mark_unread(self) -> None:
        """Let it stand out again."""
        await self._desk.run(MarkRead(conversation_id=self._open_one().id, is_unread=True))

    async def link_contact(self, contact_id: UUID | None) -> None:
        """Say whom it is with."""
        await self._desk.run(LinkContact(conversation_id=self._open_one().id, contact_id=contact_id))

    def _open_one(self) -> ConversationRow:
        if self.header.value is None:
            raise NotHere(kind="conversation", id="")
        return self.header.value

    def close(self) -> None:
        """Hear no more."""
        self._stop()


def _history(reader: Reader, header: ConversationRow, shown: set[UUID]) -> list[ThreadItem]:
    """Beside a call stands what happened with the caller before."""
    if header.contact_id is None:
        return []
    past = timeline(reader, header.contact_id, limit=HISTORY)
    return [ThreadItem(at=entry.at, past=entry) for entry in past if entry.id not in shown]


def _read(reader: Reader, conversation_id: UUID, limit: int) -> tuple[ConversationRow | None, tuple[ThreadItem, ...]]:
    try:
        header = conversation(reader, conversation_id)
    except NotHere:
        return None, ()
    files: dict[UUID, list[AttachmentCard]] = {}
    for file in attachments(reader, conversation_id):
        files.setdefault(file.message_id, []).append(file)
    items = [
        ThreadItem(at=message.sent_at, message=message, files=tuple(files.get(message.id, ())))
        for message in thread(reader, conversation_id, limit=limit)
    ]
    items += [ThreadItem(at=note.created_at, note=note) for note in notes(reader, conversation_id=conversation_id)]
    if header.channel == "voice" and (call := call_of_conversation(reader, conversation_id)):
        items.append(ThreadItem(at=call.started_at, call=call))
        items += _history(reader, header, {item.id for item in items})
    return header, tuple(sorted(items, key=lambda item: (item.at, item.id)))
