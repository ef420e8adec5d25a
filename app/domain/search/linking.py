"""What stands beside a hit: whose number it is, where a person works, and whom a conversation is with."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row, and_, select

from app.domain.accounts.records import Account
from app.domain.contacts.records import Contact, ContactIdentity
from app.domain.conversations.records import Conversation
from app.domain.search.showing import Hit
from app.kernel.reader import Reader

MOST_PEOPLE = 200


def linked(reader: Reader, kind: str, hits: list[Hit]) -> list[Hit]:
    """The hits of one kind with what belongs beside them, as far as the reader may see it."""
    if not hits:
        return []
    if kind == Contact.__tablename__:
        return _with_work(reader, hits)
    if any(hit.conversation_id for hit in hits):
        hits = _with_conversation(reader, hits)
    return _with_people(reader, hits) if kind == "identity" else hits


def _with_work(reader: Reader, hits: list[Hit]) -> list[Hit]:
    works_at = and_(Account.tenant_id == Contact.tenant_id, Account.id == Contact.account_id, reader.within(Account))
    asked = reader.select(Contact, Contact.id, Contact.job_title, Account.name).select_from(Contact).outerjoin(Account, works_at)
    rows = _by_id(reader.all(asked.where(Contact.id.in_([hit.id for hit in hits]))))
    hidden = reader.actor.hidden("contact")
    return [msgspec.structs.replace(hit, detail=_work(rows[hit.id], hidden)) if hit.id in rows else hit for hit in hits]


def _work(row: Row[Any], hidden: frozenset[str]) -> str:
    title = "" if "job_title" in hidden else row.job_title
    return " · ".join(each for each in (title, row.name) if each)


def _with_conversation(reader: Reader, hits: list[Hit]) -> list[Hit]:
    talk = Conversation
    whose = and_(Contact.tenant_id == talk.tenant_id, Contact.id == talk.contact_id, reader.within(Contact))
    asked = (
        reader.select(talk, talk.id, talk.channel, talk.subject, talk.contact_id, Contact.name)
        .select_from(talk)
        .outerjoin(Contact, whose)
    )
    rows = _by_id(reader.all(asked.where(talk.id.in_([hit.conversation_id for hit in hits if hit.conversation_id]))))
    return [_in_talk(hit, rows[hit.conversation_id]) if hit.conversation_id in rows else hit for hit in hits]


def _in_talk(hit: Hit, row: Row[Any]) -> Hit:
    detail = row.name if hit.kind == "conversation" and row.name else hit.detail or row.name or row.subject
    return msgspec.structs.replace(
        hit, channel=hit.channel or row.channel, contact_id=hit.contact_id or row.contact_id, detail=detail or ""
    )


def _with_people(reader: Reader, hits: list[Hit]) -> list[Hit]:
    """A number is shown with who uses it, and leads there."""
    link = ContactIdentity
    asked = (
        select(link.identity_id, Contact.id, Contact.name)
        .join(Contact, and_(Contact.tenant_id == link.tenant_id, Contact.id == link.contact_id))
        .where(reader.within(link), reader.within(Contact), link.identity_id.in_([hit.id for hit in hits]))
        .order_by(link.is_primary.desc(), Contact.name, Contact.id)
        .limit(MOST_PEOPLE)
    )
    people: dict[UUID, list[Row[Any]]] = {}
    for row in reader.all(asked):
        people.setdefault(row.identity_id, []).append(row)
    return [_used_by(hit, people.get(hit.id, [])) for hit in hits]


def _used_by(hit: Hit, people: list[Row[Any]]) -> Hit:
    names = ", ".join(row.name for row in people)
    return msgspec.structs.replace(hit, detail=names, contact_id=people[0].id if people else None)


def _by_id(rows: Iterable[Row[Any]]) -> dict[Any, Row[Any]]:
    return {row.id: row for row in rows}
