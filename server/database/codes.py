"""Codes with which people choose a password, each for one use: statements within `TenantStore.look` or `change`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, and_, delete, insert, select

from app.domain.users.records import User
from app.kernel.columns import us_from_moment
from server.database.sessions import set_password
from server.database.tables import Credential, PasswordCode
from server.database.trail import Event, write_event


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who was given a code and has not used it."""

    user_id: UUID
    email: str
    code_hash: str
    is_reset: bool  # they have a password already
    created_at: datetime
    created_by: UUID
    expires_at: datetime


def waiting(connection: Connection, tenant_id: UUID) -> Sequence[Waiting]:
    """Everybody who was given one, those whose time is over too."""
    return _read(connection, _of(tenant_id).order_by(PasswordCode.created_at, PasswordCode.user_id))


def waiting_by_email(connection: Connection, tenant_id: UUID, email: str) -> Waiting | None:
    """Who signs in with this address, and was given one."""
    return next(iter(_read(connection, _of(tenant_id).where(User.email == email.strip().lower()))), None)


def has_password(connection: Connection, tenant_id: UUID, user_id: UUID) -> bool:
    """Whether somebody has chosen one."""
    return connection.execute(select(Credential.user_id).where(*_is(Credential, tenant_id, user_id))).first() is not None


def put_code(connection: Connection, tenant_id: UUID, given: Waiting, told: Event) -> None:
    """From now on only this one is good."""
    connection.execute(delete(PasswordCode).where(*_is(PasswordCode, tenant_id, given.user_id)))
    facts = {name: getattr(given, name) for name in ("user_id", "code_hash", "created_at", "created_by", "expires_at")}
    connection.execute(insert(PasswordCode).values(tenant_id=tenant_id, **facts))
    write_event(connection, tenant_id, told, us_from_moment(given.created_at))


def drop_code(connection: Connection, tenant_id: UUID, user_id: UUID, told: Event, now: datetime) -> bool:
    """None is good any more; whether there was one."""
    is_gone = bool(connection.execute(delete(PasswordCode).where(*_is(PasswordCode, tenant_id, user_id))).rowcount)
    if is_gone:
        write_event(connection, tenant_id, told, us_from_moment(now))
    return is_gone


def use_code(connection: Connection, tenant_id: UUID, used: Waiting, password_hash: str, told: Event, now: datetime) -> bool:
    """Take the code for this password; false when somebody else was quicker, or it was taken back meanwhile."""
    this = (*_is(PasswordCode, tenant_id, used.user_id), PasswordCode.code_hash == used.code_hash)
    if not connection.execute(delete(PasswordCode).where(*this)).rowcount:
        return False
    set_password(connection, tenant_id, used.user_id, password_hash, now)
    write_event(connection, tenant_id, told, us_from_moment(now))
    return True


def _is(kind: type[Credential] | type[PasswordCode], tenant_id: UUID, user_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return (kind.tenant_id == tenant_id, kind.user_id == user_id)


def _of(tenant_id: UUID) -> Select[Any]:
    """Of people who may sign in."""
    theirs = and_(User.tenant_id == PasswordCode.tenant_id, User.id == PasswordCode.user_id)
    known = and_(Credential.tenant_id == PasswordCode.tenant_id, Credential.user_id == PasswordCode.user_id)
    columns = (
        PasswordCode.user_id, User.email, PasswordCode.code_hash, Credential.user_id.is_not(None).label("is_reset"),
        PasswordCode.created_at, PasswordCode.created_by, PasswordCode.expires_at,
    )  # fmt: skip
    joined = select(*columns).join(User, theirs).outerjoin(Credential, known)
    return joined.where(PasswordCode.tenant_id == tenant_id, User.deleted_at.is_(None), User.is_active)


def _read(connection: Connection, statement: Select[Any]) -> list[Waiting]:
    return [msgspec.convert(row, Waiting, from_attributes=True) for row in connection.execute(statement)]
