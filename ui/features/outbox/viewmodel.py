"""What waits for the server and what needs a person, in human words, each with its ways out."""

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, Protocol
from uuid import UUID

from app.desk.acts import about_of, detail_of, retargeted
from app.desk.desk import Desk
from app.desk.wording import field_word
from app.domain.attachments.commands import SentFile
from app.domain.conflicts.queries import ConflictCard, Standing, conflicts, standing
from app.domain.contacts.commands import CreateContact
from app.kernel.columns import moment_from_us
from app.kernel.command import Command
from app.kernel.erasing import ErasedPerson
from app.kernel.observable import Observable
from app.kernel.reader import Reader
from app.kernel.restore import Restore
from app.kernel.tasks import Refresh
from app.kernel.words import tr
from app.replica.outbox import OutboxEntry
from ui.features.acts import act_icon, act_words, counted
from ui.features.outbox.files import FileTroubles, StuckFile
from ui.features.outbox.held import held_text, held_title
from ui.features.outbox.trouble import EDITABLE, Trouble, Way, trouble_of
from ui.features.when import age_text, clock_text

State = Literal["conflict", "refused", "held", "needs_server", "waiting", "sending", "sent"]
LONG, PAUSE_S = 500, 1.0
MOST_NAMED = 5  # of many that were refused
NEED_PERSON = ("conflict", "refused", "held")
KINDS = {"conflict", "contact", "account", "conversation", "task", "note"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One act in the outbox; a conflict is one whose value gave way."""

    id: UUID
    what: str
    detail: str
    icon: str
    state: State
    when_text: str
    trouble: Trouble | None = None
    ways: tuple[Way, ...] = ()
    below: tuple[UUID, ...] = ()  # the acts that build on this one: they go with it
    entry: OutboxEntry | None = field(default=None, compare=False)
    about: Standing | None = field(default=None, compare=False)
    together: tuple[OutboxEntry, ...] = field(default=(), compare=False)  # of one act on many records
    file: StuckFile | None = field(default=None, compare=False)  # one that the server does not take

    @property
    def count(self) -> int:
        """How many acts these are."""
        return max(1, len(self.together))

    @property
    def needs_person(self) -> bool:
        """Whether it goes no further by itself."""
        return self.state in NEED_PERSON

    @property
    def sentence(self) -> str:
        """For those who cannot see it."""
        trouble = f"{self.trouble.title}. {self.trouble.text}" if self.trouble else ""
        return ". ".join(part.rstrip(".") for part in (self.what, self.detail, self.when_text, trouble) if part)


class Entries(Protocol):
    """What the outbox needs of the replica."""

    async def outbox(self) -> list[OutboxEntry]:
        """What waits and what was rejected, oldest first."""

    async def dismiss(self, command_id: UUID) -> None:
        """The person has read why a command was rejected."""

    async def reinstate(self, command_id: UUID) -> None:
        """Show it again."""

    async def withdraw(self, command_ids: Sequence[UUID]) -> None:
        """As if they had never been given."""


class Line(Protocol):
    """What the outbox needs of the sync."""

    def wake(self) -> None:
        """Try at once."""

    async def recount(self) -> None:
        """Say how much waits now."""


class OutboxPanel:
    """Follows the outbox; those that need a person stand first.

    While it is not looked at (`is_shown`), what only waits is counted and no more: its record is not read and what builds on
    it not sought, for hundreds may wait while the phone rings.
    """

    def __init__(self, desk: Desk, entries: Entries, line: Line, files: FileTroubles) -> None:
        self.rows: Observable[tuple[Waiting, ...]] = Observable(())
        self.held_count: Observable[int] = Observable(0)
        self._desk, self._entries, self._line, self._files = desk, entries, line, files
        self.is_shown = False
        self._following = Refresh(desk.tasks, self._follow, name="outbox")
        self._stops = [desk.connection.subscribe(lambda _: self._reload()), desk.on_changed(KINDS, self._reload)]
        self._stops.append(files.refused.subscribe(lambda _: self._reload()))
        self._stops.append(desk.bulk.progress.subscribe(lambda _: self._reload()))

    def _reload(self) -> None:
        """Not while many are changed, which is told elsewhere: each chunk would have all that waits read anew."""
        if self._desk.bulk.progress.value is None:
            self._following.ask()

    async def _follow(self) -> None:
        """A long outbox is not read anew with each answer, but once a moment."""
        await self._read(is_whole=self.is_shown)
        if sum(each.count for each in self.rows.value) > LONG:
            await asyncio.sleep(PAUSE_S)

    async def refresh(self) -> None:
        """Read all of it again."""
        await self._read(is_whole=True)

    async def _read(self, *, is_whole: bool) -> None:
        entries, folded = folds_of(await self._entries.outbox())
        asked = {each.command_id: each for each in entries if is_whole or each.state == "rejected" or each.error}
        asked |= {each.command_id: each for fold in folded if fold[0].state == "rejected" for each in fold[:MOST_NAMED]}

        def told(reader: Reader) -> tuple[list[ConflictCard], dict[UUID, Standing]]:
            about = {command_id: about_of(each.command) for command_id, each in asked.items()}
            return conflicts(reader), {
                command_id: standing(reader, *record) for command_id, record in about.items() if record is not None
            }

        lost, about = await self._desk.read(told)
        now, is_live = self._desk.now(), self._desk.connection.value.state in {"live", "catching_up"}
        rows = [_of_conflict(card, now) for card in lost] + [_of_file(each) for each in await self._files.stuck()]
        rows += _of_held([each for each in entries if each.state == "held"], now)
        rows += [
            waiting_of(each, entries if each.command_id in asked else (), about.get(each.command_id), now, is_live=is_live)
            for each in entries
            if each.state != "held"
        ]
        rows += [waiting_together(each, about, now, is_live=is_live) for each in folded]
        self.rows.set(tuple(sorted(rows, key=lambda each: not each.needs_person)))
        self.held_count.set(sum(each.state == "held" for each in entries))

    @property
    def oldest_text(self) -> str:
        """How long the oldest act has waited; "" when none does."""
        rows = [each for each in self.rows.value if not each.needs_person]
        entries = [entry for each in rows for entry in (each.entry, *each.together[:1]) if entry is not None]
        if not entries:
            return ""
        oldest, now = moment_from_us(min(each.acted_us for each in entries)), self._desk.now()
        return age_text(oldest, now) if now - oldest >= timedelta(minutes=1) else ""

    # ── ways out ───────────────────────────────────────────────────────────────────────────────────────────────────────

    async def retry(self, row: Waiting) -> None:
        """Give a refused act once more, over what is there now, and with it what was refused only for its sake."""
        if row.file is not None:
            await self._files.retry(row.file)
            return
        if row.together and row.state == "refused":
            await self._again_together(row)
            return
        if row.entry is None or row.entry.state != "rejected":
            self._line.wake()
            return
        for each in (row, *(below for below in self._below(row) if below.state == "refused")):
            await self._again(each)
        await self.refresh()

    async def retry_all(self) -> None:
        """Send what waits now; what was refused stays until somebody looks at it."""
        self._line.wake()

    async def create_anyway(self, row: Waiting) -> None:
        """Both are kept, with what was refused only for the new one's sake."""
        command = row.entry.command if row.entry is not None else None
        if isinstance(command, CreateContact):
            await self._desk.run(dataclasses.replace(command, only_if_new=False))
            await self._entries.dismiss(row.id)
            for each in (below for below in self._below(row) if below.state == "refused"):
                await self._again(each)
            await self.refresh()

    async def remove_file(self, row: Waiting) -> None:
        """The answers go without it."""
        if row.file is not None:
            await self._files.remove(row.file)

    async def restore(self, row: Waiting) -> None:
        """Bring the record back and do it then."""
        record = about_of(row.entry.command) if row.entry is not None else None
        if record is not None:
            await self._desk.run(Restore(kind=record[0], record_id=record[1]))
            await self.retry(row)

    async def apply_to_survivor(self, row: Waiting) -> None:
        """Do it to the one that the record was merged into."""
        survivor = row.about.merged_into if row.about is not None else None
        if row.entry is None or row.entry.command is None or survivor is None:
            return
        await self._desk.run(retargeted(row.entry.command, survivor))
        await self._entries.dismiss(row.id)
        await self.refresh()

    async def discard(self, row: Waiting) -> Callable[[], Awaitable[None]]:
        """Let it go, with what builds on it; the result brings all of it back."""
        if row.file is not None:
            return await self._files.discard(row.file)
        together = [*row.together, *(each.entry for each in (row, *self._below(row)) if each.entry is not None)]
        refused = [each.command_id for each in together if each.state == "rejected"]
        commands = [each.command for each in together if each.state != "rejected"]
        if held := [each.command_id for each in together if each.state != "rejected"]:
            await self._entries.withdraw(held)
            self._desk.forget_acts([*held, *(each.group for each in together if each.group is not None)])
        for command_id in refused:
            await self._entries.dismiss(command_id)
        files = await self._files.let_go(each.command for each in together if each.command is not None)
        await self._line.recount()
        await self.refresh()
        return lambda: self._bring_back(refused, [each for each in commands if each is not None], files)

    async def _bring_back(self, refused: Sequence[UUID], commands: Sequence[Command], files: Sequence[SentFile]) -> None:
        await self._files.bring_back(files)
        for command_id in refused:
            await self._entries.reinstate(command_id)
        if len(commands) > 1 and all(each.in_bulk for each in commands):
            await self._desk.run_many(commands)
        else:
            for command in commands:
                await self._desk.run(command)
        await self.refresh()

    async def _again_together(self, row: Waiting) -> None:
        """All of them once more, as one act."""
        await self._desk.run_many([each.command for each in row.together if each.command is not None])
        for each in row.together:
            await self._entries.dismiss(each.command_id)
        await self.refresh()

    async def _again(self, row: Waiting) -> None:
        if row.entry is not None and row.entry.command is not None:
            await self._desk.run(row.entry.command)
            await self._entries.dismiss(row.id)

    def _below(self, row: Waiting) -> list[Waiting]:
        return [each for each in self.rows.value if each.id in row.below]

    @property
    def needing(self) -> int:
        """How many go no further without the person."""
        return sum(each.needs_person for each in self.rows.value)

    def row(self, command_id: UUID) -> Waiting | None:
        """One of them."""
        return next((each for each in self.rows.value if each.id == command_id), None)

    def close(self) -> None:
        """Hear no more."""
        for stop in self._stops:
            stop()


def waiting_of(
    entry: OutboxEntry, entries: Sequence[OutboxEntry], about: Standing | None, now: datetime, *, is_live: bool
) -> Waiting:
    """An act in words; `now` carries the person's zone."""
    what = act_words(entry.name)
    below = _building_on(entry.command_id, entries)
    base = next((each for each in entries if each.command_id in entry.builds_on and each.state == "rejected"), None)
    state = _state(entry, is_live=is_live)
    trouble = trouble_of(entry, about, base, now) if state in {"refused", "needs_server"} else None
    ways = trouble.ways if trouble is not None and state == "refused" else _ways(entry)
    title = about.title if about is not None else ""
    said = "" if entry.error == ErasedPerson.key else detail_of(entry.command)
    return Waiting(
        id=entry.command_id, what=f"{what}: {title}" if title else what, detail="" if said == title else said,
        icon=act_icon(entry.name),
        state=state, when_text=clock_text(moment_from_us(entry.acted_us), now.tzinfo),
        trouble=trouble, ways=ways, below=below, entry=entry,
        about=about,
    )  # fmt: skip


def _state(entry: OutboxEntry, *, is_live: bool) -> State:
    if entry.state == "rejected":
        return "refused"
    if entry.state == "answered":
        return "sent"
    if entry.error:
        return "needs_server"
    return "sending" if is_live else "waiting"


def _ways(entry: OutboxEntry) -> tuple[Way, ...]:
    """Of one that waits: it can be changed or let go until the server may have heard of it."""
    if entry.state != "waiting" or entry.is_handed:
        return ()
    discard = Way(id="discard", text=tr("Discard"))
    return (Way(id="edit", text=tr("Edit")), discard) if entry.name in EDITABLE else (discard,)


def _building_on(command_id: UUID, entries: Sequence[OutboxEntry]) -> tuple[UUID, ...]:
    """Directly or not, in order."""
    above = {command_id}
    for each in entries:
        if above & set(each.builds_on):
            above.add(each.command_id)
    return tuple(each.command_id for each in entries if each.command_id in above and each.command_id != command_id)


def _of_file(stuck: StuckFile) -> Waiting:
    return Waiting(
        id=stuck.id, what=stuck.what, detail=stuck.detail, icon="paperclip", state="refused", when_text="", trouble=stuck.trouble,
        ways=stuck.trouble.ways, file=stuck,
    )  # fmt: skip


def _of_held(entries: Sequence[OutboxEntry], now: datetime) -> list[Waiting]:
    """One line for all: there are very many."""
    if not entries:
        return []
    title = held_title(entries)
    trouble = Trouble(kind="held", title=tr("Is that meant?"), text=held_text(entries), ways=())
    look = Way(id="held", text=tr("Look at them"), is_first=True)
    return [
        Waiting(
            id=entries[0].command_id, what=title, detail="", icon="trash-2", state="held",
            when_text=clock_text(moment_from_us(entries[0].acted_us), now.tzinfo), trouble=trouble, ways=(look,),
        )
    ]  # fmt: skip


def folds_of(entries: Sequence[OutboxEntry]) -> tuple[list[OutboxEntry], list[list[OutboxEntry]]]:
    """Those that stand for themselves, and those of an act on many records to which the same has happened: one line for all."""
    folds: dict[tuple[UUID | None, str, str], list[OutboxEntry]] = {}
    for each in entries:
        if each.group is not None and each.state != "held":
            folds.setdefault((each.group, each.state, each.error), []).append(each)
    folded = [fold for fold in folds.values() if len(fold) > 1]
    gone = {each.command_id for fold in folded for each in fold}
    return [each for each in entries if each.command_id not in gone], folded


def waiting_together(fold: Sequence[OutboxEntry], about: Mapping[UUID, Standing], now: datetime, *, is_live: bool) -> Waiting:
    """One line for many; what is refused is named and can be tried once more or let go, all of it."""
    first = fold[0]
    state, record = _state(first, is_live=is_live), about_of(first.command)
    many = counted(record[0], len(fold)) if record is not None else f"{len(fold):,}"
    trouble, ways = None, tuple(way for way in _ways(first) if way.id == "discard")
    if state == "refused":
        told = trouble_of(first, None, None, now)
        ways = (Way(id="retry", text=tr("Try again"), is_first=True), Way(id="discard", text=tr("Discard")))
        trouble = dataclasses.replace(told, text=f"{_named(fold, about)} {told.text}", ways=ways)
    return Waiting(
        id=first.command_id, what=f"{act_words(first.name)}: {many}", detail=detail_of(first.command), icon=act_icon(first.name),
        state=state, when_text=clock_text(moment_from_us(first.acted_us), now.tzinfo), trouble=trouble,
        ways=ways if state == "refused" or not any(each.is_handed for each in fold) else (), together=tuple(fold),
    )  # fmt: skip


def _named(fold: Sequence[OutboxEntry], about: Mapping[UUID, Standing]) -> str:
    """Like "Luca Bianchi, Ana Silva and 10 more."."""
    names = ", ".join(found.title for each in fold[:MOST_NAMED] if (found := about.get(each.command_id)) is not None)
    more = tr("{0} and {1} more.").replace("{0}", names).replace("{1}", f"{len(fold) - MOST_NAMED:,}")
    return more if len(fold) > MOST_NAMED else f"{names}."


def _of_conflict(card: ConflictCard, now: datetime) -> Waiting:
    fields = ", ".join(field_word(each.field) for each in card.met)
    fields = fields[:1].upper() + fields[1:]
    asked = Way(id="decide", text=tr("Decide"), is_first=True)
    return Waiting(
        id=card.id, what=card.title or tr("Two changes met"), detail=tr("{0}: both sides changed it").replace("{0}", fields),
        icon="git-merge", state="conflict", when_text=clock_text(card.mine_at, now.tzinfo), ways=(asked,),
    )  # fmt: skip
