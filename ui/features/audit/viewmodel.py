"""The audit as a screen shows it: asked of the server, filtered, page by page; and written into a file."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

from app.desk.archive import Archive
from app.desk.desk import Desk
from app.desk.exporting import form_of, write_out
from app.desk.halves import Halves
from app.desk.wording import field_of
from app.domain.audit.queries import AuditRow
from app.domain.tenants.commands import KeepAudit, WatchReading
from app.domain.tenants.queries import WorkspaceCard
from app.domain.tenants.rules import WATCHABLE
from app.domain.users.queries import users
from app.kernel.command import COMMANDS
from app.kernel.errors import NeedsServer, NotAllowed, PatchbayError
from app.kernel.observable import Observable
from app.kernel.texts import text_of
from app.kernel.words import tr
from ui.features.acts import act_words
from ui.features.audit.lines import Known, Line, given, known_of, line_of, without_echoes

State = Literal["unasked", "loading", "shown", "empty", "needs_server", "refused", "failed"]
MOST_ASKED = 10  # questions about a page
SPANS = {"": None, "day": timedelta(days=1), "week": timedelta(days=7), "month": timedelta(days=31), "year": timedelta(days=366)}
KINDS = (
    "contact", "account", "conversation", "message", "note", "task", "call", "user", "team", "role", "role_grant", "workspace",
    "audit",
)  # fmt: skip
EVENTS = (  # what is told of and is no command
    "sign_in", "sign_in.refused", "session.end", "device.revoke", "password.change", "record.open", "audit.export", "audit.cut",
    "audit.emptied", "device.confirm", "job.replay", "inbox.add", "contact.export", "account.export", "conversation.export",
    "call.export", "password_code.make", "password_code.use", "password_code.refused", "password_code.cancel",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What is asked for; "" is everything."""

    actor_id: str = ""
    kind: str = ""
    operation: str = ""
    field: str = ""
    record_id: str = ""
    verb: str = ""
    device: str = ""
    address: str = ""
    span: str = "week"
    about: str = ""  # what the record is called, where only its rows are shown


class AuditPanel:
    """`lines` grow with `more`; `state` says why there are none."""

    def __init__(self, desk: Desk, archive: Archive, halves: Halves) -> None:
        self.filters: Observable[Filters] = Observable(Filters())
        self.lines: Observable[tuple[Line, ...]] = Observable(())
        self.state: Observable[State] = Observable("unasked")
        self.has_more: Observable[bool] = Observable(False)
        self.exporting: Observable[str] = Observable("")
        self.people: Observable[tuple[tuple[str, str], ...]] = Observable(())
        self.kept_days: Observable[int | None] = Observable(None)  # nothing: for ever
        self.watched: Observable[tuple[str, ...]] = Observable(())  # kinds of which is told who opened them
        self.problem = ""
        self._desk, self._archive, self._halves = desk, archive, halves
        self._stop = desk.workspace.subscribe(self._settle)
        self._next: str | None = None
        self._turn = 0  # of the question: an answer to an older one is not shown

    async def open(self) -> None:
        """Who there is to choose from, and the first page."""
        self._settle(self._desk.workspace.value)
        found = await self._desk.read(users)
        self.people.set(tuple((str(each.id), each.name) for each in found))
        await self.load()

    def _settle(self, place: WorkspaceCard | None) -> None:
        self.kept_days.set(place.audit_days if place else None)
        self.watched.set(tuple(place.watched) if place else ())

    @property
    def can_watch(self) -> bool:
        """Whether the person says of which records is told who opened them."""
        return self._desk.may("audit:watch")

    async def watch(self, kind: str, *, is_on: bool) -> None:
        """Tell of records of this kind who opens them, or no longer."""
        kinds = tuple(each for each in WATCHABLE if (is_on if each == kind else each in self.watched.value))
        await self._desk.ask(WatchReading(kinds=kinds))
        self.watched.set(kinds)

    @property
    def can_keep(self) -> bool:
        """Whether the person says for how long the audit is kept."""
        return self._desk.may("audit:retention")

    async def keep(self, days: int | None) -> None:
        """Keep it for so many days; nothing: for ever. What is older is cut off for good."""
        await self._desk.ask(KeepAudit(days=days))
        self.kept_days.set(days)

    def close(self) -> None:
        """Hear no more."""
        self._stop()

    async def choose(self, **changes: str) -> None:
        """Ask for something else."""
        self.filters.set(replace(self.filters.value, **changes))
        await self.load()

    async def load(self) -> None:
        """The first page."""
        self._turn += 1
        self._next = None
        self.state.set("loading")
        await self._fetch(self._turn, [])

    async def more(self) -> None:
        """The next page, below."""
        if self._next is not None:
            await self._fetch(self._turn, list(self.lines.value))

    async def _fetch(self, turn: int, before: list[Line]) -> None:
        try:
            page = await self._archive.audit(self._wanted(), self._next)
            known = await self._known(page.rows)
        except PatchbayError as error:
            if turn == self._turn:
                self._fail(error)
            return
        if turn != self._turn:
            return
        now = self._desk.now()
        self._next = page.next
        self.lines.set((*before, *(line_of(row, now, known) for row in without_echoes(page.rows))))
        self.has_more.set(page.next is not None)
        self.state.set("shown" if self.lines.value else "empty")

    async def _known(self, rows: Sequence[AuditRow]) -> Known:
        first = await self._first(rows)
        known = await self._desk.read(lambda reader: known_of(reader, rows, first))
        everybody = {str(self._desk.tenant_id): tr("everybody")}
        return replace(known, names={**dict(self.people.value), **known.names, **everybody})

    async def _first(self, rows: Sequence[AuditRow]) -> dict[UUID, dict[str, Any]]:
        """What shares were made with: they are known only to whom they concern, and a row says what changed alone."""
        asked = {row.record_id for row in rows if row.kind == "share" and row.operation == "update" and row.content is None}
        found: dict[UUID, dict[str, Any]] = {}
        for record_id in sorted(asked)[:MOST_ASKED]:
            page = await self._archive.audit({"record_id": record_id, "operation": "insert"})
            found |= {row.record_id: given(row) for row in page.rows}
        return found

    def _fail(self, error: PatchbayError) -> None:
        self.problem = text_of(error)
        self.lines.set(())
        self.has_more.set(False)
        self.state.set(
            "needs_server" if isinstance(error, NeedsServer) else "refused" if isinstance(error, NotAllowed) else "failed"
        )

    def _wanted(self) -> dict[str, Any]:
        chosen = self.filters.value
        plain = ("actor_id", "kind", "operation", "record_id", "verb", "device", "address")
        asked = {name: getattr(chosen, name) for name in plain}
        span, field = SPANS[chosen.span], field_of(chosen.field) if chosen.field.strip() else ""
        return {**asked, "field": field, "since": self._desk.clock.now() - span if span else None}

    async def export(self, path: Path) -> str:
        """Write all that is asked for into a file, CSV or JSON by its name; says how much it was."""
        pieces = self._archive.export(self._wanted(), form_of(path))
        return await write_out(pieces, path, self.exporting.set, self._halves)


def verbs() -> list[tuple[str, str]]:
    """Everything that can be asked for by what was done, with its words."""
    return sorted(((verb, act_words(verb)) for verb in {*COMMANDS, *EVENTS}), key=lambda each: each[1].lower())
