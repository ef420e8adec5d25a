"""People as screens show them: the list, the panel beside a conversation, the record page, and the editor."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.desk.desk import Desk
from app.desk.tagging import tagging
from app.desk.wording import told
from app.domain.contacts.commands import AddIdentity, CreateContact, DeleteContact, EditContact, RemoveIdentity
from app.domain.contacts.queries import ContactCard, ContactRow, contact, contact_ids, contacts
from app.domain.conversations.queries import ConversationRow, conversations_of
from app.domain.notes.commands import AddNote
from app.domain.tasks.commands import CompleteTask, CreateTask, ReopenTask
from app.domain.tasks.queries import TaskRow, tasks
from app.domain.timeline.queries import GROUPS, TimelineEntry, timeline, timeline_counts
from app.domain.users.queries import user_name
from app.kernel.errors import NotHere
from app.kernel.ids import new_id
from app.kernel.observable import Observable
from app.kernel.reader import Reader, Slice
from app.kernel.tasks import Refresh
from app.kernel.words import tr
from ui.features.narrowing import Narrowing

KINDS = {"contact", "contact_identity", "identity", "conversation", "message", "call", "note", "task", "account"}
PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """All that the panel and the page show of somebody."""

    card: ContactCard
    open_conversations: tuple[ConversationRow, ...]
    open_tasks: tuple[TaskRow, ...]
    recent: tuple[TimelineEntry, ...]
    has_more: bool
    counts: dict[str, int]  # of each kind of the timeline; empty where nobody looks at them
    owner_name: str = ""
    locked_by: str = ""
    erased_by: str = ""


class ContactsList:
    """Pages of people by name; `stale` counts up whenever they should be asked for again."""

    def __init__(self, desk: Desk) -> None:
        self.search: Observable[str] = Observable("")
        self.narrowing = Narrowing(desk, "contact", self._reload)  # to a tag
        self.descending: Observable[bool] = Observable(False)
        self.stale: Observable[int] = Observable(0)
        self._desk = desk
        self._stop = desk.on_changed({"contact", "account"}, self._reload)
        self.search.subscribe(lambda _: self._reload())
        self.descending.subscribe(lambda _: self._reload())

    def _reload(self) -> None:
        self.stale.set(self.stale.value + 1)

    async def page(self, after: str | None, limit: int = PAGE) -> Slice:
        """People after a place, as `ContactRow`s."""
        search, tag, descending = self.search.value.strip(), self.narrowing.tag.value.value, self.descending.value
        self.narrowing.offer_soon()
        return await self._desk.read(
            lambda reader: contacts(reader, search=search, tag=tag, after=after, limit=limit, descending=descending)
        )

    async def everything(self) -> list[UUID]:
        """The ids of all that the list would show."""
        search, tag = self.search.value.strip(), self.narrowing.tag.value.value
        return await self._desk.read(lambda reader: contact_ids(reader, search=search, tag=tag))

    async def best(self, search: str, limit: int = 8) -> list[ContactRow]:
        """The first people whose name holds the words; for the palette and pick lists."""
        found = await self._desk.read(lambda reader: contacts(reader, search=search, limit=limit))
        return list(found.rows)

    def close(self) -> None:
        """Hear no more."""
        self._stop()
        self.narrowing.close()


class ContactPanel:
    """One person; follows every change, from here or from the server. `is_whole`: with what only the own page shows."""

    def __init__(self, desk: Desk, *, is_whole: bool = False) -> None:
        self.person: Observable[Person | None] = Observable(None)
        self.filter: Observable[str] = Observable("all")
        self._desk, self._is_whole = desk, is_whole
        self._contact_id: UUID | None = None
        self._limit = PAGE
        self._refresh = Refresh(desk.tasks, self.refresh, name="contact panel")
        self._stop = desk.on_changed(KINDS, self._refresh.ask, only=lambda: {"contact": self._contact_id})
        self.filter.subscribe(lambda _: self._refresh.ask())

    async def open(self, contact_id: UUID | None) -> None:
        """Show somebody, or nobody."""
        self._contact_id, self._limit = contact_id, PAGE
        await self.refresh()
        if contact_id is not None and (person := self.person.value) is not None and person.card.id == contact_id:
            self._desk.opened("contact", contact_id)

    async def refresh(self) -> None:
        """Read the person again."""
        wanted, kinds, limit = self._contact_id, GROUPS[self.filter.value], self._limit
        if wanted is None:
            self.person.set(None)
            return
        person = await self._desk.read(lambda reader: _read(reader, wanted, kinds, limit, is_whole=self._is_whole))
        if wanted == self._contact_id:
            self.person.set(person)

    async def load_earlier(self) -> None:
        """Read further back."""
        self._limit += PAGE
        await self.refresh()

    async def edit(self, **patch: object) -> None:
        """Change some fields."""
        await self._desk.run(EditContact(contact_id=self._open_one(), patch=dict(patch)))

    async def untag(self, tag: str) -> str:
        """Take a tag off; the words for what was done."""
        await self._desk.run(tagging("contact", self._open_one(), remove=(tag,)))
        return tr("Tag taken off: {0}.").replace("{0}", tag)

    async def add_identity(self, kind: str, value: str, label: str = "") -> None:
        """Give the person a number or address."""
        await self._desk.run(
            AddIdentity(contact_id=self._open_one(), kind=kind, value=value, label=label, country=self._desk.country)
        )

    async def remove_identity(self, identity_id: UUID) -> None:
        """The person no longer uses it."""
        await self._desk.run(RemoveIdentity(contact_id=self._open_one(), identity_id=identity_id))

    async def add_note(self, text: str) -> None:
        """Write something down about them."""
        await self._desk.run(AddNote(note_id=new_id(), text=text, contact_id=self._open_one()))

    async def add_task(self, title: str, due_at: datetime | None) -> None:
        """Something has to be done for them."""
        await self._desk.run(CreateTask(task_id=new_id(), title=title, due_at=due_at, contact_id=self._open_one()))

    async def set_task_done(self, task_id: UUID, *, is_done: bool) -> None:
        """Tick a task off, or not."""
        await self._desk.run(CompleteTask(task_id=task_id) if is_done else ReopenTask(task_id=task_id))

    async def delete(self) -> None:
        """Undo brings them back."""
        await self._desk.run(DeleteContact(contact_id=self._open_one()))

    def _open_one(self) -> UUID:
        if self._contact_id is None:
            raise NotHere(kind="contact", id="")
        return self._contact_id

    def close(self) -> None:
        """Hear no more."""
        self._stop()


def _read(reader: Reader, contact_id: UUID, kinds: frozenset[str], limit: int, *, is_whole: bool) -> Person | None:
    try:
        card = contact(reader, contact_id)
    except NotHere:
        return None
    recent = [told(entry) for entry in timeline(reader, contact_id, kinds=kinds, limit=limit + 1)]
    still_open = [row for row in conversations_of(reader, contact_id, limit=20) if row.status != "resolved"]
    return Person(
        card=card, open_conversations=tuple(still_open), open_tasks=tuple(tasks(reader, contact_id=contact_id, limit=20)),
        recent=tuple(recent[:limit]), has_more=len(recent) > limit,
        counts=timeline_counts(reader, contact_id) if is_whole else {},
        owner_name=user_name(reader, card.owner_id) if is_whole else "",
        locked_by=user_name(reader, card.locked_by) if is_whole else "",
        erased_by=user_name(reader, card.erased_by) if is_whole else "",
    )  # fmt: skip


class ContactEditor:
    """A new person, with what is known already filled in."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def create(
        self, *, name: str, phones: tuple[str, ...] = (), emails: tuple[str, ...] = (), job_title: str | None = None,
        tags: tuple[str, ...] = (), only_if_new: bool = True,
    ) -> UUID:  # fmt: skip
        """Keep the person and return their id; raises a `PatchbayError` that names the field, or who is there already."""
        contact_id = new_id()
        await self._desk.run(
            CreateContact(
                contact_id=contact_id,
                name=name,
                phones=tuple(phone for phone in phones if phone.strip()),
                emails=tuple(email for email in emails if email.strip()),
                job_title=job_title or None,
                tags=tags,
                country=self._desk.country,
                only_if_new=only_if_new,
            )
        )
        return contact_id

    async def change(self, contact_id: UUID, **patch: object) -> None:
        """Change some fields; raises a `PatchbayError` that names the field."""
        await self._desk.run(EditContact(contact_id=contact_id, patch=dict(patch)))

    async def card(self, contact_id: UUID) -> ContactCard:
        """What is known of a person; `NotHere` when they are not here."""
        return await self._desk.read(lambda reader: contact(reader, contact_id))
