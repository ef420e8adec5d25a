"""Commands that share a transaction, a flush and a range of change numbers."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Select, bindparam, func, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import instance_dict

from app.domain.roles.actors import ACTOR_KINDS, USER_FIELDS
from app.kernel.command import FORESEEN, Issued
from app.kernel.errors import DependsOnRejected, Refused
from app.kernel.journal import Journal
from app.kernel.log import CHANGES, Audit, CommandLog, Conflict, Tenant, change_from_json
from app.kernel.permissions import Actor, Keys
from app.kernel.record import KEY_FIELDS, KINDS, SCOPE_FIELDS, Record, Root
from app.kernel.trail import Trail
from app.kernel.watch import Change, Past, Watch
from app.kernel.work import UnitOfWork
from app.protocol.envelopes import Outcome
from server.database.answers import answered, log_row, save_head
from server.database.breaker import Breaker

OWNERSHIP = ("owner_id", "team_id", "territory_id", "share_count")  # of a root: whose sight it is in
SCOPING_KINDS = frozenset({"device_scope", "pin"})  # what server.sync.scope reads
ELSEWHERE = (
    select(Audit.record_id, func.max(Audit.version).label("version"))
    .where(
        Audit.tenant_id == bindparam("tenant"), Audit.record_id.in_(bindparam("ids", expanding=True)),
        Audit.version > bindparam("since"), Audit.device != bindparam("device"), Audit.operation.in_(CHANGES),
    )
    .group_by(Audit.record_id)
)  # fmt: skip
SLEPT = select(Tenant.slept).where(Tenant.id == bindparam("tenant"))

Indexer = Callable[[Connection, UUID, Mapping[str, set[UUID]]], None]  # makes what was written be found


@dataclass(frozen=True, slots=True)
class Row:
    """A row as it travels, and what says who sees it: its root's keys, id and last change."""

    kind: str
    values: Sequence[Any]
    keys: frozenset[bytes]
    root: bytes
    root_version: int
    is_shared: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Committed:
    """What a commit was about: enough to say who must hear of it."""

    tenant_id: UUID
    from_version: int
    to_version: int
    kinds: frozenset[str]
    keys: Keys  # of all roots concerned, before and after
    roots: Keys = frozenset()  # their ids
    is_scope_changed: bool  # something moved from one sight to another
    is_woken: bool = False  # a root changed that may have left devices which keep only what is recent
    is_actor_changed: bool  # somebody's keys or rights may have changed
    has_effects: bool  # jobs were written
    is_ours: bool = True  # this process's; another has told of it otherwise
    process: str = ""  # which process that was; nothing: this one, or one that could not say so
    rows: tuple[Row, ...] | None = None  # what it changed, as it left it; nothing: whoever wants to know has to look
    sealed: bytes = b""  # the rows on their way between processes


class Batch:
    """One transaction's commands, carried out one after the other."""

    def __init__(
        self,
        session: Session,
        tenant_id: UUID,
        actor_of: Callable[[UUID], Actor],
        trail: Trail,
        breaker: Breaker,
        index: Indexer | None = None,
    ) -> None:
        self.kinds: set[str] = set()
        self.keys: set[UUID] = set()
        self.roots: set[UUID] = set()
        self.is_woken = False
        self.is_scope_changed = False
        self.is_actor_changed = False
        self.has_effects = False
        self._session, self._tenant_id, self._find_actor = session, tenant_id, actor_of
        self._connection = session.connection()  # looked for once: each time it takes as long as half a statement
        self._watch, self._journal, self._breaker = Watch(session), Journal(trail), breaker
        self._actors: dict[UUID, Actor] = {}
        self._known: dict[UUID, Outcome] = {}
        self._held: list[Record | None] = []
        self._done: list[tuple[UnitOfWork, dict[Record, Change]]] = []
        self._owned: dict[Root, tuple[Any, ...]] = {}  # of the roots that were told of
        self._index, self._touched = index, defaultdict[str, set[UUID]](set)

    def prepare(self, batch: Sequence[Issued]) -> None:
        """What was answered before, and one query a kind for what the commands name; held, so that it is not collected."""
        self._known = answered(self._connection, self._tenant_id, batch)
        self._prepare_seen(batch)
        named: dict[str, set[UUID]] = {}
        for issued in batch:
            for kind, record_id in _names(self._tenant_id, issued):
                named.setdefault(kind, set()).add(record_id)
        for kind, ids in named.items():
            found = self._session.scalars(named_records(KINDS[kind]), {"tenant": self._tenant_id, "ids": list(ids)}).all()
            self._watch.absent |= {(kind, each) for each in ids.difference(record.id for record in found)}
            self._held += found

    def _prepare_seen(self, batch: Sequence[Issued]) -> None:
        """What other devices changed since the actor looked: one question for a whole push, which comes from one device."""
        seen = {record_id: version for issued in batch for record_id, version in issued.seen.items()}
        if not seen or len({issued.device for issued in batch}) > 1:
            return
        asked = {"tenant": self._tenant_id, "device": batch[0].device, "ids": list(seen), "since": min(seen.values())}
        found = self._connection.execute(ELSEWHERE, asked).all()
        self._watch.elsewhere = {row.record_id: row.version for row in found}

    def carry_out(self, issued: Issued, version: int) -> Outcome:
        """The first answer again, or the command done as this change; raises `Refused`."""
        if issued.id not in self._known:
            self._known[issued.id] = self._run(issued, version)
        return self._known[issued.id]

    def write(self) -> None:
        """Records first, then what the kernel tells of them."""
        self._session.flush()
        for work, changes in self._done:
            self._tell_of(work, changes)
        self._journal.write(self._connection)
        if self._touched and self._index is not None:
            self._index(self._connection, self._tenant_id, self._touched)
        save_head(self._connection, self._journal.trail)
        self._breaker.write()

    def _run(self, issued: Issued, version: int) -> Outcome:
        if any(self._known[need].status == "rejected" for need in issued.needs if need in self._known):
            raise DependsOnRejected
        work = UnitOfWork(
            self._watch,
            self._tenant_id,
            issued,
            self._actor(issued.actor_id),
            self._past,
            journal=self._journal,
            actor_of=self._actor,
        )
        changes = work.run()
        self._breaker.count(issued, changes.values())
        self._wake(changes, version)
        work.seal(changes, version)
        self._tell(work, changes)
        self.has_effects = self.has_effects or work.has_effects
        outcome = Outcome(command_id=issued.id, version=version, status="merged" if work.lost else "applied", lost=work.lost)
        self._journal.add(CommandLog, **log_row(self._tenant_id, issued, outcome))
        return outcome

    def _actor(self, user_id: UUID) -> Actor:
        actor = self._actors.get(user_id)
        if actor is None:
            actor = self._actors[user_id] = self._find_actor(user_id)
        return actor

    def _past(self, command_id: UUID) -> Past:
        self._journal.write(self._connection)
        mine = (Audit.tenant_id == self._tenant_id, Audit.command_id == command_id, Audit.operation.in_(CHANGES))
        rows = self._session.scalars(select(Audit).where(*mine).order_by(Audit.seq)).all()
        if not rows:
            return Past()
        changes = tuple(change_from_json(row.kind, row.record_id, row.operation, row.fields) for row in rows)
        return Past(verb=rows[0].verb, actor_id=rows[0].actor_id, changes=changes)

    def _wake(self, changes: dict[Record, Change], version: int) -> None:
        """What is below a root that slept is told again with it: it may not be on every device any more."""
        for record, change in changes.items():
            if record.__recent__ and isinstance(record, Root) and change.operation == "update" and record.version <= self._slept:
                record.scope_version = version
                self.is_woken = True

    @cached_property
    def _slept(self) -> int:
        return self._connection.execute(SLEPT, {"tenant": self._tenant_id}).scalar_one()

    def _tell(self, work: UnitOfWork, changes: dict[Record, Change]) -> None:
        """What the next command must know at once; the rest waits for the end, where all of it takes half of the time."""
        self._done.append((work, changes))
        for record, change in changes.items():
            if not isinstance(record, Root):
                self._held.append(work.root_of(record))  # it is at hand now
            if change.kind in ACTOR_KINDS and _concerns_actors(change):
                self._tell_actors()

    def _tell_of(self, work: UnitOfWork, changes: dict[Record, Change]) -> None:
        for record, change in changes.items():
            kind, is_new = change.kind, change.operation == "insert"
            self.kinds.add(kind)
            if is_new or not _found_by(kind).isdisjoint(change.after):
                self._touched[kind].add(change.record_id)
            root = work.root_of(record)
            if root is None:
                self.is_scope_changed = True  # nobody can say who sees it
                continue
            self._tell_root(work, root)
            if kind in SCOPING_KINDS:
                self.is_scope_changed = True
            if record is root and not is_new and not SCOPE_FIELDS.isdisjoint(change.after):
                self.is_scope_changed = True
                self.keys |= {change.before[field] for field in KEY_FIELDS & change.before.keys()} - {None}
        if work.conflicts:
            self.kinds.add(Conflict.__tablename__)
            self.keys |= {conflict.owner_id for conflict in work.conflicts if conflict.owner_id}

    def _tell_root(self, work: UnitOfWork, root: Root) -> None:
        """Once, and again when whose it is has changed."""
        held = instance_dict(root)  # past the attributes, each of which costs as much as all of this; it was written just now
        owned = tuple(map(held.get, OWNERSHIP))
        if self._owned.get(root) == owned and owned[-1] == 0:
            return
        self._owned[root] = owned
        self.keys |= {key for key in owned[:-1] if key} if owned[-1] == 0 else work.keys_of(root)
        self.roots.add(root.id)

    def _tell_actors(self) -> None:
        """The next command's actor is read from the tables."""
        self.is_actor_changed = True
        self._session.flush()
        self._actors.clear()


def _concerns_actors(change: Change) -> bool:
    return change.kind != "user" or change.operation == "insert" or not USER_FIELDS.isdisjoint(change.after)


@cache
def _found_by(kind: str) -> frozenset[str]:
    said = KINDS[kind].__searched__
    return frozenset() if said is None else said.fields


def _names(tenant_id: UUID, issued: Issued) -> list[tuple[str, UUID]]:
    try:
        command = issued.command
        foreseen = FORESEEN.get(type(command), lambda *_: ())(tenant_id, command)
        return [*((mark.kind, record_id) for mark, record_id in command.names()), *foreseen]
    except Refused:
        return []  # it is refused in its turn


@cache
def named_records(kind: type[Record]) -> Select[Any]:
    """Those of a kind with these ids."""
    return select(kind).where(kind.tenant_id == bindparam("tenant"), kind.id.in_(bindparam("ids", expanding=True)))
