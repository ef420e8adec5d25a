"""What a restored workspace must know: its numbers begin anew, and what was done for good since the backup is done again."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, func, insert, select, update

from app.domain.contacts.records import Contact
from app.kernel.columns import moment_from_us
from app.kernel.erasing import erased_at
from app.kernel.ids import new_id
from app.kernel.log import Audit, Effect, Tenant
from server.database.answers import NOBODY
from server.database.devices import ENDED, revoke_devices
from server.database.jobs import IS_RESTORED
from server.database.ledger import Entry
from server.database.tables import Device, SignInSession
from server.database.trail import Event, by_itself, write_event
from server.database.trail_check import Found

RESTORED = "workspace.restored"  # the event in the audit
ACCEPTED = "audit.accept"  # the event of an audit that counts as it stands
AGAIN = "contact.erase_again"  # the effect that erases somebody whom the backup still knew
# More changes than can ever have been lost: no number of the lost past is given out once more. So a console that has seen that
# past is known by its cursor for ever, and what it says it saw of a record is older than all that happens from now on.
GAP = 1_000_000_000
STATEMENT_IDS = 500


def resume(connection: Connection, tenant_id: UUID, entries: Iterable[Entry], made_at: datetime, now_us: int) -> int:
    """In the transaction that restores the workspace; how much of the ledger will be done again."""
    mine = Tenant.id == tenant_id
    as_of = connection.execute(select(Tenant.change).where(mine)).scalar_one()
    connection.execute(update(Tenant).where(mine).values(change=as_of + GAP, restored=as_of + GAP))
    known = list(entries)
    devices = sum(_end_device(connection, tenant_id, each, now_us) for each in known if each.what == "device")
    persons = _plan_erasing(connection, tenant_id, [each.id for each in known if each.what == "erased"], now_us)
    mark_open_jobs(connection, tenant_id)
    told = {"backup_of": made_at.isoformat(timespec="seconds"), "change": as_of, "erased_again": persons, "devices": devices}
    write_event(connection, tenant_id, Event(verb=RESTORED, fields=told), now_us)
    return persons + devices


def accept(connection: Connection, tenant_id: UUID, found: Found, known: Iterable[Entry] | None, now_us: int) -> None:
    """Have the audit count as it stands, whatever is noted of it elsewhere. `known`: the ledger, where some of what is noted is
    gone; such a workspace has another past, as one that was restored.
    """
    told = {"problem": found.problem, "row": found.head.seq}
    write_event(connection, tenant_id, by_itself(tenant_id, Event(verb=ACCEPTED, kind="audit", fields=told)), now_us)
    if known is not None:
        last = select(Audit.applied_us).where(Audit.tenant_id == tenant_id, Audit.seq == found.seq - 1)
        resume(connection, tenant_id, known, moment_from_us(connection.execute(last).scalar() or now_us), now_us)


def _plan_erasing(connection: Connection, tenant_id: UUID, ids: Sequence[UUID], now_us: int) -> int:
    """A job for each whom the backup still knows."""
    count = 0
    for some in _parts(ids):
        found = connection.execute(select(Contact.id, Contact.custom).where(Contact.tenant_id == tenant_id, Contact.id.in_(some)))
        rows = [
            {
                "tenant_id": tenant_id, "id": new_id(), "name": AGAIN, "payload": {"contact_id": str(row.id)},
                "run_at": moment_from_us(now_us), "attempts": 0, "state": "waiting",
            }
            for row in found if erased_at(row.custom) is None
        ]  # fmt: skip
        if rows:
            connection.execute(insert(Effect), rows)
        count += len(rows)
    return count


def _end_device(connection: Connection, tenant_id: UUID, entry: Entry, now_us: int) -> bool:
    """Unless its person signed in on it once more after it was ended."""
    mine = (Device.tenant_id == tenant_id, Device.id == entry.id, Device.revoked_at.is_(None))
    device = connection.execute(select(Device.user_id, Device.device).where(*mine)).first()
    if device is None:
        return False
    sessions = (
        SignInSession.tenant_id == tenant_id, SignInSession.user_id == device.user_id, SignInSession.device == device.device,
        SignInSession.created_at > moment_from_us(entry.at_us),
    )  # fmt: skip
    if connection.execute(select(func.count()).where(*sessions)).scalar_one():
        return False
    now = moment_from_us(now_us)
    revoke_devices(connection, tenant_id, device.user_id, now, reason=entry.reason, by=NOBODY, only=entry.id)
    return True


def mark_open_jobs(connection: Connection, tenant_id: UUID) -> None:
    """What was still to be done when the backup was taken may have been done since: the handlers must know."""
    open_jobs = (Effect.tenant_id == tenant_id, Effect.state.in_(("waiting", "leased")))
    for row in connection.execute(select(Effect.id, Effect.payload).where(*open_jobs, Effect.name.not_in((AGAIN, ENDED)))).all():
        marked = {**row.payload, IS_RESTORED: True}
        connection.execute(update(Effect).where(Effect.tenant_id == tenant_id, Effect.id == row.id).values(payload=marked))


def left_to_do(connection: Connection, tenant_id: UUID, names: Sequence[str]) -> dict[str, int]:
    """Of the jobs of these names that are not done: how many were not tried yet, and how many failed so far."""
    query = select(Effect.state, Effect.error).where(
        Effect.tenant_id == tenant_id, Effect.name.in_(names), Effect.state != "done"
    )
    rows: Sequence[Any] = connection.execute(query).all()
    failed = sum(row.state == "dead" or row.error is not None for row in rows)
    return {"waiting": len(rows) - failed, "failed": failed}


def _parts(values: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    return (values[at : at + STATEMENT_IDS] for at in range(0, len(values), STATEMENT_IDS))
