"""Credentials and sign-in sessions: the statements behind signing in. All run within `TenantStore.look` or `change`."""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Connection, and_, delete, insert, select, update

from app.domain.users.records import User
from server.database.tables import Credential, PasswordCode, SignInSession

REFRESH_AGE = timedelta(days=60)


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """A person, and what their password must match."""

    user_id: UUID
    name: str
    email: str
    language: str
    password_hash: str


class DeviceSession(msgspec.Struct, frozen=True, kw_only=True):
    """One device that is signed in."""

    id: UUID
    user_id: UUID
    device: str
    device_name: str
    address: str
    generation: int
    created_at: datetime
    refreshed_at: datetime
    expires_at: datetime


class SignedIn(msgspec.Struct, frozen=True, kw_only=True):
    """Who a request comes from, as its access token says."""

    tenant_id: UUID
    user_id: UUID
    device: str
    session_id: UUID


SESSION_COLUMNS = [getattr(SignInSession, name) for name in DeviceSession.__struct_fields__]


def holder_by_email(connection: Connection, tenant_id: UUID, email: str) -> Holder | None:
    """The active person of this address who has a password."""
    return _holder(connection, tenant_id, User.email == email.strip().lower())


def holder_by_id(connection: Connection, tenant_id: UUID, user_id: UUID) -> Holder | None:
    """The active person of this id who has a password."""
    return _holder(connection, tenant_id, User.id == user_id)


def _holder(connection: Connection, tenant_id: UUID, who: ColumnElement[bool]) -> Holder | None:
    row = connection.execute(
        select(User.id.label("user_id"), User.name, User.email, User.language, Credential.password_hash)
        .join(Credential, and_(Credential.tenant_id == User.tenant_id, Credential.user_id == User.id))
        .where(User.tenant_id == tenant_id, User.deleted_at.is_(None), User.is_active, who)
        .limit(1)
    ).first()
    return None if row is None else msgspec.convert(row, Holder, from_attributes=True)


def set_password(connection: Connection, tenant_id: UUID, user_id: UUID, password_hash: str, now: datetime) -> None:
    """Make this the person's password; a code for choosing one is good no more."""
    connection.execute(delete(PasswordCode).where(PasswordCode.tenant_id == tenant_id, PasswordCode.user_id == user_id))
    facts = {"password_hash": password_hash, "changed_at": now}
    mine = and_(Credential.tenant_id == tenant_id, Credential.user_id == user_id)
    if not connection.execute(update(Credential).where(mine).values(facts)).rowcount:
        connection.execute(insert(Credential).values(tenant_id=tenant_id, user_id=user_id, **facts))


def add_session(connection: Connection, tenant_id: UUID, session: DeviceSession) -> None:
    """Remember that a device signed in."""
    connection.execute(
        insert(SignInSession).values(tenant_id=tenant_id, revoked_at=None, revoked_for=None, **msgspec.structs.asdict(session))
    )


def session_of(connection: Connection, tenant_id: UUID, session_id: UUID, now: datetime) -> DeviceSession | None:
    """The session, if it is not over and its person is still active."""
    row = connection.execute(
        select(*SESSION_COLUMNS)
        .join(User, and_(User.tenant_id == SignInSession.tenant_id, User.id == SignInSession.user_id))
        .where(*_live(tenant_id, now), SignInSession.id == session_id, User.is_active, User.deleted_at.is_(None))
    ).first()
    return None if row is None else msgspec.convert(row, DeviceSession, from_attributes=True)


def sessions_of(connection: Connection, tenant_id: UUID, user_id: UUID, now: datetime) -> list[DeviceSession]:
    """Where a person is signed in, latest first."""
    rows = connection.execute(
        select(*SESSION_COLUMNS)
        .where(*_live(tenant_id, now), SignInSession.user_id == user_id)
        .order_by(SignInSession.refreshed_at.desc(), SignInSession.id)
    )
    return [msgspec.convert(row, DeviceSession, from_attributes=True) for row in rows]


def turn(connection: Connection, tenant_id: UUID, session_id: UUID, generation: int, now: datetime) -> bool:
    """Make the next refresh token the good one; false when this generation was used already."""
    done = connection.execute(
        update(SignInSession)
        .where(*_live(tenant_id, now), SignInSession.id == session_id, SignInSession.generation == generation)
        .values(generation=generation + 1, refreshed_at=now, expires_at=now + REFRESH_AGE)
    )
    return bool(done.rowcount)


def revoke(
    connection: Connection,
    tenant_id: UUID,
    now: datetime,
    *,
    reason: str,
    session_id: UUID | None = None,
    user_id: UUID | None = None,
    device: str | None = None,
    but: UUID | None = None,
) -> list[UUID]:
    """End one session, or all of a person (on one device) but one; the ids of those that were ended now."""
    chosen = [*_live(tenant_id, now)]
    chosen += [SignInSession.id == session_id] if session_id else []
    chosen += [SignInSession.user_id == user_id] if user_id else []
    chosen += [SignInSession.device == device] if device is not None else []
    chosen += [SignInSession.id != but] if but else []
    ids = list(connection.execute(select(SignInSession.id).where(*chosen)).scalars())
    connection.execute(update(SignInSession).where(*chosen).values(revoked_at=now, revoked_for=reason))
    return ids


def ended_among(connection: Connection, tenant_id: UUID, session_ids: set[UUID], now: datetime) -> set[UUID]:
    """Those of the sessions that are over, whichever process ended them."""
    live = connection.execute(
        select(SignInSession.id)
        .join(User, and_(User.tenant_id == SignInSession.tenant_id, User.id == SignInSession.user_id))
        .where(*_live(tenant_id, now), SignInSession.id.in_(session_ids), User.is_active, User.deleted_at.is_(None))
    )
    return session_ids - set(live.scalars())


def _live(tenant_id: UUID, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (SignInSession.tenant_id == tenant_id, SignInSession.revoked_at.is_(None), SignInSession.expires_at > now)
