"""What goes into the audit beside the commands: sign-ins, exports, cuts. All run within `TenantStore.change`."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from sqlalchemy import Connection, Row, func, insert, select, update

from app.domain.tenants.records import Workspace
from app.kernel.command import Issued
from app.kernel.ids import new_id
from app.kernel.log import CHANGES, NOTHING_LEFT, Audit, AuditCut, AuditEmptied, Tenant
from app.kernel.permissions import system_actor
from app.kernel.record import KINDS
from app.kernel.trail import NO_HASH, Head, Origin, Trail, json_text
from server.database.answers import NOBODY, save_head
from server.database.append_only import empty
from server.database.trail_check import AS_WRITTEN, CUT, as_told, cut_fields, digest_of, emptied_fields

T = TypeVar("T")
DEVICE = "patchbay-server"


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened and changed no record. `fields`: what there is to say of it; `acted_us`: when, if not now."""

    verb: str
    actor_id: UUID = NOBODY
    device: str = DEVICE
    address: str = ""
    kind: str = ""
    record_id: UUID = NOBODY
    fields: dict[str, Any] = {}
    acted_us: int | None = None  # nothing: when it is written down


def telling(tenant_id: UUID, event: Event, now_us: int, do: Callable[[Connection], T]) -> Callable[[Connection], T]:
    """Do something and, unless it came to nothing, add the event in the same transaction."""

    def done(connection: Connection) -> T:
        result = do(connection)
        if result or result is None:
            write_event(connection, tenant_id, event, now_us)
        return result

    return done


def by_itself(tenant_id: UUID, event: Event) -> Event:
    """Of what nobody did who has signed in: somebody at the server's command line, the server itself."""
    return msgspec.structs.replace(event, actor_id=system_actor(tenant_id).user_id)


def write_event(connection: Connection, tenant_id: UUID, event: Event, now_us: int) -> None:
    """Add it behind the last row, in the transaction of what it tells of."""
    write_events(connection, tenant_id, [event], now_us)


def write_events(connection: Connection, tenant_id: UUID, events: Sequence[Event], now_us: int) -> None:
    """Add some that came from one address."""
    if not events:
        return
    version, head = lock(connection, tenant_id)
    trail = Trail(tenant_id, head, Origin(events[0].address, now_us))
    for event in events:
        issued = Issued(
            id=new_id(), name=event.verb, body=msgspec.Raw(b""), actor_id=event.actor_id, device=event.device,
            acted_us=now_us if event.acted_us is None else event.acted_us,
        )  # fmt: skip
        told = as_told(event.fields)
        trail.add(issued, version, kind=event.kind, record_id=event.record_id, operation="event", fields=told)
    save_head(connection, trail)


def cut(connection: Connection, tenant_id: UUID, older_than: timedelta, now_us: int, sign: Callable[[Head], bytes]) -> int:
    """Say that the rows that were applied so long ago may go, and write that down; how far. Nothing to cut: 0.

    Only a beginning is cut: a row that is older than one before it waits for that one. `sign`: with what the database has not.
    """
    _version, head = lock(connection, tenant_id)
    limit_us = now_us - older_than // timedelta(microseconds=1)
    last = select(func.max(AuditCut.seq)).where(AuditCut.tenant_id == tenant_id).scalar_subquery()
    left = (Audit.tenant_id == tenant_id, Audit.seq > func.coalesce(last, 0))
    newer = connection.execute(select(Audit.seq).where(*left, Audit.applied_us >= limit_us).order_by(Audit.seq).limit(1)).scalar()
    end = head.seq + 1 if newer is None else newer
    row = connection.execute(select(Audit.seq, Audit.hash).where(*left, Audit.seq == end - 1)).first()
    if row is None:
        return 0
    gone = Head(row.seq, bytes(row.hash))
    values = {"tenant_id": tenant_id, "seq": gone.seq, "hash": gone.hash, "cut_us": now_us, "mark": sign(gone)}
    connection.execute(insert(AuditCut).values(values))
    write_event(connection, tenant_id, Event(verb=CUT, kind="audit", fields=cut_fields(gone)), now_us)
    return int(row.seq)


def empty_rows(connection: Connection, tenant_id: UUID, seqs: Sequence[int], event: Event, now_us: int) -> int:
    """Take the values of a person out of these rows, and write down in the chain what is left in each; how many had any."""
    _version, head = lock(connection, tenant_id)
    known = select(AuditEmptied.seq).where(AuditEmptied.tenant_id == tenant_id)
    wanted = select(*AS_WRITTEN).where(Audit.tenant_id == tenant_id, Audit.seq.in_(seqs), Audit.seq.not_in(known))
    left = [(row, emptied(row)) for row in connection.execute(wanted.order_by(Audit.seq))]
    changed = [(row, texts) for row, texts in left if texts != (row.fields, row.content)]
    if not changed:
        return 0
    vouched = [Head(row.seq, digest_of(row, fields=fields, content=content)) for row, (fields, content) in changed]
    write_event(connection, tenant_id, msgspec.structs.replace(event, fields=emptied_fields(vouched)), now_us)
    rows = [
        {"tenant_id": tenant_id, "seq": row.seq, "by_seq": head.seq + 1, "fields": fields, "content": content}
        for row, (fields, content) in changed
    ]
    connection.execute(insert(AuditEmptied), rows)
    empty(connection, tenant_id, head.seq + 1)
    return len(changed)


def emptied(row: Row[Any]) -> tuple[str, str | None]:
    """What is left of a row of the audit: of what tells of a person only that it changed. `row` is as it was written."""
    telling = KINDS[row.kind].__erased__.keys() | {"custom"} if row.kind in KINDS else set[str]()
    if row.operation not in CHANGES:
        telling = msgspec.json.decode(row.fields).keys() - {"error"}
    fields = {name: NOTHING_LEFT if name in telling else values for name, values in msgspec.json.decode(row.fields).items()}
    content = None if row.content is None else msgspec.json.decode(row.content)
    if content is not None:
        content = json_text({name: None if name in telling else value for name, value in content.items()})
    return json_text(fields), content


def days_kept(connection: Connection, tenant_id: UUID) -> int | None:
    """For how many days the workspace keeps its audit; nothing: for ever."""
    mine = (Workspace.tenant_id == tenant_id, Workspace.id == tenant_id)
    return connection.execute(select(Workspace.audit_days).where(*mine)).scalar()


def lock(connection: Connection, tenant_id: UUID) -> tuple[int, Head]:
    """The tenant's change number and last row; nobody else writes until the transaction ends."""
    locked = update(Tenant).where(Tenant.id == tenant_id).values(change=Tenant.change)
    row = connection.execute(locked.returning(Tenant.change, Tenant.audit_seq, Tenant.audit_hash)).one()
    return row.change, Head(row.audit_seq, NO_HASH if row.audit_hash is None else bytes(row.audit_hash))
