"""What the unit of work writes beside the records: the log of commands, the audit, conflicts, effects."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

import msgspec
from sqlalchemy import Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.columns import JsonText
from app.kernel.record import EMPTY, KINDS, Base, Root
from app.kernel.watch import Change


class Tenant(Base):
    """One row a tenant; its lock orders every write of the tenant."""

    __tablename__ = "tenant"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(default="")
    name: Mapped[str] = mapped_column(default="")
    change: Mapped[int] = mapped_column(default=0)
    slept: Mapped[int] = mapped_column(default=0)  # roots last changed up to here are too old for some devices
    purged: Mapped[int] = mapped_column(default=0)  # tombstones up to this change number may be gone
    restored: Mapped[int] = mapped_column(default=0)  # what had another past than this one ends before this change number
    audit_seq: Mapped[int] = mapped_column(default=0)  # of the last row of the audit
    audit_hash: Mapped[bytes | None] = mapped_column(LargeBinary, default=None)


class CommandLog(Base):
    """Every command that was answered, applied or rejected: a replay returns the first answer."""

    __tablename__ = "command_log"
    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int]
    name: Mapped[str]
    device: Mapped[str]
    actor_id: Mapped[UUID]
    acted_us: Mapped[int]
    status: Mapped[str]
    answer: Mapped[Mapping[str, Any]]


class Audit(Base):
    """One row for each record that a command changed, and for each refusal and event; never changed, chained by hashes.

    The history of a field is a scan of these.
    """

    __tablename__ = "audit"
    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)  # 1, 2, 3, …: without a gap, in the order of the commits
    record_id: Mapped[UUID]
    version: Mapped[int]
    kind: Mapped[str]
    operation: Mapped[str]  # insert | update | refused | event
    verb: Mapped[str]  # of the command, or of the event
    command_id: Mapped[UUID]
    device: Mapped[str]
    address: Mapped[str]  # the network address that it came from; empty: from the server itself
    actor_id: Mapped[UUID]
    acted_us: Mapped[int]
    applied_us: Mapped[int]
    fields: Mapped[Mapping[str, Any]] = mapped_column(JsonText)  # field → [before, after]
    content: Mapped[Mapping[str, Any] | None] = mapped_column(JsonText)  # of a deleted record: all that it held
    previous: Mapped[bytes] = mapped_column(LargeBinary)
    hash: Mapped[bytes] = mapped_column(LargeBinary)

    __table_args__ = (
        Index("audit_record", "tenant_id", "record_id", "version"),
        Index("audit_command", "tenant_id", "command_id"),
        Index("audit_actor", "tenant_id", "actor_id", "seq"),
    )


NOTHING_LEFT = (None, None)  # of a field's values before and after, when a person was erased
CHANGES = ("insert", "update")  # the operations that changed a record
REFUSED = "refused"  # the operation of what was not done
EVENT = "event"  # the operation of what changed none


class AuditCut(Base):
    """Where the beginning of the audit was cut off when its time was over: what the rows that are left hang on."""

    __tablename__ = "audit_cut"
    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)  # of the last row that was cut
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    cut_us: Mapped[int]
    mark: Mapped[bytes | None] = mapped_column(LargeBinary)  # signs the row with the server's key; nothing: of an older version


class AuditEmptied(Base):
    """Which rows of the audit have lost the values of a person who was erased, and what is left in them; never changed.

    A later row of the chain (`by_seq`) vouches for each.
    """

    __tablename__ = "audit_emptied"
    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    by_seq: Mapped[int]
    fields: Mapped[Mapping[str, Any]] = mapped_column(JsonText)
    content: Mapped[Mapping[str, Any] | None] = mapped_column(JsonText)


class ScopeExit(Base):
    """A root left the sight of an owner or team: their consoles must forget it."""

    __tablename__ = "scope_exit"
    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    record_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]


class Effect(Base):
    """A job: work outside the database after the commit, claimed with a lease, idempotent by its id."""

    __tablename__ = "effect"
    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    payload: Mapped[Mapping[str, Any]]
    run_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(default="waiting")  # waiting → leased → done | dead
    leased_by: Mapped[str | None] = mapped_column(default=None)
    leased_until: Mapped[datetime | None] = mapped_column(default=None)
    error: Mapped[str | None] = mapped_column(default=None)

    __table_args__ = (Index("effect_due", "tenant_id", "state", "run_at"),)


class Conflict(Root):
    """A value that lost against another; its author can bring it back."""

    __personal__ = True
    __erased__: ClassVar = {"lost": EMPTY}

    record_kind: Mapped[str]
    record_id: Mapped[UUID]
    field: Mapped[str]
    lost: Mapped[Mapping[str, Any]]  # app.kernel.loss.Loss
    lost_version: Mapped[int]  # of the overwritten change; 0 when the loser was never applied
    command_id: Mapped[UUID]


def plain(value: Any) -> Any:
    """A field's value as JSON can hold it."""
    return msgspec.to_builtins(dict(value) if isinstance(value, Mapping) else list(value) if isinstance(value, tuple) else value)


def fields_told(change: Change, withheld: Collection[str] = ()) -> dict[str, tuple[Any, Any]]:
    """The fields of a change as the audit keeps them; of those withheld only that they changed."""
    before = change.before
    told = {field: (before[field], value) for field, value in change.after.items()}
    return told | {field: NOTHING_LEFT for field in withheld if field in told} if withheld else told


def fields_to_json(change: Change) -> dict[str, Any]:
    return {field: [plain(change.before[field]), plain(value)] for field, value in change.after.items()}


def change_from_json(kind: str, record_id: UUID, operation: Any, fields: Mapping[str, Any]) -> Change:
    columns = KINDS[kind].__mapper__.columns
    before, after = {}, {}
    for field, (old, new) in fields.items():
        target = columns[field].type.python_type
        before[field], after[field] = (value if value is None else msgspec.convert(value, target) for value in (old, new))
    return Change(kind=kind, record_id=record_id, operation=operation, before=before, after=after)
