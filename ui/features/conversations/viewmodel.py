"""One conversation as an agent works on it: what was said, what is being written, what can be done."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from app.desk.desk import Desk
from app.desk.drafts import Draft, Drafts
from app.desk.tagging import tagging
from app.desk.wording import hidden_word, told
from app.domain.attachments.commands import ReplyWithFiles
from app.domain.attachments.queries import AttachmentCard, attachments
from app.domain.calls.queries import CallRow, call_of_conversation
from app.domain.contacts.queries import ContactCard, contact
from app.domain.conversations.commands import AssignConversation, LinkContact, MarkRead, SetConversationStatus
from app.domain.conversations.queries import ConversationRow, conversation
from app.domain.messages.commands import Reply, RetrySend
from app.domain.messages.queries import MessageRow, thread
from app.domain.notes.commands import AddNote
from app.domain.notes.queries import NoteCard, notes
from app.domain.timeline.queries import GROUPS, TimelineEntry, timeline, timeline_counts
from app.domain.users.queries import user_name
from app.kernel.errors import NotHere
from app.kernel.ids import new_id
from app.kernel.observable import Observable
from app.kernel.reader import Reader
from app.kernel.tasks import Refresh
from app.kernel.words import tr
from ui.features.conversations.files_panel import FilesPanel

PAGE, HISTORY = 100, 25
KINDS = {"conversation", "message", "note", "attachment", "call", "contact"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """With whom a call is, and how much of each kind happened with them."""

    card: ContactCard
    counts: dict[str, int]


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

    @property
    def kind(self) -> str:
        """As the timeline calls it."""
        if self.past is not None:
            return self.past.kind
        return "message" if self.message is not None else "note" if self.note is not None else "call"


class ThreadPanel:
    """The open conversation. `items` and `header` follow every change, from here or from the server."""

    def __init__(self, desk: Desk, drafts: Drafts, files: FilesPanel | None = None) -> None:
        self.files = files
        self.header: Observable[ConversationRow | None] = Observable(None)
        self.items: Observable[tuple[ThreadItem, ...]] = Observable(())
        self.caller: Observable[Caller | None] = Observable(None)
        self.kind: Observable[str] = Observable("all")  # of the things beside a call
        self.draft: Observable[Draft] = Observable(Draft())
        self.is_missing: Observable[bool] = Observable(False)
        self.locked_by = ""  # who locked what the header shows, where that is known
        self._desk, self._drafts = desk, drafts
        self._conversation_id: UUID | None = None
        self._limit = PAGE
        self._refresh = Refresh(desk.tasks, self.refresh, name="thread")
        self._stop = desk.on_changed(KINDS, self._refresh.ask, only=self._own)
        self.kind.subscribe(lambda _: self._refresh.ask())

    @property
    def conversation_id(self) -> UUID | None:
        """Which conversation is open."""
        return self._conversation_id

    @property
    def is_closed(self) -> bool:
        """Whether it is locked to this person: nothing can be said in it but to the colleagues."""
        header = self.header.value
        return header is not None and header.locked_at is not None and not self._desk.may("conversation:lock")

    def _own(self) -> dict[str, UUID | None]:
        """Whose record the header shows; whose it will be is not known while a conversation is being opened."""
        header = self.header.value
        return {"contact": header.contact_id} if header is not None and header.id == self._conversation_id else {}

    async def open(self, conversation_id: UUID | None) -> None:
        """Show a conversation, with the draft that waits in it; looking at it marks it read."""
        self._conversation_id, self._limit = conversation_id, PAGE
        self.kind.set("all")
        self.draft.set(await self._drafts.load(conversation_id) if conversation_id else Draft())
        await self.refresh()
        if (header := self.header.value) is None or header.id != conversation_id:
            return
        self._desk.opened("conversation", header.id)
        for call_id in {item.call.id for item in self.items.value if item.call is not None}:
            self._desk.opened("call", call_id)
        if header.is_unread:
            await self._desk.run(MarkRead(conversation_id=header.id))

    async def refresh(self) -> None:
        """Read the conversation again; quietly empty when it is gone."""
        wanted = self._conversation_id
        if wanted is None:
            self.header.set(None)
            self.caller.set(None)
            self.items.set(())
            return
        kinds = GROUPS[self.kind.value]
        found = await self._desk.read(lambda reader: _read(reader, wanted, self._limit, kinds))
        if wanted == self._conversation_id:
            self.locked_by = found.locked_by
            self.header.set(found.header)
            self.caller.set(found.caller)
            self.items.set(found.items)
            self.is_missing.set(found.header is None)

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
            await self.files.check_here(files)
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

    async def untag(self, tag: str) -> str:
        """Take a tag off; the words for what was done."""
        await self._desk.run(tagging("conversation", self._open_one().id, remove=(tag,)))
        return tr("Tag taken off: {0}.").replace("{0}", tag)

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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What was read of one conversation."""

    header: ConversationRow | None
    locked_by: str = ""
    caller: Caller | None = None
    items: tuple[ThreadItem, ...] = ()


def _read(reader: Reader, conversation_id: UUID, limit: int, kinds: frozenset[str]) -> _Found:
    try:
        header = conversation(reader, conversation_id)
    except NotHere:
        return _Found(header=None)
    items, caller = _said(reader, conversation_id, limit), None
    if header.channel == "voice":
        if call := call_of_conversation(reader, conversation_id):
            items.append(ThreadItem(at=call.started_at, call=call))
        if header.contact_id is not None:
            caller, items = _with_history(reader, header.contact_id, items, kinds)
    shown = tuple(sorted(items, key=lambda item: (item.at, item.id)))
    return _Found(header=header, locked_by=user_name(reader, header.locked_by), caller=caller, items=shown)


def _said(reader: Reader, conversation_id: UUID, limit: int) -> list[ThreadItem]:
    files: dict[UUID, list[AttachmentCard]] = {}
    for file in attachments(reader, conversation_id):
        files.setdefault(file.message_id, []).append(file)
    found, noted = thread(reader, conversation_id, limit=limit), notes(reader, conversation_id=conversation_id)
    if "text" in reader.actor.hidden("message"):
        found = [msgspec.structs.replace(each, text=hidden_word(), html=None) for each in found]
    if "text" in reader.actor.hidden("note"):
        noted = [msgspec.structs.replace(each, text=hidden_word()) for each in noted]
    said = [ThreadItem(at=each.sent_at, message=each, files=tuple(files.get(each.id, ()))) for each in found]
    return said + [ThreadItem(at=note.created_at, note=note) for note in noted]


def _with_history(
    reader: Reader, contact_id: UUID, items: list[ThreadItem], kinds: frozenset[str]
) -> tuple[Caller | None, list[ThreadItem]]:
    """Beside a call stands what happened with the caller before; of some kinds alone, if they are asked for."""
    try:
        card = contact(reader, contact_id)
    except NotHere:
        return None, items  # the call may be seen, its caller may not
    past = [told(entry) for entry in timeline(reader, contact_id, kinds=kinds, limit=HISTORY)]
    shown = {item.id for item in items}
    kept = [item for item in items if not kinds or item.kind in kinds]
    kept += [ThreadItem(at=entry.at, past=entry) for entry in past if entry.id not in shown]
    return Caller(card=card, counts=timeline_counts(reader, contact_id)), kept
