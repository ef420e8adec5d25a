"""Sees every record that a session writes, and refuses every write that it could not see."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any, Literal
from uuid import UUID

import msgspec
from sqlalchemy import Connection, Engine, TextClause, event
from sqlalchemy.orm import ORMExecuteState, Session
from sqlalchemy.orm.attributes import instance_dict, instance_state
from sqlalchemy.orm.base import NO_VALUE

from app.kernel.errors import BypassesCapture
from app.kernel.record import KINDS, SYSTEM_FIELDS, Record, fields_of

Operation = Literal["insert", "update"]
READS = ("select",)  # not "with", which may end in a write


class Change(msgspec.Struct, kw_only=True):
    """What one command did to one record, net."""

    kind: str
    record_id: UUID
    operation: Operation
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}


class Past(msgspec.Struct, frozen=True, kw_only=True):
    """What an earlier command changed, as far as it is known here: its name, and who gave it."""

    verb: str = ""
    actor_id: UUID | None = None
    changes: tuple[Change, ...] = ()


@cache
def nothing_yet(kind: type[Record]) -> Mapping[str, None]:
    """What the fields of a new record held before."""
    return dict.fromkeys(fields_of(kind))


class Watch:
    """The changes of the command that is running, told apart from those of its neighbours in the batch."""

    def __init__(self, session: Session, before_write: Callable[[str, UUID], None] = lambda _kind, _id: None) -> None:
        self.session = session
        self._before_write = before_write  # the last moment at which the database still holds the old row
        self.fresh: dict[tuple[str, UUID], Record] = {}  # added, not yet flushed: `get` finds them without a flush
        self.absent: set[tuple[str, UUID]] = set()  # looked for already and not there: asking again would cost more than adding
        self.elsewhere: dict[UUID, int] | None = None  # record → last change by another device; nothing: it is not known
        self.changes: dict[Record, Change] = {}
        self._told: dict[Record, dict[str, Any]] = {}  # values of fields at the last look since the flush
        self._added: set[Record] = set()  # of those in session.new, the ones that some command has been told to have added
        self._held: dict[Record, None] = {}  # what the running command has in its hands, in order
        session.info["watch"] = self

    def begin(self) -> None:
        """The next command begins; only what it gets by `hold` can it change."""
        self.changes = {}
        self._held = {}

    def hold(self, record: Record) -> None:
        """The running command has the record in its hands."""
        self._held[record] = None

    def may_be_changed_elsewhere(self, record: Record, seen: int) -> bool:
        """Whether another device than the one that acts can have changed the record since; mostly it was this one itself."""
        return self.elsewhere is None or self.elsewhere.get(record.id, 0) > seen

    def look(self) -> dict[Record, Change]:
        """The changes of the running command so far; neither flushes nor forgets."""
        for record in self._held:
            state = instance_state(record)
            if state.key is None:  # new: nobody holds what the session does not
                self._look_at_new(record)
            elif state.modified:
                self._look_at(record, state.committed_state)
        return self.changes

    def _look_at_new(self, record: Record) -> None:
        """Each of its fields held nothing before; at the first look that is all there is to tell."""
        change = self._change_of(record)
        if change.after or record in self._told:
            self._look_at(record, nothing_yet(type(record)))
            return
        held = instance_dict(record)
        change.after = {field: held[field] for field in nothing_yet(type(record)) if held[field] is not None}
        change.before = dict.fromkeys(change.after)
        self._told[record] = change.after.copy()

    def _look_at(self, record: Record, originals: Mapping[str, Any]) -> None:
        held, told = instance_dict(record), self._told.setdefault(record, {})
        for field, original in originals.items():
            if field in SYSTEM_FIELDS:
                continue
            now = held[field] if field in held else getattr(record, field)
            before = told.get(field, original)
            if before is NO_VALUE:
                raise BypassesCapture(f"{record.__tablename__}.{field} was set without being loaded")
            if before != now:
                change = self._change_of(record)
                change.before.setdefault(field, before)
                change.after[field] = told[field] = now

    def _change_of(self, record: Record) -> Change:
        change = self.changes.get(record)
        if change is None:
            key = (record.__tablename__, record.id)
            is_new = instance_state(record).key is None and record not in self._added
            if is_new:
                self._added.add(record)
            change = Change(kind=key[0], record_id=key[1], operation="insert" if is_new else "update")
            self.changes[record] = change
        return change

    def net(self) -> dict[Record, Change]:
        """The changes of the finished command without those that came to nothing."""
        kept = {}
        for record, change in self.look().items():
            before = change.before
            for field in [field for field, value in change.after.items() if before[field] == value]:
                del change.before[field], change.after[field]
            if change.after or change.operation == "insert":
                kept[record] = change
        return kept

    def before_flush(self, session: Session) -> None:
        if any(isinstance(record, Record) for record in session.deleted):
            raise BypassesCapture("records are never deleted; they get a deleted_at")
        for change in self.look().values():
            self._before_write(change.kind, change.record_id)
        self._check_all_told()
        self._settle()
        session.connection().info["may_write"] = True

    def _check_all_told(self) -> None:
        """What a flush is about to write was told of by the command that had the record."""
        for record in self.session.new:
            if isinstance(record, Record) and record not in self._added:
                raise BypassesCapture(f"{record.__tablename__} was added by nobody that could be told")
        for record in self.session.dirty:
            if isinstance(record, Record) and record not in self._held:
                self._check_told(record)

    def _check_told(self, record: Record) -> None:
        for field, original in instance_state(record).committed_state.items():
            if field not in SYSTEM_FIELDS and getattr(record, field) != self._told.get(record, {}).get(field, original):
                raise BypassesCapture(f"{record.__tablename__}.{field} was set by a command that had not asked for the record")

    def _settle(self) -> None:
        self._told.clear()
        self._added.clear()
        self.fresh.clear()

    def forget(self) -> None:
        self._settle()
        self.changes = {}


def set_beside(record: Record, values: dict[str, Any]) -> None:
    """Fields of a record that is written anyway, past the attributes, which would note each; what it held is noted here."""
    state, held = instance_state(record), instance_dict(record)
    if state.key is not None:
        if not state.modified or not values.keys() <= held.keys():  # flushed since, or to be read again: it must be noted
            for field, value in values.items():
                setattr(record, field, value)
            return
        noted = state.committed_state
        for field in values:
            if field not in noted:
                noted[field] = held[field]
    held.update(values)


class WatchedSession(Session):
    """The only kind of session that handlers' records live in; its listeners are registered once, not once a session."""


@event.listens_for(WatchedSession, "before_flush")
def _(session: Session, *_: Any) -> None:
    session.info["watch"].before_flush(session)


@event.listens_for(WatchedSession, "after_flush")
def _(session: Session, *_: Any) -> None:
    session.connection().info["may_write"] = False


@event.listens_for(WatchedSession, "after_soft_rollback")
def _(session: Session, *_: Any) -> None:
    if (watch := session.info.get("watch")) is not None:  # there is none yet where the database could not be reached
        watch.forget()


@event.listens_for(WatchedSession, "do_orm_execute")
def _refuse_bulk(state: ORMExecuteState) -> None:
    if not (state.is_select or isinstance(state.statement, TextClause)) and _writes_records(state.statement):
        raise BypassesCapture("bulk statement")


def _writes_records(statement: Any) -> bool:
    table = getattr(statement, "table", None)
    return table is not None and table.name in KINDS


def fence(engine: Engine) -> None:
    """Refuse on this engine every write to a record's table that does not come from a watched flush."""
    event.listen(engine, "before_execute", _refuse_unwatched)


def _refuse_unwatched(connection: Connection, statement: Any, *_: Any) -> None:
    if connection.info.get("may_write"):
        return
    if isinstance(statement, TextClause):
        if not statement.text.lstrip().lower().startswith(READS):
            raise BypassesCapture(statement.text[:60])
    elif getattr(statement, "is_dml", False) and _writes_records(statement):
        raise BypassesCapture(str(statement)[:60])


@contextmanager
def unfenced(session: Session | Connection) -> Iterator[Connection]:
    """For the kernel's own tables, for rows that come from the server, and for purging what everybody has forgotten."""
    connection = session.connection() if isinstance(session, Session) else session
    before = connection.info.get("may_write", False)
    connection.info["may_write"] = True
    try:
        yield connection
    finally:
        connection.info["may_write"] = before
