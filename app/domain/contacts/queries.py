"""People, one and many."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Select, and_, bindparam, or_, select

from app.domain.accounts.records import Account
from app.domain.contacts.records import Contact, ContactIdentity
from app.domain.identities.records import Identity
from app.domain.users.queries import named_owner
from app.kernel.erasing import erased_at, erased_by
from app.kernel.errors import NotHere
from app.kernel.keyset import Listing, read_page
from app.kernel.reader import Reader, Sight, Slice, scoped
from app.kernel.set_fields import holding
from app.kernel.shape import shaper
from app.kernel.shown import shows

MOST_ALIKE = 20


@shows(Contact, account_name=Account.name)
class ContactRow(msgspec.Struct, frozen=True):
    """A person in a list."""

    id: UUID
    name: str
    job_title: str | None
    account_id: UUID | None
    account_name: str | None
    owner_id: UUID | None
    language: str | None
    is_vip: bool
    locked_at: datetime | None
    locked_by: UUID | None
    tags: tuple[str, ...]
    version: int


@shows(Identity, label=ContactIdentity.label, is_primary=ContactIdentity.is_primary)
class IdentityCard(msgspec.Struct, frozen=True, kw_only=True):
    """A number or address that a person uses."""

    id: UUID
    kind: str
    value: str
    shown: str
    label: str
    is_primary: bool
    is_valid: bool
    bounced: str | None


@shows(Contact, account_name=Account.name)
class ContactCard(msgspec.Struct, frozen=True, kw_only=True):
    """A person as the panel and the record page show them."""

    id: UUID
    name: str
    job_title: str | None
    account_id: UUID | None
    account_name: str | None
    owner_id: UUID | None
    language: str | None
    time_zone: str | None
    pinned_note: str | None
    is_vip: bool
    locked_at: datetime | None
    locked_by: UUID | None
    tags: tuple[str, ...]
    version: int
    identities: list[IdentityCard]
    erased_at: datetime | None = None
    erased_by: UUID | None = None


@shows(Contact, account_name=Account.name, phones=Identity.value, emails=Identity.value)
class ContactOut(msgspec.Struct, frozen=True, kw_only=True):
    """A person as they leave the workspace."""

    id: UUID
    name: str
    job_title: str | None
    account_id: UUID | None
    account_name: str | None
    phones: list[str]
    emails: list[str]
    language: str | None
    time_zone: str | None
    pinned_note: str | None
    is_vip: bool
    tags: tuple[str, ...]
    owner_id: UUID | None
    owner_name: str | None
    created_at: datetime
    updated_at: datetime


class CallerFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What an agent should know of a caller at once."""

    pinned_note: str
    language: str
    time_zone: str


ROW_COLUMNS = (
    Contact.id, Contact.name, Contact.job_title, Contact.account_id, Account.name.label("account_name"), Contact.owner_id,
    Contact.language, Contact.is_vip, Contact.locked_at, Contact.locked_by, Contact.tags, Contact.version,
)  # fmt: skip
COLUMNS = (*ROW_COLUMNS, Contact.time_zone, Contact.pinned_note, Contact.custom)
NOWHERE: dict[str, list[str]] = {"phones": [], "emails": []}


_row = shaper(ContactRow)


def _with_account(in_sight: ColumnElement[bool], columns: Sequence[Any] = COLUMNS) -> Select[Any]:
    """An account that is out of sight has no name here."""
    its = and_(Account.tenant_id == Contact.tenant_id, Account.id == Contact.account_id, in_sight)
    return select(*columns).select_from(Contact).outerjoin(Account, its)


def _everybody(sight: Sight, sight_of_accounts: Sight) -> Select[Any]:
    return _with_account(scoped(Account, sight_of_accounts), ROW_COLUMNS).where(scoped(Contact, sight))


BY_NAME = Listing((Contact, Account), _everybody, (Contact.name, Contact.id), ContactRow)
BY_NAME_BACKWARDS = Listing((Contact, Account), _everybody, (Contact.name, Contact.id), ContactRow, descending=True)


def _wanted(reader: Reader, search: str, tag: str, account_id: UUID | None = None) -> list[ColumnElement[bool]]:
    """What narrows the list."""
    wanted = [Contact.name.icontains(search, autoescape=True)] if search else []
    wanted += [Contact.account_id == account_id] if account_id else []
    return [*wanted, holding(reader, Contact, "tags", tag)] if tag else wanted


def contacts(
    reader: Reader,
    *,
    search: str = "",
    account_id: UUID | None = None,
    tag: str = "",
    after: str | None = None,
    limit: int = 50,
    descending: bool = False,
) -> Slice:
    """A page of people by name; `search` matches anywhere in the name, `tag` is one that they all have."""
    if not (search or account_id or tag):
        return (BY_NAME_BACKWARDS if descending else BY_NAME).page(reader, after=after, limit=limit)
    statement = _with_account(reader.within(Account)).where(reader.within(Contact), *_wanted(reader, search, tag, account_id))
    return read_page(reader, statement, (Contact.name, Contact.id), _row, after=after, limit=limit, descending=descending)


def contact_ids(reader: Reader, *, search: str = "", tag: str = "") -> list[UUID]:
    """All people of that list, by name."""
    statement = reader.select(Contact, Contact.id).where(*_wanted(reader, search, tag))
    return [row.id for row in reader.all(statement.order_by(Contact.name, Contact.id))]


def contact(reader: Reader, contact_id: UUID) -> ContactCard:
    """One person with their numbers and addresses; `NotHere` when there is none in sight."""
    row = reader.first(_with_account(reader.within(Account)).where(reader.within(Contact), Contact.id == contact_id))
    if row is None:
        raise NotHere(kind=Contact.__tablename__, id=contact_id.hex)
    known = msgspec.convert(row, ContactRow, from_attributes=True)
    return ContactCard(
        **msgspec.structs.asdict(known), time_zone=row.time_zone, pinned_note=row.pinned_note,
        identities=identities_of(reader, contact_id), erased_at=erased_at(row.custom), erased_by=erased_by(row.custom),
    )  # fmt: skip


def contacts_out(
    reader: Reader, *, search: str = "", account_id: UUID | None = None, tag: str = "", after: str | None = None, limit: int = 50
) -> Slice:
    """People with their numbers and addresses, in the order in which they came."""
    columns = (*COLUMNS, named_owner(Contact), Contact.created_at, Contact.updated_at)
    statement = _with_account(reader.within(Account), columns).where(
        reader.within(Contact), *_wanted(reader, search, tag, account_id)
    )
    page = read_page(reader, statement, (Contact.id,), lambda row: row._asdict(), after=after, limit=limit)
    reached = _reached(reader, [row["id"] for row in page.rows])
    rows = [msgspec.convert({**row, **reached.get(row["id"], NOWHERE)}, ContactOut) for row in page.rows]
    return Slice(rows=rows, next=page.next)


def _reached(reader: Reader, contact_ids: Sequence[UUID]) -> dict[UUID, dict[str, list[str]]]:
    """Where each of these people can be reached, primary ones first."""
    link = ContactIdentity
    joined = and_(link.tenant_id == Identity.tenant_id, link.identity_id == Identity.id)
    statement = select(link.contact_id, Identity.kind, Identity.value).join(link, joined)
    mine = (reader.within(Identity), reader.within(link), link.contact_id.in_(contact_ids))
    found: dict[UUID, dict[str, list[str]]] = {}
    for row in reader.all(statement.where(*mine).order_by(link.is_primary.desc(), Identity.value)):
        theirs = found.setdefault(row.contact_id, {"phones": [], "emails": []})
        theirs["emails" if row.kind == "email" else "phones"].append(row.value)
    return found


@cache
def _facts_asked(sight: Sight) -> Select[Any]:
    """Built once: building it costs more than running it, and the phone is ringing."""
    columns = (Contact.pinned_note, Contact.language, Contact.time_zone)
    return select(*columns).where(scoped(Contact, sight), Contact.id == bindparam("contact"))


def caller_facts(reader: Reader, contact_id: UUID) -> CallerFacts | None:
    """What the pop card says beyond the match; nothing when the contact is not in sight."""
    rows = reader.all(_facts_asked(reader.sight(Contact)), **reader.scope, contact=contact_id)
    if not rows:
        return None
    row = rows[0]
    return CallerFacts(pinned_note=row.pinned_note or "", language=row.language or "", time_zone=row.time_zone or "")


def identities_of(reader: Reader, contact_id: UUID) -> list[IdentityCard]:
    """A person's numbers and addresses, primary ones first."""
    link = ContactIdentity
    statement = (
        select(
            Identity.id, Identity.kind, Identity.value, Identity.shown, link.label, link.is_primary, Identity.is_valid,
            Identity.bounced,
        )
        .join(link, and_(link.tenant_id == Identity.tenant_id, link.identity_id == Identity.id))
        .where(reader.within(Identity), reader.within(link), link.contact_id == contact_id)
        .order_by(Identity.kind.desc(), link.is_primary.desc(), Identity.value)
    )  # fmt: skip
    return [msgspec.convert(row, IdentityCard, from_attributes=True) for row in reader.all(statement)]


class Reached(msgspec.Struct, frozen=True, kw_only=True):
    """A number or address that somebody uses, or used."""

    kind: str
    value: str
    shown: str
    label: str


def reached_ever(reader: Reader, contact_id: UUID) -> dict[UUID, Reached]:
    """A person's numbers and addresses, also those that were taken away, by the ids of their uses; hidden ones are empty."""
    link = ContactIdentity
    statement = (
        select(link.id, Identity.kind, Identity.value, Identity.shown, link.label)
        .join(Identity, and_(link.tenant_id == Identity.tenant_id, link.identity_id == Identity.id))
        .where(reader.within(Identity), reader.within(link, even_deleted=True), link.contact_id == contact_id)
    )
    return {
        row.id: Reached(kind=row.kind, value=row.value, shown=row.shown, label=row.label) for row in reader.all(statement)
    }  # fmt: skip


class Alike(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who may be the same person, and what the two have in common."""

    contact: ContactRow
    shared: list[str]  # numbers and addresses as they are shown; none: the name is the same


def alike(reader: Reader, contact_id: UUID) -> list[Alike]:
    """Who may be the same person as this one: those with a number or address of theirs first, then those of the same name."""
    card = contact(reader, contact_id)
    shared: dict[UUID, list[str]] = {}
    link = ContactIdentity
    for each in card.identities:
        users = reader.select(link, link.contact_id).where(link.identity_id == each.id, link.contact_id != contact_id)
        for row in reader.all(users.limit(MOST_ALIKE)):
            shared.setdefault(row.contact_id, []).append(each.shown)
    named = _with_account(reader.within(Account)).where(reader.within(Contact), Contact.id != contact_id)
    meets = [Contact.id.in_(list(shared)), *([Contact.name == card.name] if card.name else [])]  # hidden names are all alike
    found = reader.all(named.where(or_(*meets)).limit(MOST_ALIKE))
    rows = [Alike(contact=_row(row), shared=shared.get(row.id, [])) for row in found]
    return sorted(rows, key=lambda each: (not each.shared, each.contact.name, each.contact.id))
