"""The inbox as its list shows it: views with counts, and rows in plain words."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.desk.desk import Desk
from app.domain.conversations.queries import ConversationRow, View, conversation_ids, conversations, count
from app.kernel.observable import Observable
from app.kernel.reader import Reader, Slice
from app.kernel.tasks import Refresh
from app.kernel.words import tr
from ui.features.narrowing import Narrowing
from ui.features.when import age_text, due_text

VIEWS: tuple[View, ...] = ("mine", "unassigned", "all")
MOST_COUNTED = 999
CHANNEL_WORDS = {
    "voice": "Phone", "email": "E-mail", "sms": "SMS", "whatsapp": "WhatsApp", "chat": "Chat", "social": "Social",
}  # fmt: skip
CALL_WORDS = {
    "call.ringing": "Ringing", "call.active": "On a call", "call.answered.in": "Call", "call.answered.out": "Called",
    "call.missed.in": "Missed call", "call.missed.out": "No answer", "call.declined.in": "Declined call",
    "call.declined.out": "Busy", "call.failed.in": "Call failed", "call.failed.out": "Call failed",
    "call.cancelled.in": "Missed call", "call.cancelled.out": "Cancelled call", "call.voicemail.in": "Voicemail",
    "call.voicemail.out": "Voicemail left",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxRow:
    """One row; the list's delegate reads exactly these."""

    id: UUID
    title: str
    preview: str
    channel: str
    when_text: str
    is_unread: bool
    unread_count: int
    due_text: str
    due_tone: str
    is_pending: bool
    other_agent_initials: str
    presence: str
    is_locked: bool
    sentence: str


def _initials(name: str) -> str:
    words = name.split()
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()


def preview_text(row: ConversationRow) -> str:
    """What happened last, in words."""
    if row.preview_kind != "text":
        words = tr(CALL_WORDS.get(row.preview_kind, "Call"))
        return f"{words} · {row.preview}" if row.preview else words
    text = row.preview or row.subject or tr("No messages yet")
    return f"{tr('You')}: {text}" if row.last_direction == "out" else text


class InboxList:
    """Pages of rows for the chosen view and status; `stale` counts up whenever they should be asked for again."""

    def __init__(self, desk: Desk) -> None:
        self.view: Observable[View] = Observable("mine")
        self.counts: Observable[tuple[int, ...]] = Observable((0,) * len(VIEWS))
        self.stale: Observable[int] = Observable(0)
        self.pending: Observable[frozenset[UUID]] = Observable(frozenset())
        self.others: Observable[dict[UUID, str]] = Observable({})  # conversation → a colleague who is at it
        self.narrowing = Narrowing(desk, "conversation", self._reload, states=states())
        self._desk = desk
        self._counting = Refresh(desk.tasks, self.count, name="inbox counts")
        self._stops = (
            desk.on_changed({"conversation", "contact"}, self._reload),
            desk.on_changed({"conversation"}, self._counting.ask),
        )
        self.view.subscribe(self._view_chosen)
        self.narrowing.owner.value.subscribe(lambda owner: self.view.set("all") if owner else None)
        self.others.subscribe(lambda _: self._reload())

    def _view_chosen(self, view: View) -> None:
        """Mine and those of nobody say themselves whose they are."""
        if view != "all":
            self.narrowing.owner.value.set("")
        self._reload()

    def _reload(self) -> None:
        self.stale.set(self.stale.value + 1)

    @property
    def is_first_download(self) -> bool:
        """Whether nothing can be here yet."""
        return self._desk.connection.value.as_of is None

    async def count(self) -> None:
        """How many each view holds."""
        self.counts.set(
            await self._desk.read(lambda reader: tuple(count(reader, view=view, at_most=MOST_COUNTED) for view in VIEWS))
        )

    async def page(self, after: str | None, limit: int = 50) -> Slice:
        """Rows of the chosen view after a place."""
        wanted, now, pending = self._wanted(), self._desk.now(), self.pending.value
        self.narrowing.offer_soon()

        def ask(reader: Reader) -> Slice:
            return conversations(reader, **wanted, after=after, limit=limit)

        found = await self._desk.read(ask)
        rows = [self._row(row, now, is_pending=row.id in pending) for row in found.rows]
        return Slice(rows=rows, next=found.next)

    async def everything(self) -> list[UUID]:
        """The ids of all that the list would show."""
        wanted = self._wanted()
        return await self._desk.read(lambda reader: conversation_ids(reader, **wanted))

    def _wanted(self) -> dict[str, Any]:
        """As the query takes it."""
        narrowing = self.narrowing
        view = "unassigned" if narrowing.is_unowned else self.view.value
        state, tag = narrowing.state.value.value, narrowing.tag.value.value
        return {"view": view, "status": state, "tag": tag, "owner_id": narrowing.owner_id}

    def exported(self) -> dict[str, Any]:
        """As the door for exports takes it: all conversations, unless the list is narrowed."""
        narrowing = self.narrowing
        return {} if narrowing.is_usual else {"status": narrowing.state.value.value, **narrowing.exported()}

    def _row(self, row: ConversationRow, now: datetime, *, is_pending: bool) -> InboxRow:
        title = row.contact_name or row.address or tr("Unknown")
        due, tone = due_text(row.reply_due_at, now)
        preview, when = preview_text(row), age_text(row.last_message_at, now)
        channel = tr(CHANNEL_WORDS.get(row.channel, row.channel))
        other = self.others.value.get(row.id, "")
        words = [
            title,
            channel,
            preview,
            when,
            tr("unread") if row.is_unread else "",
            tr("locked") if row.locked_at else "",
            f"{tr('due')} {due}" if due else "",
            other,
        ]
        return InboxRow(
            id=row.id, title=title, preview=preview, channel=row.channel, when_text=when, is_unread=row.is_unread,
            unread_count=1 if row.is_unread else 0, due_text=due, due_tone=tone, is_pending=is_pending,
            other_agent_initials=_initials(other), presence="", is_locked=row.locked_at is not None,
            sentence=", ".join(word for word in words if word),
        )  # fmt: skip

    def close(self) -> None:
        """Hear no more."""
        for stop in self._stops:
            stop()
        self.narrowing.close()


def states() -> tuple[tuple[str, str], ...]:
    """What a conversation may be, in words; the usual one first."""
    return (("open", tr("Open")), ("pending", tr("Pending")), ("snoozed", tr("Snoozed")), ("resolved", tr("Resolved")))
