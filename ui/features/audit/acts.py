"""What one did on this device, latest first, each with its way back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

from app.desk.acts import about_of, said_of
from app.desk.desk import Desk
from app.desk.elsewhere_acts import acts_of
from app.domain.audit.queries import AuditRow
from app.domain.conflicts.queries import names_of, standing
from app.kernel.columns import moment_from_us
from app.kernel.command import COMMANDS
from app.kernel.errors import NeedsServer, PatchbayError
from app.kernel.log import fields_to_json
from app.kernel.observable import Observable
from app.kernel.reader import Reader
from app.kernel.texts import text_for, text_of
from app.kernel.words import tr
from app.replica.acts import Act
from ui.features.acts import act_words, counted, undone_words
from ui.features.audit.words import FOLLOWS, NOBODY, changes_words, cut
from ui.features.when import moment_text

SHOWN, ROWS_SHOWN = 60, 150  # acts of this device, and rows of others, at a time
BY_ITSELF = frozenset({"conversation.mark_read", "call.log", "user.set_state"})  # nobody thinks of these as an act


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """An act in words. `why_not`: why there is no way back; "" when there is one."""

    id: UUID
    what: str
    detail: str
    when: str
    state: str
    why_not: str

    @property
    def sentence(self) -> str:
        """For those who cannot see it."""
        return ". ".join(part for part in (self.what, self.detail, self.when, self.state, self.why_not) if part)


class Acts(Protocol):
    """What this needs of the replica."""

    async def acts(self, limit: int, *, is_folded: bool = False) -> list[Act]:
        """The latest acts of this device."""


class FarActs(Protocol):
    """What this needs of the server."""

    async def acts(self, most: int) -> list[AuditRow]:
        """What one did on any device, so many rows; raises a `PatchbayError` when it cannot say."""


class ActsPanel:
    """Read anew after each change, and when the line comes or goes: what the server did only it can take back.

    `note` says how far the list reaches. `device` is this one: it knows its own acts better than the server.
    """

    def __init__(self, desk: Desk, source: Acts, far: FarActs | None = None, device: str = "") -> None:
        self.rows: Observable[tuple[Done, ...]] = Observable(())
        self.note: Observable[str] = Observable("")
        self.has_more: Observable[bool] = Observable(False)
        self._desk, self._source, self._far, self._device = desk, source, far, device
        self._elsewhere: list[Act] = []
        self._pages, self._is_more_far = 1, False
        self.stop = desk.connection.subscribe(lambda _: desk.tasks.start(self.refresh(), name="acts"))

    async def refresh(self) -> None:
        """Read them: first those of this device, then with what the server knows of others."""
        await self._show()
        await self._ask_elsewhere()
        await self._show()

    async def more(self) -> None:
        """Further back."""
        self._pages += 1
        await self.refresh()

    async def _ask_elsewhere(self) -> None:
        if self._far is None:
            return
        try:
            most = self._pages * ROWS_SHOWN
            rows = await self._far.acts(most)
            self._elsewhere, self._is_more_far = acts_of(rows, self._device), len(rows) >= most
            self.note.set(tr("On all your devices. Ctrl Z takes the latest of this one back."))
        except NeedsServer:
            self.note.set(tr("Only what you did on this device. For the rest the server is needed."))
        except PatchbayError as error:
            self.note.set(tr("Only what you did on this device. {0}").replace("{0}", text_of(error)))

    async def _show(self) -> None:
        limit = self._pages * SHOWN
        own = await self._source.acts(limit, is_folded=True)
        known = [*own, *self._elsewhere]
        found = [each for each in known if each.name not in BY_ITSELF]
        found.sort(key=lambda each: each.acted_us, reverse=True)
        told = await self._desk.read(lambda reader: [about_act(reader, each) for each in found])
        now, is_live = self._desk.now(), self._desk.connection.value.state == "live"
        elsewhere = {each.command_id for each in self._elsewhere}
        done = [
            done_of(act, about, now, is_live=is_live, is_elsewhere=act.command_id in elsewhere)
            for act, about in zip(found, told, strict=True)
        ]
        self.has_more.set(len(own) >= limit or self._is_more_far)
        self.rows.set(tuple(done))

    async def undo(self, command_id: UUID) -> str:
        """Take one back and say what came of it; raises the reason in words when something newer stands on it."""
        is_far = any(each.command_id == command_id for each in self._elsewhere)
        outcome = await self._desk.undo(command_id, is_far=is_far)
        await self.refresh()
        return undone_words(outcome)


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """Whom or what an act is about, and what the ids among its values stand for."""

    title: str = ""
    names: Mapping[str, str] = field(default_factory=dict)


def about_act(reader: Reader, act: Act) -> About:
    """As far as it is in sight."""
    record = _record_of(act)
    if act.count + act.refused > 1:
        return About(title=counted(record[0], act.count) if record is not None else f"{act.count:,}")
    title = standing(reader, *record).title if record is not None else ""
    values = [value for change in act.changes[:1] for pair in fields_to_json(change).values() for value in pair]
    return About(title=title, names=names_of(reader, values) if values else NOBODY)


def _record_of(act: Act) -> tuple[str, UUID] | None:
    """The record that its arguments name; else the first that it changed."""
    named = about_of(act.command)
    if named is not None:
        return named
    return (act.changes[0].kind, act.changes[0].record_id) if act.changes else None


def done_of(act: Act, about: About, now: datetime, *, is_live: bool = True, is_elsewhere: bool = False) -> Done:
    """An act in words: "Contact changed: Ana Silva", "job title: Buyer → Head of Buying"."""
    first = act.changes[0] if act.changes else None
    is_new = first is not None and first.operation == "insert"
    fields = {name: values for name, values in fields_to_json(first).items() if name not in FOLLOWS} if first else {}
    told = [each for each in changes_words(fields, now, about.names, is_new=is_new) if each[2] != about.title]
    detail = "; ".join(f"{field}: {before} → {after}" if before else f"{field}: {after}" for field, before, after in told[:2])
    detail = detail[:1].upper() + detail[1:]
    states = {"waiting": tr("waits for the server"), "rejected": tr("refused by the server")}
    if is_elsewhere:
        states["done"] = tr("on another device")
    what, state = act_words(act.name), tr("taken back") if act.is_undone else states.get(act.state, "")
    if act.refused and act.count + act.refused > 1:
        state = "; ".join(part for part in (state, tr("{0} refused by the server").replace("{0}", f"{act.refused:,}")) if part)
    return Done(
        id=act.command_id, what=f"{what}: {about.title}" if about.title else what, detail=cut(detail or said_of(act.command)),
        when=moment_text(moment_from_us(act.acted_us), now), state=state, why_not=_why_not(act, is_live=is_live),
    )  # fmt: skip


def _why_not(act: Act, *, is_live: bool) -> str:
    kind = COMMANDS.get(act.name)
    if act.is_undone:
        return tr("It was taken back.")
    if act.state == "rejected":
        return text_for(act.error, {}) if act.error else tr("It was refused.")
    if kind is not None and kind.no_undo:
        return tr(kind.no_undo)
    if act.is_far:
        return "" if is_live else tr("The server did it, and only the server can take it back: connect first.")
    return "" if act.changes else tr("It changed nothing.")
