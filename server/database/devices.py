"""The devices that people sign in from, one a person and machine: statements within `TenantStore.look` or `change`."""

from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Connection, insert, select, update

from app.domain.tenants.records import Workspace
from app.domain.tenants.rules import LOCK_AFTER_DAYS
from app.domain.users.records import User
from app.kernel.columns import us_from_moment
from app.kernel.ids import derived_id, new_id
from app.kernel.log import Effect
from server.database.ledger import Entry
from server.database.sessions import DeviceSession, revoke
from server.database.tables import Device, SignInSession

NO_SECRET = b""
ENDED = "device.ended"  # the effect that tells the ledger


class KnownDevice(msgspec.Struct, frozen=True, kw_only=True):
    """A device as the server knows it."""

    id: UUID
    user_id: UUID
    device: str
    name: str
    address: str
    first_seen: datetime
    last_seen: datetime
    revoked_at: datetime | None
    revoked_for: str | None
    revoked_by: UUID | None
    wiped_at: datetime | None


COLUMNS = [getattr(Device, name) for name in KnownDevice.__struct_fields__]


def device_id(tenant_id: UUID, user_id: UUID, device: str) -> UUID:
    """The one id of a person's device."""
    return derived_id(tenant_id, user_id, "device", device)


def enter(connection: Connection, tenant_id: UUID, session: DeviceSession, now: datetime, fresh_secret: bytes) -> bytes:
    """Note that a device signed in or came back; its sealed secret, a new one when it is new or was revoked before."""
    key = device_id(tenant_id, session.user_id, session.device)
    mine = (Device.tenant_id == tenant_id, Device.id == key)
    known = connection.execute(select(Device.secret, Device.revoked_at).where(*mine)).first()
    seen = {"name": session.device_name, "address": session.address, "last_seen": now}
    if known is not None and known.revoked_at is None:
        connection.execute(update(Device).where(*mine).values(seen))
        return bytes(known.secret)
    renewed = {"secret": fresh_secret, "revoked_at": None, "revoked_for": None, "revoked_by": None, "wiped_at": None}
    if known is not None:
        connection.execute(update(Device).where(*mine).values(seen | renewed))
    else:
        first = {"id": key, "user_id": session.user_id, "device": session.device, "first_seen": now}
        connection.execute(insert(Device).values(tenant_id=tenant_id, **first, **seen, **renewed))
    return fresh_secret


def devices_of(connection: Connection, tenant_id: UUID, user_id: UUID) -> list[KnownDevice]:
    """A person's devices, the one that was here last first."""
    rows = connection.execute(
        select(*COLUMNS)
        .where(Device.tenant_id == tenant_id, Device.user_id == user_id)
        .order_by(Device.last_seen.desc(), Device.id)
    )
    return [msgspec.convert(row, KnownDevice, from_attributes=True) for row in rows]


def signed_in_devices(connection: Connection, tenant_id: UUID, user_id: UUID, now: datetime) -> set[str]:
    """Those of a person's devices that have a session."""
    rows = connection.execute(
        select(SignInSession.device).where(
            SignInSession.tenant_id == tenant_id, SignInSession.user_id == user_id, SignInSession.revoked_at.is_(None),
            SignInSession.expires_at > now,
        )
    )  # fmt: skip
    return set(rows.scalars())


def seen(connection: Connection, tenant_id: UUID, keys: list[UUID], now: datetime) -> None:
    """These devices are in contact."""
    connection.execute(
        update(Device)
        .where(Device.tenant_id == tenant_id, Device.id.in_(keys), Device.revoked_at.is_(None))
        .values(last_seen=now)
    )


def revoke_devices(
    connection: Connection, tenant_id: UUID, user_id: UUID, now: datetime, *, reason: str, by: UUID,
    only: UUID | None = None, but: str | None = None,
) -> tuple[list[KnownDevice], list[UUID]]:  # fmt: skip
    """End one device of a person or all but one, for good; the devices, and the sessions that ended with them.

    What their copies were sealed with is forgotten: nothing opens them again, here or there.
    """
    known = [each for each in devices_of(connection, tenant_id, user_id) if each.revoked_at is None]
    chosen = [each for each in known if only in {None, each.id} and each.device != but]
    ended: list[UUID] = []
    for each in chosen:
        ended += revoke(connection, tenant_id, now, reason=reason, user_id=user_id, device=each.device)
        connection.execute(
            update(Device).where(Device.tenant_id == tenant_id, Device.id == each.id)
            .values(secret=NO_SECRET, revoked_at=now, revoked_for=reason, revoked_by=by)
        )  # fmt: skip
        _tell_ledger(connection, tenant_id, each.id, now, reason)
    return chosen, ended


def _tell_ledger(connection: Connection, tenant_id: UUID, key: UUID, now: datetime, reason: str) -> None:
    """As a job: what keeps the ledger may be out of reach."""
    told = {"id": str(key), "at_us": us_from_moment(now), "reason": reason}
    connection.execute(
        insert(Effect).values(tenant_id=tenant_id, id=new_id(), name=ENDED, payload=told, run_at=now, attempts=0, state="waiting")
    )


def ended_devices(connection: Connection, tenant_id: UUID) -> list[Entry]:
    """All that are ended, as the ledger has them."""
    rows = connection.execute(
        select(Device.id, Device.revoked_at, Device.revoked_for).where(
            Device.tenant_id == tenant_id, Device.revoked_at.is_not(None)
        )
    )
    return [Entry(what="device", id=row.id, at_us=us_from_moment(row.revoked_at), reason=row.revoked_for or "") for row in rows]


def note_wiped(connection: Connection, tenant_id: UUID, session_id: UUID, now: datetime) -> bool:
    """A revoked device says that it holds nothing any more; false when this session's device is not revoked."""
    session = connection.execute(
        select(SignInSession.user_id, SignInSession.device).where(
            SignInSession.tenant_id == tenant_id, SignInSession.id == session_id
        )
    ).first()
    if session is None:
        return False
    key = device_id(tenant_id, session.user_id, session.device)
    waiting: tuple[ColumnElement[bool], ...] = (Device.tenant_id == tenant_id, Device.id == key, Device.revoked_at.is_not(None))
    return bool(connection.execute(update(Device).where(*waiting, Device.wiped_at.is_(None)).values(wiped_at=now)).rowcount)


def revocation_of(connection: Connection, tenant_id: UUID, session_id: UUID) -> tuple[str, str] | None:
    """Why a session's device must be wiped, and its name for itself; nothing when signing in again is all that is needed."""
    row = connection.execute(
        select(SignInSession.device, SignInSession.revoked_for, User.is_active, User.deleted_at)
        .join(User, (User.tenant_id == SignInSession.tenant_id) & (User.id == SignInSession.user_id))
        .where(SignInSession.tenant_id == tenant_id, SignInSession.id == session_id)
    ).first()
    if row is None:
        return None
    if row.revoked_for in {"lost", "retired"}:
        return row.revoked_for, row.device
    return None if row.is_active and row.deleted_at is None else ("deactivated", row.device)


def lock_after_days(connection: Connection, tenant_id: UUID) -> int:
    """After how many days without contact a copy is locked."""
    found = connection.execute(select(Workspace.lock_after_days).where(Workspace.tenant_id == tenant_id)).scalar()
    return LOCK_AFTER_DAYS if found is None else int(found)
