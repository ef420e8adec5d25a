"""What became of a record, field by field, with each old value ready to be put back."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol
from uuid import UUID

from app.desk.archive import Archive
from app.desk.desk import Desk
from app.desk.restoring import restoring
from app.desk.wording import field_word
from app.domain.audit.queries import AuditRow
from app.domain.audit.rules import REACHED_BY
from app.domain.conflicts.queries import names_of
from app.domain.contacts.queries import Reached, reached_ever
from app.kernel.columns import moment_from_us
from app.kernel.errors import BadValue, NeedsServer, PatchbayError
from app.kernel.log import EVENT, fields_to_json
from app.kernel.observable import Observable
from app.kernel.texts import text_of
from app.kernel.words import tr
from app.replica.acts import Act
from ui.features.acts import act_words
from ui.features.audit.words import FOLLOWS, NOTHING, field_words, is_gone, step_words, way_words
from ui.features.when import moment_text

Reach = Literal["loading", "whole", "here_only", "failed"]  # how much of it is shown
MOST_ACTS, LATEST = 500, 10
MOST_LOOKS, LOOK_S = 100, 0.05
USE = "contact_identity"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One change of one field. `value`: what it held before, which can be put back when `can_restore`."""

    field: str
    name: str
    before: str
    after: str
    was: str  # all that it held before, where `before` and `after` tell what came and went
    who: str
    what: str
    when: str
    value: Any
    can_restore: bool

    @property
    def sentence(self) -> str:
        """For those who cannot see it."""
        change = f"{self.before} → {self.after}" if self.before else self.after
        return f"{self.name}: {change}. {self.who}, {self.when}"


class Acts(Protocol):
    """What this needs of the replica."""

    async def acts(self, limit: int) -> list[Act]:
        """The latest acts of this device."""


class HistoryPanel:
    """Opened for a record; the server's part is asked for, and what this device did is there without it."""

    def __init__(self, desk: Desk, archive: Archive, source: Acts) -> None:
        self.steps: Observable[tuple[Step, ...]] = Observable(())
        self.reach: Observable[Reach] = Observable("loading")
        self.has_more: Observable[bool] = Observable(False)
        self.fields: Observable[tuple[tuple[str, str], ...]] = Observable(())
        self.title, self.problem, self.field = "", "", ""
        self._desk, self._archive, self._source = desk, archive, source
        self._about: tuple[str, UUID] | None = None
        self._next: str | None = None
        self._names: dict[str, str] = {}
        self._reached: dict[UUID, Reached] = {}  # of a contact, by the ids of its uses

    async def open(self, kind: str, record_id: UUID, title: str, field: str = "") -> None:
        """Show another record's."""
        self._about, self.title, self.field = (kind, record_id), title, field
        self.fields.set(())
        await self.load()

    async def choose(self, field: str) -> None:
        """One field only, or all."""
        self.field = field
        await self.load()

    async def load(self) -> None:
        """From the beginning."""
        self._next = None
        self.steps.set(())
        self.reach.set("loading")
        await self.more()

    async def more(self) -> None:
        """The next page."""
        if self._about is None:
            return
        kind, record_id = self._about
        if kind == "contact":
            self._reached = await self._desk.read(lambda reader: reached_ever(reader, record_id))
        try:
            page = await self._archive.history(kind, record_id, self.field or None, self._next)
        except NeedsServer:
            await self._show_own(kind, record_id)
            return
        except PatchbayError as error:
            self.problem = text_of(error)
            self.reach.set("failed")
            return
        self._next = page.next
        self._names |= await self._named(value for row in page.rows for pair in row.fields.values() for value in pair)
        now = self._desk.now()
        found = [step for row in page.rows for step in self._steps(row, kind, now)]
        self._add((*self.steps.value, *found))
        self.has_more.set(page.next is not None)
        self.reach.set("whole")

    async def _show_own(self, kind: str, record_id: UUID) -> None:
        """What this device did to it, waiting or not."""
        now, me = self._desk.now(), self._desk.me.value
        name = me.name if me else tr("you")
        acts = [act for act in await self._source.acts(MOST_ACTS) if not act.is_undone and act.state != "rejected"]
        mine = [(act, change) for act in acts for change in act.changes if (change.kind, change.record_id) == (kind, record_id)]
        reached = [
            step for act in acts for change in act.changes if change.kind == USE and change.record_id in self._reached
            for step in self._use(change.record_id, fields_to_json(change), name, act.name, act.acted_us, now)
        ]  # fmt: skip
        self._names |= await self._named(value for _, each in mine for pair in fields_to_json(each).values() for value in pair)
        found = [
            self._step(field, before, after, kind=kind, who=name, what=act_words(act.name), at_us=act.acted_us, now=now,
                       is_new=change.operation == "insert")
            for act, change in mine for field, (before, after) in fields_to_json(change).items() if self._tells(field)
        ]  # fmt: skip
        self._add([*found, *(reached if self.field in {"", REACHED_BY} else [])])
        self.has_more.set(False)
        self.reach.set("here_only")

    def _tells(self, field: str) -> bool:
        return field == self.field if self.field else field not in FOLLOWS

    async def _named(self, values: Iterable[Any]) -> dict[str, str]:
        """What the ids among the values stand for."""
        known = list(values)
        names = await self._desk.read(lambda reader: names_of(reader, known))
        return {str(self._desk.tenant_id): tr("everybody"), **names}

    def _steps(self, row: AuditRow, kind: str, now: datetime) -> list[Step]:
        if row.operation == EVENT:
            return [self._happened(row, now)]
        is_new = row.operation == "insert"
        at_us = int(row.acted_at.timestamp() * 1_000_000)
        if row.kind == USE and kind != USE:
            return self._use(row.record_id, row.fields, row.actor_name or tr("somebody"), row.verb, at_us, now)
        return [
            self._step(name, before, after, kind=kind, who=row.actor_name or tr("somebody"), what=act_words(row.verb),
                       at_us=at_us, now=now, is_new=is_new)
            for name, (before, after) in row.fields.items()
            if self._tells(name) and (is_gone(before, after) or not (is_new and after in NOTHING))
        ]  # fmt: skip

    def _use(
        self, use_id: UUID, fields: Mapping[str, Sequence[Any]], who: str, act: str, at_us: int, now: datetime
    ) -> list[Step]:
        """A number or address that came or went; one that went can be put back."""
        is_gone = fields.get("deleted_at", (None, None))[1] is not None
        if not (is_gone or "deleted_at" in fields or REACHED_BY in fields):
            return []
        was = self._reached.get(use_id)
        shown = was.shown if was is not None and was.shown else tr("(not shown)")
        can = is_gone and self._about is not None and restoring("contact", self._about[1], REACHED_BY, was) is not None
        name = field_word(was.kind) if was is not None else field_word(REACHED_BY)
        before, after = (shown, tr("removed")) if is_gone else ("", shown)
        return [
            Step(
                field=REACHED_BY, name=name, before=before, after=after, was=shown, who=who, what=act_words(act),
                when=moment_text(moment_from_us(at_us), now), value=was, can_restore=can,
            )
        ]  # fmt: skip

    def _happened(self, row: AuditRow, now: datetime) -> Step:
        """It changed nothing: somebody looked, or led the record out of the workspace."""
        return Step(
            field="", name=act_words(row.verb), before="", after=way_words(row), was="", who=row.actor_name or tr("somebody"),
            what=row.device, when=moment_text(row.acted_at, now), value=None, can_restore=False,
        )  # fmt: skip

    def _step(
        self, name: str, before: Any, after: Any, *, kind: str, who: str, what: str, at_us: int, now: datetime, is_new: bool
    ) -> Step:
        assert self._about is not None  # noqa: S101  # steps are made of an open record
        can = not is_new and not is_gone(before, after) and restoring(kind, self._about[1], name, before) is not None
        old, new = step_words(name, before, after, now, self._names, is_new=is_new)
        return Step(
            field=name, name=field_word(name), before=old, after=new, was=field_words(name, before, now, self._names),
            who=who, what=what, when=moment_text(moment_from_us(at_us), now), value=before, can_restore=can,
        )  # fmt: skip

    def _add(self, steps: Iterable[Step]) -> None:
        self.steps.set(tuple(steps))
        if not self.field:
            names = {step.field: _of_all(step) for step in self.steps.value if step.field}
            self.fields.set(tuple(sorted(names.items(), key=lambda each: each[1])))

    async def restore(self, step: Step) -> None:
        """Make the field hold its old value again: a change like any other, and a new step of the history."""
        if self._about is None:
            return
        kind, record_id = self._about
        command = restoring(kind, record_id, step.field, step.value)
        if command is None:
            raise BadValue(field=step.name, value=step.was, hint="It can't be set by itself. Undo the act instead.")
        issued = await self._desk.run(command)
        await self._until_heard(issued.id)
        await self.load()

    async def _until_heard(self, command_id: UUID) -> None:
        """The server tells of it once it has heard of it, which takes a moment; without one, and for no longer, nobody waits."""
        for _ in range(MOST_LOOKS):
            acts = await self._source.acts(LATEST)
            is_waiting = any(act.command_id == command_id and act.state == "waiting" for act in acts)
            if not is_waiting or self._desk.connection.value.state != "live":
                return
            await asyncio.sleep(LOOK_S)


def _of_all(step: Step) -> str:
    """What the field is called where one is chosen: of numbers and addresses, all of them."""
    return field_word(REACHED_BY) if step.field == REACHED_BY else step.name
