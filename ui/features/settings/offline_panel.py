"""What this device keeps when there is no network: its rules with the size before and after, and the pins; without Qt."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol
from uuid import UUID

from app.desk.desk import Connection, Desk
from app.desk.files import Files
from app.desk.wording import kind_word
from app.domain.conflicts.queries import standing
from app.domain.scopes.commands import SetDeviceScope, UnpinRecord
from app.domain.scopes.queries import device_scopes, pins
from app.domain.teams.queries import teams
from app.domain.territories.queries import territories
from app.kernel.errors import NeedsServer
from app.kernel.observable import Observable
from app.kernel.permissions import Level
from app.kernel.reader import Reader
from app.kernel.tasks import Refresh
from app.kernel.words import tr
from app.protocol.ondemand import Rules, Size

SCOPED = ("contact", "account", "conversation", "call")  # kinds whose reach says which teams there are to choose from
SHOWN = ("contact", "account", "conversation", "message", "call", "note", "task")
NAMES = {
    "contact": "Contacts", "account": "Accounts", "conversation": "Conversations", "message": "Messages", "call": "Calls",
    "note": "Notes", "task": "Tasks", "rest": "All else",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupLine:
    """A team or a territory whose records can be kept here or left on the server."""

    id: UUID
    name: str
    is_team: bool
    is_kept: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PinLine:
    """A record that stays here whatever the rules say."""

    kind: str
    record_id: UUID
    device: str
    title: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeLine:
    """How many of a kind there are now, and would be."""

    name: str
    now: int
    after: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What it takes on the disk, and when the server was last heard."""

    file_bytes: int = 0
    cached_bytes: int = 0
    contact: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """The rules as they are drafted: `groups` that are kept unless `is_all`; `days` 0 is all."""

    is_all: bool = True
    groups: tuple[GroupLine, ...] = ()
    days: int = 0
    is_changed: bool = False

    @property
    def rules(self) -> Rules:
        """As the server is asked."""
        return Rules(groups=None if self.is_all else [each.id for each in self.groups if each.is_kept], days=self.days)


class Copy(Protocol):
    """What this needs of the replica."""

    device: str

    async def size(self) -> Size:
        """How much of each kind is here."""

    async def file_bytes(self) -> int:
        """How much room the file takes."""


class Line(Protocol):
    """What this needs of the sync."""

    async def size_under(self, rules: Rules) -> Size:
        """How much this device would hold; raises `NeedsServer`."""


class OfflinePanel:
    """`keeping` is what is drafted; nothing changes before `apply`."""

    def __init__(self, desk: Desk, copy: Copy, line: Line, files: Files) -> None:
        self.keeping: Observable[Keeping] = Observable(Keeping())
        self.sizes: Observable[tuple[Size | None, Size | None]] = Observable((None, None))  # now, after the change
        self.problem: Observable[str] = Observable("")
        self.pins: Observable[tuple[PinLine, ...]] = Observable(())
        self.room: Observable[Room] = Observable(Room())
        self._desk, self._copy, self._line, self._files = desk, copy, line, files
        self._measuring = Refresh(desk.tasks, self._measure, name="size of offline data")
        self._refreshing = Refresh(desk.tasks, self.refresh, name="offline data")
        self._is_shown, self._line_state = False, ""
        self._stops = [desk.on_changed({"device_scope", "pin"}, lambda: self._if_shown(self._refreshing))]
        self._stops.append(desk.on_changed(set(SHOWN), lambda: self._if_shown(self._measuring)))
        self._stops.append(desk.connection.subscribe(self._line_changed))

    def show(self, *, is_shown: bool) -> None:
        """Counting all that is here takes time: it is done only while somebody looks at it."""
        self._is_shown = is_shown
        self._if_shown(self._refreshing)

    def _if_shown(self, work: Refresh) -> None:
        if self._is_shown:
            work.ask()

    def _line_changed(self, connection: Connection) -> None:
        """The server can be asked now, or can't any more."""
        if connection.state != self._line_state:
            self._line_state = connection.state
            self._if_shown(self._measuring)

    async def refresh(self) -> None:
        """Read the rules and the pins again; a draft that was begun stays."""
        device = self._copy.device
        kept, pinned = await self._desk.read(lambda reader: (_keeping(reader, device), _pins(reader, device)))
        if not self.keeping.value.is_changed:
            self.keeping.set(kept)
        self.pins.set(pinned)
        self._measuring.ask()

    async def _measure(self) -> None:
        draft = self.keeping.value
        now = await self._copy.size()
        self.room.set(
            Room(
                file_bytes=await self._copy.file_bytes(), cached_bytes=await self._files.kept_bytes(),
                contact=self._desk.connection.value.as_of,
            )
        )  # fmt: skip
        after, problem = None, ""
        if draft.is_changed:
            try:
                after = await self._line.size_under(draft.rules)
            except NeedsServer:
                problem = tr("How much that would be is known when the server answers. The change itself can be made now.")
        if draft == self.keeping.value:
            self.problem.set(problem)
            self.sizes.set((now, after))

    # ── the rules ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def keep_all(self, *, is_all: bool) -> None:
        """All that one may see, or what is chosen."""
        self._draft(replace(self.keeping.value, is_all=is_all))

    def keep_group(self, group_id: UUID, *, is_kept: bool) -> None:
        """A team's or a territory's records, or not."""
        groups = tuple(replace(each, is_kept=is_kept) if each.id == group_id else each for each in self.keeping.value.groups)
        self._draft(replace(self.keeping.value, groups=groups))

    def keep_days(self, days: int) -> None:
        """So many days of conversations and calls; 0: all."""
        self._draft(replace(self.keeping.value, days=days))

    def _draft(self, draft: Keeping) -> None:
        self.keeping.set(replace(draft, is_changed=True))
        self.sizes.set((self.sizes.value[0], None))
        self._measuring.ask()

    async def apply(self) -> None:
        """Keep that from now on: what is no longer kept leaves the file at the next contact."""
        rules = self.keeping.value.rules
        await self._desk.run(SetDeviceScope(device=self._copy.device, groups=rules.groups, days=rules.days))
        await self.put_back()

    async def put_back(self) -> None:
        """As it is."""
        self.keeping.set(replace(self.keeping.value, is_changed=False))
        await self.refresh()

    async def unpin(self, line: PinLine) -> None:
        """The rules say again whether it is here."""
        await self._desk.run(UnpinRecord(record_id=line.record_id, device=line.device))

    async def empty_files(self) -> None:
        """Files that can be fetched again leave this computer."""
        await self._files.empty()
        self._measuring.ask()

    def close(self) -> None:
        """Hear no more."""
        for stop in self._stops:
            stop()


def lines_of(now: Size | None, after: Size | None) -> list[SizeLine]:
    """Kind by kind; what nobody counts by its name is one line."""
    if now is None:
        return []

    def rows(size: Size | None, kind: str) -> int:
        found = size.kinds.get(kind) if size is not None else None
        return found.rows if found is not None else 0

    lines = [
        SizeLine(name=tr(NAMES[kind]), now=rows(now, kind), after=rows(after, kind) if after is not None else None)
        for kind in SHOWN
    ]
    rest = now.rows - sum(each.now for each in lines)
    rest_after = after.rows - sum(each.after or 0 for each in lines) if after is not None else None
    return [*lines, SizeLine(name=tr(NAMES["rest"]), now=rest, after=rest_after)]


def _keeping(reader: Reader, device: str) -> Keeping:
    scope = next((each for each in device_scopes(reader) if each.device == device), None)
    chosen = None if scope is None else scope.groups
    reach = max(reader.actor.access.read_level(kind) for kind in SCOPED)
    mine = None if reach is Level.ALL else reader.actor.team
    named = [(each.id, each.name, True) for each in teams(reader)] + [(each.id, each.name, False) for each in territories(reader)]
    groups = tuple(
        GroupLine(id=group_id, name=name, is_team=is_team, is_kept=chosen is None or group_id in chosen)
        for group_id, name, is_team in named
        if mine is None or group_id in mine
    )
    return Keeping(is_all=chosen is None, groups=groups, days=scope.days if scope is not None else 0)


def _pins(reader: Reader, device: str) -> tuple[PinLine, ...]:
    found = []
    for pin in pins(reader):
        if pin.device in {"", device}:
            about = standing(reader, pin.kind, pin.record_id)
            where = tr("on all your devices") if not pin.device else tr("on this device")
            word = kind_word(pin.kind)
            found.append(
                PinLine(
                    kind=pin.kind, record_id=pin.record_id, device=pin.device,
                    title=about.title or tr("Comes at the next contact"), detail=f"{word[:1].upper()}{word[1:]}, {where}",
                )
            )  # fmt: skip
    return tuple(sorted(found, key=lambda each: each.title))
