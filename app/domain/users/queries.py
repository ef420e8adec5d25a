"""Who is there."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Label, Row, select
from sqlalchemy.orm import InstrumentedAttribute

from app.domain.users.records import User
from app.domain.users.rules import FORCED
from app.kernel.reader import Reader
from app.kernel.record import Root


class Forced(msgspec.Struct, frozen=True, kw_only=True):
    """Who set somebody's state in their place, and why."""

    by_id: UUID
    reason: str


class UserCard(msgspec.Struct, frozen=True, kw_only=True):
    """A person as screens show them."""

    id: UUID
    name: str
    email: str
    is_active: bool
    language: str
    time_zone: str
    state: str
    state_since: datetime | None
    manager_id: UUID | None
    version: int
    forced: Forced | None = None  # until they choose their state themselves


def _card(row: Row[Any]) -> UserCard:
    card = msgspec.convert(row, UserCard, from_attributes=True)
    forced = row.custom.get(FORCED)
    return msgspec.structs.replace(card, forced=msgspec.convert(forced, Forced)) if forced else card


def named_owner(kind: type[Root]) -> Label[Any]:
    """A column with the name of whom a record belongs to."""
    theirs = select(User.name).where(User.tenant_id == kind.tenant_id, User.id == kind.owner_id)
    return theirs.correlate(kind).scalar_subquery().label("owner_name")


def belonging(kind: type[Root], owner_id: UUID | None, *, is_unowned: bool = False) -> list[ColumnElement[bool]]:
    """What narrows a list to what is somebody's, or nobody's; nothing where it is all the same."""
    if is_unowned:
        return [kind.owner_id.is_(None)]
    return [kind.owner_id == owner_id] if owner_id else []


def user(reader: Reader, user_id: UUID) -> UserCard:
    """One person; `NotHere` when there is none."""
    return _card(reader.get(User, user_id))


def user_name(reader: Reader, user_id: UUID | None) -> str:
    """What somebody is called; "" where nobody is meant, or somebody whom one may not see."""
    if user_id is None:
        return ""
    row = reader.first(reader.select(User, User.name).where(User.id == user_id))
    return row.name if row is not None else ""


def users(reader: Reader) -> list[UserCard]:
    """Everybody, by name."""
    return users_where(reader)


def users_where(reader: Reader, *conditions: ColumnElement[bool] | InstrumentedAttribute[bool]) -> list[UserCard]:
    """Those of whom this holds, by name."""
    return [_card(row) for row in reader.all(reader.select(User).where(*conditions).order_by(User.name, User.id))]


def user_by_email(reader: Reader, email: str) -> UserCard | None:
    """Who signs in with this address."""
    row = reader.first(reader.select(User).where(User.email == email.strip().lower()))
    return _card(row) if row else None
