"""What was done: the whole audit for who may read it, and the history of a record for everybody who sees the record."""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec.structs import replace
from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, func, select, type_coerce
from sqlalchemy.types import Text

from app.domain.audit.rules import FIELD, REACHED_BY, SLACK_US
from app.domain.contacts.records import Contact, ContactIdentity
from app.domain.users.records import User
from app.kernel.columns import moment_from_us, us_from_moment
from app.kernel.errors import BadValue, NotAllowed
from app.kernel.keyset import read_page
from app.kernel.log import CHANGES, EVENT, REFUSED, Audit, Conflict
from app.kernel.loss import veiled_loss
from app.kernel.permissions import system_actor
from app.kernel.reader import Reader, Slice
from app.kernel.record import KINDS, noun_of

SYSTEM_NAME = "Patchbay"


class AuditRow(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was done, refused or that happened. `fields`: name → [before, after]; `content`: of a deleted record."""

    seq: int
    applied_at: datetime
    acted_at: datetime
    actor_id: UUID
    actor_name: str
    verb: str
    operation: str
    kind: str
    record_id: UUID
    fields: dict[str, tuple[Any, Any]]
    content: dict[str, Any] | None
    device: str
    address: str
    command_id: UUID
    version: int


def audit(
    reader: Reader, *, actor_id: UUID | None = None, kind: str | None = None, record_id: UUID | None = None,
    field: str | None = None, verb: str | None = None, operation: str | None = None, device: str | None = None,
    address: str | None = None, since: datetime | None = None, until: datetime | None = None, after: str | None = None,
    limit: int = 50,
) -> Slice:  # fmt: skip
    """What was done, latest first."""
    equal = {
        Audit.actor_id: actor_id, Audit.kind: kind, Audit.record_id: record_id, Audit.verb: verb, Audit.operation: operation,
        Audit.device: device, Audit.address: address,
    }  # fmt: skip
    wanted = [column == value for column, value in equal.items() if value is not None]
    wanted += [_holds(reader, field)] if field else []
    statement = _named(reader).where(*wanted, *_between(reader, since, until))
    return read_page(reader, statement, (Audit.seq,), _shaped(reader), after=after, limit=limit, descending=True)


def history(
    reader: Reader, record_id: UUID, *, kind: str, field: str | None = None, after: str | None = None, limit: int = 50
) -> Slice:
    """What became of a record, or of one field of it, latest first; `NotHere` when the record is out of sight.

    To a contact belong its numbers and addresses: rows of their own, in field `identity_id`.
    Who may read the audit is told too of those who opened the record, or led it out of the workspace.
    """
    if kind not in KINDS:
        raise BadValue(field="kind", value=kind, hint=f"One of: {', '.join(sorted(KINDS))}.")
    permission = f"{noun_of(kind)}:read"
    if not reader.actor.may(permission):
        raise NotAllowed(permission=permission)
    reader.get(KINDS[kind], record_id)
    told = (*CHANGES, EVENT) if reader.actor.may("audit:read") and not field else CHANGES
    statement = _named(reader).where(Audit.operation.in_(told), *_about(reader, kind, record_id, field))
    return read_page(reader, statement, (Audit.version, Audit.seq), _shaped(reader), after=after, limit=limit, descending=True)


def _about(reader: Reader, kind: str, record_id: UUID, field: str | None) -> list[ColumnElement[bool]]:
    """The rows of a record, and of a contact those of its use of numbers and addresses."""
    itself = [Audit.record_id == record_id, Audit.kind == kind, *([_holds(reader, field)] if field else [])]
    if kind != Contact.__tablename__ or field not in {None, REACHED_BY}:
        return itself
    links = reader.select(ContactIdentity, ContactIdentity.id, even_deleted=True).where(ContactIdentity.contact_id == record_id)
    ids = [row.id for row in reader.all(links)]
    kinds = [ContactIdentity.__tablename__, *([] if field else [kind])]
    return [Audit.record_id.in_([*ids, *([] if field else [record_id])]), Audit.kind.in_(kinds)]


def acts(reader: Reader, *, after: str | None = None, limit: int = 50) -> Slice:
    """What the reader did themselves, latest first; of what has left their sight since, only that they did it."""
    statement = _named(reader).where(Audit.actor_id == reader.actor.user_id, Audit.operation.in_(CHANGES))
    page = read_page(reader, statement, (Audit.seq,), _shaped(reader), after=after, limit=limit, descending=True)
    seen = _in_sight(reader, page.rows)
    rows = [row if (row.kind, row.record_id) in seen else replace(row, fields={}, content=None) for row in page.rows]
    return replace(page, rows=rows)


def _in_sight(reader: Reader, rows: Sequence[AuditRow]) -> set[tuple[str, UUID]]:
    """The records of the rows that the reader sees, deleted or not."""
    ids: dict[str, set[UUID]] = {}
    for row in rows:
        ids.setdefault(row.kind, set()).add(row.record_id)
    seen: set[tuple[str, UUID]] = set()
    for kind, wanted in ids.items():
        if (record := KINDS.get(kind)) is not None:
            asked = reader.select(record, record.id, even_deleted=True).where(record.id.in_(wanted))
            seen |= {(kind, row.id) for row in reader.all(asked)}
    return seen


def _named(reader: Reader) -> Select[Any]:
    """Rows with the name of who acted, who may have been deleted since."""
    author = and_(User.tenant_id == Audit.tenant_id, User.id == Audit.actor_id)
    columns = [column for column in Audit.__table__.columns if column.key not in {"tenant_id", "previous", "hash"}]
    return select(*columns, User.name.label("actor_name")).outerjoin(User, author).where(Audit.tenant_id == reader.tenant_id)


def _holds(reader: Reader, field: str) -> ColumnElement[bool]:
    """The rows that changed a field, where it is not hidden: in the text, a quote within a value has a backslash before it."""
    if not FIELD.fullmatch(field):
        raise BadValue(field="field", value=field[:40], hint="A field's name has small letters, digits and underscores.")
    hiding = [kind for kind in KINDS if field in reader.actor.hidden(kind)]
    return and_(type_coerce(Audit.fields, Text).contains(f'"{field}":[', autoescape=True), Audit.kind.not_in(hiding))


def _between(reader: Reader, since: datetime | None, until: datetime | None) -> list[ColumnElement[bool]]:
    """By the numbers of the rows first: they are in the order of time but for what clocks were set back."""
    found = []
    if since is not None:
        since_us = us_from_moment(since)
        found += [Audit.applied_us >= since_us, Audit.seq >= _first_after(reader, since_us - SLACK_US)]
    if until is not None:
        until_us = us_from_moment(until)
        found += [Audit.applied_us < until_us, Audit.seq < _first_after(reader, until_us + SLACK_US)]
    return found


def _first_after(reader: Reader, moment_us: int) -> int:
    """The number of the first row that was applied then or later; by halving, as rows have no index by time."""
    mine = Audit.tenant_id == reader.tenant_id
    low, high = reader.connection.execute(select(func.min(Audit.seq), func.max(Audit.seq)).where(mine)).one()
    if low is None:
        return 0
    at = select(Audit.applied_us).where(mine, Audit.seq == bindparam("place"))
    high += 1
    while low < high:
        middle = (low + high) // 2
        applied_us = reader.connection.execute(at, {"place": middle}).scalar()
        if applied_us is not None and applied_us < moment_us:
            low = middle + 1
        else:
            high = middle
    return int(low)


def _veiled(reader: Reader, kind: str, content: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a deleted record held: a conflict keeps values of another one's fields, which may be hidden."""
    if kind != Conflict.__tablename__ or content.get("record_kind") not in KINDS or not content.get("lost"):
        return content
    hidden = reader.actor.hidden(content["record_kind"])
    return {**content, "lost": veiled_loss(content["lost"], content["field"], hidden)} if hidden else content


def _refusal(told: Any, hidden: AbstractSet[str]) -> Any:
    """Why something was refused may quote what was to be set: of a hidden field only its name."""
    if not hidden or not isinstance(told, Mapping):
        return told
    is_about = told.get("field") in hidden
    return {name: None if name in hidden or (is_about and name == "value") else value for name, value in told.items()}


def _shaped(reader: Reader) -> Callable[[Row[Any]], AuditRow]:
    system = system_actor(reader.tenant_id).user_id

    def shape(row: Row[Any]) -> AuditRow:
        hidden = reader.actor.hidden(row.kind) if row.kind in KINDS else frozenset[str]()
        name = row.actor_name or (SYSTEM_NAME if row.actor_id == system else "")
        content = _veiled(reader, row.kind, row.content or {})
        return AuditRow(
            seq=row.seq, applied_at=moment_from_us(row.applied_us), acted_at=moment_from_us(row.acted_us), actor_id=row.actor_id,
            actor_name=name, verb=row.verb, operation=row.operation, kind=row.kind, record_id=row.record_id,
            fields={
                field: (before, _refusal(after, hidden) if row.operation == REFUSED else after)
                for field, (before, after) in row.fields.items() if field not in hidden
            },
            content={field: value for field, value in content.items() if field not in hidden} or None, device=row.device,
            address=row.address, command_id=row.command_id, version=row.version,
        )  # fmt: skip

    return shape
