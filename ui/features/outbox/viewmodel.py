"""What waits for the server, in human words."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from app.desk.desk import Desk
from app.kernel.columns import moment_from_us
from app.kernel.observable import Observable
from app.kernel.texts import text_for
from app.kernel.words import tr
from app.replica.outbox import OutboxEntry
from ui.features.when import clock_text

WORDS = {
    "message.reply": ("Reply", "mail"), "message.retry": ("Send again", "mail"), "note.add": ("Note added", "sticky-note"),
    "note.edit": ("Note changed", "sticky-note"), "contact.create": ("New contact", "user-plus"),
    "contact.edit": ("Contact changed", "user-round-pen"), "contact.delete": ("Contact deleted", "trash-2"),
    "contact.add_identity": ("Number or address added", "user-round-pen"), "call.log": ("Call logged", "phone"),
    "call.wrap_up": ("Call wrapped up", "phone"), "task.create": ("New task", "square-check-big"),
    "task.complete": ("Task done", "square-check-big"), "task.edit": ("Task changed", "square-check-big"),
    "conversation.assign": ("Conversation assigned", "user-plus"), "conversation.set_status": ("Status changed", "check"),
    "conversation.mark_read": ("Marked as read", "eye"), "user.set_state": ("Agent state", "activity"),
    "undo": ("Undo", "undo-2"),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One act in the outbox. `state`: waiting, sending, refused."""

    id: UUID
    what: str
    detail: str
    icon: str
    state: str
    when_text: str
    problem: str


class Entries(Protocol):
    """What the outbox needs of the replica."""

    async def outbox(self) -> list[OutboxEntry]:
        """What waits and what was rejected, oldest first."""

    async def dismiss(self, command_id: UUID) -> None:
        """The person has read why a command was rejected."""


class OutboxPanel:
    """Follows the outbox; those that need a person stand first."""

    def __init__(self, desk: Desk, entries: Entries) -> None:
        self.rows: Observable[tuple[Waiting, ...]] = Observable(())
        self._desk, self._entries = desk, entries
        desk.connection.subscribe(lambda _: desk.tasks.start(self.refresh(), name="outbox"))

    async def refresh(self) -> None:
        """Read it again."""
        zone = self._desk.now()
        rows = [waiting_of(entry, zone) for entry in await self._entries.outbox()]
        self.rows.set(tuple(sorted(rows, key=lambda each: each.state != "refused")))

    async def discard(self, command_id: UUID) -> None:
        """The person has read why it was refused."""
        await self._entries.dismiss(command_id)
        await self.refresh()


def waiting_of(entry: OutboxEntry, now: datetime) -> Waiting:
    """An act in words."""
    what, icon = WORDS.get(entry.name, (entry.name.replace(".", ": ").replace("_", " "), "activity"))
    state = {"waiting": "waiting", "answered": "sending"}.get(entry.state, "refused")
    detail = next(
        (str(getattr(entry.command, field)) for field in ("text", "name", "title", "number_shown", "state", "disposition")
         if getattr(entry.command, field, "")), "",
    )  # fmt: skip
    problem = text_for(entry.error, dict(entry.values)) if entry.error else ""
    when = clock_text(moment_from_us(entry.acted_us), now.tzinfo)
    return Waiting(
        id=entry.command_id, what=tr(what), detail=detail[:120], icon=icon, state=state, when_text=when, problem=problem
    )
