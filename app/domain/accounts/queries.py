"""Accounts, one and many."""

from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement

from app.domain.accounts.records import Account
from app.domain.users.queries import belonging, named_owner
from app.kernel.keyset import read_page
from app.kernel.locking import locked_or_not
from app.kernel.reader import Reader, Slice
from app.kernel.set_fields import holding
from app.kernel.shown import shows


@shows(Account)
class AccountCard(msgspec.Struct, frozen=True, kw_only=True):
    """An account as screens show it."""

    id: UUID
    name: str
    domain: str | None
    industry: str | None
    country: str | None
    tags: tuple[str, ...]
    owner_id: UUID | None
    locked_at: datetime | None
    locked_by: UUID | None
    version: int


@shows(Account)
class AccountOut(msgspec.Struct, frozen=True, kw_only=True):
    """An account as it leaves the workspace."""

    id: UUID
    name: str
    domain: str | None
    industry: str | None
    country: str | None
    tags: tuple[str, ...]
    owner_id: UUID | None
    owner_name: str | None
    created_at: datetime
    updated_at: datetime


def _card(row: object) -> AccountCard:
    return msgspec.convert(row, AccountCard, from_attributes=True)


def account(reader: Reader, account_id: UUID) -> AccountCard:
    """One account; `NotHere` when there is none in sight."""
    return _card(reader.get(Account, account_id))


def _wanted(
    reader: Reader, starting_with: str, tag: str, owner_id: UUID | None, *, is_unowned: bool, is_locked: bool | None
) -> list[ColumnElement[bool]]:
    """What narrows the list."""
    wanted = [Account.name.istartswith(starting_with, autoescape=True)] if starting_with else []
    wanted += [*belonging(Account, owner_id, is_unowned=is_unowned), *locked_or_not(Account, is_locked=is_locked)]
    return [*wanted, holding(reader, Account, "tags", tag)] if tag else wanted


def accounts(
    reader: Reader,
    *,
    starting_with: str = "",
    tag: str = "",
    owner_id: UUID | None = None,
    is_unowned: bool = False,
    is_locked: bool | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Slice:
    """A page of accounts by name; `tag`: one that they all have; `is_locked`: only those, or only the others."""
    wanted = _wanted(reader, starting_with, tag, owner_id, is_unowned=is_unowned, is_locked=is_locked)
    statement = reader.select(Account).where(*wanted)
    return read_page(reader, statement, (Account.name, Account.id), _card, after=after, limit=limit)


def account_ids(
    reader: Reader,
    *,
    starting_with: str = "",
    tag: str = "",
    owner_id: UUID | None = None,
    is_unowned: bool = False,
    is_locked: bool | None = None,
) -> list[UUID]:
    """All accounts of that list, by name."""
    wanted = _wanted(reader, starting_with, tag, owner_id, is_unowned=is_unowned, is_locked=is_locked)
    statement = reader.select(Account, Account.id).where(*wanted)
    return [row.id for row in reader.all(statement.order_by(Account.name, Account.id))]


def accounts_out(
    reader: Reader,
    *,
    starting_with: str = "",
    tag: str = "",
    owner_id: UUID | None = None,
    is_unowned: bool = False,
    is_locked: bool | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Slice:
    """Accounts in the order in which they came."""
    wanted = _wanted(reader, starting_with, tag, owner_id, is_unowned=is_unowned, is_locked=is_locked)
    statement = reader.select(Account, *Account.__table__.columns, named_owner(Account)).where(*wanted)
    return read_page(reader, statement, (Account.id,), _out, after=after, limit=limit)


def _out(row: object) -> AccountOut:
    return msgspec.convert(row, AccountOut, from_attributes=True)
