"""The desk: what every screen works through. Reads and commands go to the replica; sync goes on by itself."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from app.desk.bulk import Bulk, Outcome
from app.domain.tenants.queries import WorkspaceCard, workspace
from app.domain.tenants.recording import RecordingRules
from app.domain.users.queries import UserCard, user
from app.kernel.clock import ServerClock
from app.kernel.command import COMMANDS, Command, Issued
from app.kernel.errors import NeedsServer, NotHere, Refused
from app.kernel.observable import Observable, Unsubscribe
from app.kernel.permissions import Actor
from app.kernel.reader import Reader
from app.kernel.tasks import TaskRunner
from app.kernel.undo import NothingToUndo, Undo
from app.replica.acts import Act
from app.replica.changed import Changed

T = TypeVar("T")
MOST_UNDO = 100
SIGHT = frozenset({"role", "role_grant", "team", "team_member"})  # who may see what changed: every screen reads again
BY_ITSELF = frozenset({"undo", "conversation.mark_read"})  # nobody wants these back by pressing a key


class Copy(Protocol):
    """What the desk needs of the replica."""

    async def run(self, command: Command) -> Issued:
        """Carry a command out here and now, and queue it for the server."""

    async def read(self, question: Callable[[Reader], T]) -> T:
        """Ask the replica something."""

    async def run_many(self, commands: Sequence[Command], group: UUID) -> list[Issued | Refused]:
        """Do each that can be done."""

    async def members(self, group: UUID) -> list[UUID]:
        """The commands of a group, latest first."""

    async def acts(self, limit: int, *, is_folded: bool = False) -> list[Act]:
        """What was done on this device, latest first."""

    def subscribe(self, listener: Callable[[Changed], None]) -> Unsubscribe:
        """Hear which kinds changed, after each commit, on the event loop."""


class Answered(Protocol):
    """What the server says to a command that it has carried out."""

    @property
    def command_id(self) -> UUID: ...


async def _nowhere(_command: Command) -> Answered:
    raise NeedsServer


class Connection(msgspec.Struct, frozen=True, kw_only=True):
    """How fresh what is on the screen is. `state`: offline, connecting, catching_up, live."""

    state: str = "connecting"
    as_of: datetime | None = None
    waiting: int = 0
    needs_person: int = 0
    done: int = 0
    todo: int = 0
    next_try_s: float | None = None
    problem: str = ""


class Desk:
    """One person at work on this device."""

    def __init__(
        self, copy: Copy, *, user_id: UUID, tenant_id: UUID, clock: ServerClock, tasks: TaskRunner,
        ask: Callable[[Command], Awaitable[Answered]] = _nowhere,
    ) -> None:  # fmt: skip
        self.user_id, self.tenant_id, self.clock, self.tasks = user_id, tenant_id, clock, tasks
        self.me: Observable[UserCard | None] = Observable(None)
        self.workspace: Observable[WorkspaceCard | None] = Observable(None)
        self.connection: Observable[Connection] = Observable(Connection())
        self.last_acts: Observable[tuple[UUID, ...]] = Observable(())
        self.on_opened: Callable[[str, UUID], None] = lambda _kind, _record_id: None  # told of records that are watched
        self._copy, self._ask = copy, ask
        self.bulk = Bulk(copy)
        self._actor: Actor | None = None
        self._asked: set[UUID] = set()  # commands that the server carried out and this device does not know
        self._stop = self.on_changed({"user", "workspace"}, lambda: tasks.start(self.refresh(), name="desk"))

    async def refresh(self) -> None:
        """Learn again who one is and where; before the first pull nothing is known."""

        def all_of_it(reader: Reader) -> tuple[UserCard | None, WorkspaceCard | None, Actor]:
            try:
                return user(reader, self.user_id), workspace(reader), reader.actor
            except NotHere:
                return None, None, reader.actor

        me, place, self._actor = await self.read(all_of_it)
        self.me.set(me)
        self.workspace.set(place)

    def may(self, permission: str) -> bool:
        """Whether the person has a right at all, as far as this device knows: what nobody may do is not offered."""
        return self._actor is not None and self._actor.may(permission)

    def hides(self, kind: str, field: str) -> bool:
        """Whether the person's roles hide a field from them."""
        return self._actor is not None and field in self._actor.hidden(kind)

    def may_tag(self, kind: str, *, is_locked: bool = False) -> bool:
        """Whether tags of such records are theirs to change."""
        may_edit = self.may(f"{kind}:edit") and (not is_locked or self.may(f"{kind}:lock"))
        return self._actor is not None and may_edit and "tags" not in self._actor.unwritable(kind)

    def opened(self, kind: str, record_id: UUID) -> None:
        """Somebody has this record before them; told at once, and nobody waits for what follows from it."""
        place = self.workspace.value
        if place is not None and kind in place.watched:
            self.on_opened(kind, record_id)

    async def run(self, command: Command) -> Issued:
        """Do it now, offline too; raises a `PatchbayError` and changes nothing when it cannot be done."""
        issued = await self._copy.run(command)
        self._remember(command, issued.id)
        return issued

    async def run_many(self, commands: Sequence[Command]) -> Outcome:
        """Do each for itself, offline too, as one act that is taken back at once."""
        return await self.bulk.run(commands, self._remember_group)

    def _remember_group(self, group: UUID) -> None:
        self.last_acts.set((*self.last_acts.value, group)[-MOST_UNDO:])

    async def ask(self, command: Command) -> None:
        """Have the server do what does not run offline; raises what it refuses with, and `NeedsServer` when it is away.

        What follows is seen here once it has been pulled, which begins at once.
        """
        if self.connection.value.state != "live":
            raise NeedsServer
        done = await self._ask(command)
        self._asked.add(done.command_id)
        self._remember(command, done.command_id)

    def _remember(self, command: Command, command_id: UUID) -> None:
        if command.verb not in BY_ITSELF and not command.no_undo:
            self.last_acts.set((*self.last_acts.value, command_id)[-MOST_UNDO:])

    async def read(self, fn: Callable[[Reader], T]) -> T:
        """Ask the replica something; the answer is as fresh as `connection` says."""
        return await self._copy.read(fn)

    async def undo(self, command_id: UUID | None = None, *, is_far: bool = False) -> Outcome | None:
        """Take the last act back, or another one; raises a `PatchbayError` when something newer stands on it.

        `is_far`: it was done on another device, and only the server can.
        Of an act on many records what can be taken back is; the outcome names the rest.
        """
        if command_id is None and not self.last_acts.value:
            raise NothingToUndo
        wanted = command_id or self.last_acts.value[-1]
        outcome = await self.bulk.undo(wanted)
        if outcome is None:
            await self._take_back(wanted, is_far=is_far or wanted in self._asked)
        if outcome is None or not outcome.left:
            self.last_acts.set(tuple(each for each in self.last_acts.value if each != wanted))
        return outcome

    async def _take_back(self, command_id: UUID, *, is_far: bool) -> None:
        """Here, unless the server did it or all of what it changed is not on this device."""
        command = Undo(command_id=command_id)
        if is_far:
            await self._ask(command)
            return
        try:
            await self._copy.run(command)
        except NotHere:
            if self.connection.value.state != "live":
                raise
            await self._ask(command)

    async def remember_acts(self) -> None:
        """What was done before the console was started can be taken back too."""
        known = await self._copy.acts(MOST_UNDO, is_folded=True)
        self._asked |= {act.command_id for act in known if act.is_far}
        found = [
            act.command_id
            for act in known
            if act.name not in BY_ITSELF and _can_undo(act) and act.command_id not in self.last_acts.value
        ]
        self.last_acts.set((*reversed(found), *self.last_acts.value)[-MOST_UNDO:])

    def forget_acts(self, command_ids: Iterable[UUID]) -> None:
        """These were withdrawn: there is nothing of them to take back."""
        gone = frozenset(command_ids)
        self.last_acts.set(tuple(each for each in self.last_acts.value if each not in gone))

    def on_changed(
        self, kinds: set[str], hear: Callable[[], object], *, only: Callable[[], Mapping[str, UUID | None]] = dict
    ) -> Unsubscribe:
        """Hear of each commit that touched one of the kinds, a person's own or one that came from the server.

        `only`: of these kinds no other record than this one concerns who listens.
        """

        wanted = kinds | SIGHT

        def told(changed: Changed) -> None:
            touched, own = changed.kinds & wanted, only()
            if touched - own.keys() or (touched and (changed.ids is None or not changed.ids.isdisjoint(own.values()))):
                hear()

        return self._copy.subscribe(told)

    @property
    def country(self) -> str:
        """How national phone numbers are read here (ISO 3166)."""
        place = self.workspace.value
        return place.country if place else ""

    @property
    def recording(self) -> RecordingRules:
        """How calls that begin now are recorded."""
        place = self.workspace.value
        return place.recording if place else RecordingRules(incoming="never", outgoing="never")

    @property
    def zone(self) -> ZoneInfo:
        """The person's time zone; UTC while it is not known."""
        me = self.me.value
        try:
            return ZoneInfo(me.time_zone if me else "UTC")
        except (ZoneInfoNotFoundError, ValueError):
            return ZoneInfo("UTC")

    def now(self) -> datetime:
        """The server's time, in the person's zone."""
        return self.clock.now().astimezone(self.zone)

    def close(self) -> None:
        """Hear no more."""
        self._stop()


def _can_undo(act: Act) -> bool:
    kind = COMMANDS.get(act.name)
    is_known = kind is not None and not kind.no_undo
    return is_known and (bool(act.changes) or act.is_far) and not act.is_undone and act.state != "rejected"
