"""Who is this? The one look-up that the screen pop waits for."""

from functools import cache
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Select, and_, bindparam, select

from app.domain.accounts.records import Account
from app.domain.contacts.records import Contact, ContactIdentity
from app.domain.identities.records import Identity
from app.domain.identities.rules import EMAIL, PHONE, read_email
from app.kernel.phone import LAST_DIGITS, digits_of, last_digits_of, read_caller
from app.kernel.reader import Reader, Sight, scoped

MOST_MATCHES = 9  # what a pick list shows
MOST_LINKS = 50  # what is looked at before it is known who may be seen


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody whom a number or address may belong to; `how` is "exact" or "last digits"."""

    contact_id: UUID
    name: str
    job_title: str
    account_name: str
    is_vip: bool
    label: str
    value: str
    shown: str
    how: str


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """The number or address as it was read, and everybody it may belong to, best first."""

    shown: str
    value: str
    country: str
    is_valid: bool
    matches: list[Match]


def who_calls(reader: Reader, number: str, country: str) -> Found:
    """Everybody with the number, in whatever form it arrives; national and extension forms meet by their last digits."""
    phone = read_caller(number, country)
    matches = _matches(reader, "value", PHONE, phone.value, "exact")
    key = last_digits_of(phone.value)
    if not matches and key:
        near = _matches(reader, "last_digits", PHONE, key, "last digits")
        tail = digits_of(number).lstrip("0")
        matches = [match for match in near if _meets(digits_of(match.value), tail)]
    return Found(shown=phone.shown, value=phone.value, country=phone.country, is_valid=phone.is_valid, matches=matches)


def _meets(known: str, dialled: str) -> bool:
    """Whether one number can be the other with a prefix left out; short ones (extensions) must be equal."""
    if min(len(known), len(dialled)) < LAST_DIGITS:
        return known == dialled
    return known.endswith(dialled) or dialled.endswith(known)


def who_writes(reader: Reader, address: str) -> Found:
    """Everybody with the e-mail address."""
    read = read_email(address)
    matches = _matches(reader, "value", EMAIL, read.value, "exact")
    return Found(shown=read.shown, value=read.value, country="", is_valid=read.is_valid, matches=matches)


def _matches(reader: Reader, column: str, kind: str, value: str, how: str) -> list[Match]:
    wanted = {"value": value} | ({"kind": kind} if column == "value" else {})
    rows = reader.all(_statement(column, reader.sight(Contact), reader.sight(Account)), **reader.scope, **wanted)
    return [
        Match(
            contact_id=row.contact_id, name=row.name, job_title=row.job_title or "", account_name=row.account_name or "",
            is_vip=bool(row.is_vip), label=row.label, value=row.value, shown=row.shown, how=how,
        )
        for row in rows
    ]  # fmt: skip


@cache
def _statement(column: str, sight: Sight, sight_of_accounts: Sight) -> Select[Any]:
    """One join by index; built once, since building costs more than running.

    The identity is looked up by itself (a limit keeps SQLite from merging the two) and the tenant goes on from row to row:
    given the tenant for every table, SQLite begins with all of the tenant's uses of numbers. Only phones have last digits:
    given the kind beside them, SQLite may begin with all phones.
    """
    link, is_seen = ContactIdentity, scoped(Account, sight_of_accounts)
    known = (
        select(Identity.tenant_id, Identity.id, Identity.value, Identity.shown)
        .where(
            Identity.tenant_id == bindparam("tenant"), getattr(Identity, column) == bindparam("value"),
            Identity.deleted_at.is_(None), *([Identity.kind == bindparam("kind")] if column == "value" else []),
        )
        .limit(MOST_LINKS)
        .subquery("known")
    )  # fmt: skip
    return (
        select(
            Contact.id.label("contact_id"), Contact.name, Contact.job_title, Contact.is_vip,
            Account.name.label("account_name"), link.label, known.c.value, known.c.shown,
        )
        .select_from(known)
        .join(link, and_(link.tenant_id == known.c.tenant_id, link.identity_id == known.c.id, link.deleted_at.is_(None)))
        .join(Contact, and_(Contact.tenant_id == link.tenant_id, Contact.id == link.contact_id, scoped(Contact, sight)))
        .outerjoin(Account, and_(Account.tenant_id == Contact.tenant_id, Account.id == Contact.account_id, is_seen))
        .order_by(link.is_primary.desc(), Contact.updated_at.desc(), Contact.id)
        .limit(MOST_MATCHES)
    )  # fmt: skip
