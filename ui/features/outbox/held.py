"""Deletions that the server has stopped because they are so many: which they are, and what becomes of them; without Qt."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from app.desk.acts import about_of
from app.desk.desk import Desk
from app.desk.wording import kinds_word
from app.domain.conflicts.queries import Standing, standing
from app.kernel.observable import Observable
from app.kernel.reader import Reader
from app.kernel.words import tr
from app.replica.outbox import OutboxEntry
from ui.features.acts import act_words

MOST_NAMED = 200  # lines of a list that somebody looks through


class Entries(Protocol):
    """What this needs of the replica."""

    async def outbox(self) -> list[OutboxEntry]:
        """What waits, was rejected or is held, oldest first."""

    async def discard(self, command_ids: Sequence[UUID]) -> None:
        """The person does not mean what was held."""


class Line(Protocol):
    """What this needs of the sync."""

    async def confirm_deletions(self) -> None:
        """The person means it; raises `NeedsServer`."""

    async def recount(self) -> None:
        """Say how much waits now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldLine:
    """One act: what it would delete."""

    kind: str
    title: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """All of them; `more`: how many are not named."""

    title: str
    text: str
    lines: tuple[HeldLine, ...]
    more: int


class HeldPanel:
    """`held` is nothing while nothing is held. `count` says how many are, whenever that changes: nothing is read before."""

    def __init__(self, desk: Desk, entries: Entries, line: Line, count: Observable[int]) -> None:
        self.held: Observable[Held | None] = Observable(None)
        self._desk, self._entries, self._line = desk, entries, line
        self._stop = count.subscribe(lambda _: desk.tasks.start(self.refresh(), name="held"))

    async def refresh(self) -> None:
        """Read it again."""
        entries = [each for each in await self._entries.outbox() if each.state == "held"]
        if not entries:
            self.held.set(None)
            return

        def ask(reader: Reader) -> list[Standing | None]:
            records = [about_of(each.command) for each in entries[:MOST_NAMED]]
            return [standing(reader, *record) if record is not None else None for record in records]

        about = await self._desk.read(ask)
        lines = tuple(
            HeldLine(kind=each.kind if each else "", title=each.title if each else "", what=act_words(entry.name))
            for entry, each in zip(entries, about, strict=False)
        )
        self.held.set(Held(title=held_title(entries), text=held_text(entries), lines=lines, more=len(entries) - len(lines)))

    async def confirm(self) -> None:
        """They go."""
        await self._line.confirm_deletions()
        await self._after()

    async def keep(self) -> None:
        """Nothing is deleted: all of it is here again."""
        await self._entries.discard([each.command_id for each in await self._entries.outbox() if each.state == "held"])
        await self._after()

    async def _after(self) -> None:
        await self._line.recount()
        await self.refresh()

    def close(self) -> None:
        """Hear no more."""
        self._stop()


def held_title(entries: Sequence[OutboxEntry]) -> str:
    """How much was stopped, in a few words."""
    kind = str(entries[0].values.get("kind", ""))
    text = tr("{0} deletions were stopped ({1})") if len(entries) != 1 else tr("A deletion was stopped ({1})")
    return text.replace("{0}", f"{len(entries):,}").replace("{1}", kinds_word(kind))


def held_text(entries: Sequence[OutboxEntry]) -> str:
    """Why, and what has become of it so far."""
    values = max((each.values for each in entries), key=lambda each: int(each.get("count", 0)))
    text = tr("That would be {0} of {1} within minutes. On the server nothing of it is done until you say so.")
    return text.replace("{0}", f"{int(values.get('count', 0)):,}").replace("{1}", f"{int(values.get('total', 0)):,}")
