"""What stands beside a hit: whose number it is, where a person works, and whom a conversation is with."""

from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row, and_, select

from app.domain.accounts.records import Account
from app.domain.contacts.records import Contact, ContactIdentity
from app.domain.conversations.records import Conversation
from app.domain.identities.records import Identity
from app.domain.search.showing import Hit
from app.kernel.reader import Reader

MOST_PEOPLE = 200


def linked(reader: Reader, hits: list[Hit]) -> list[Hit]:
    """The hits with what belongs beside them, as far as the reader may see it; one question for all of a sort."""
    work = _work(reader, [hit.id for hit in hits if hit.kind == Contact.__tablename__])
    talks = _talks(reader, [hit.conversation_id for hit in hits if hit.conversation_id])
    people = _people(reader, [hit.id for hit in hits if hit.kind == Identity.__tablename__])

    def told(hit: Hit) -> Hit:
        if hit.kind == Contact.__tablename__:
            return msgspec.structs.replace(hit, detail=work.get(hit.id, hit.detail))
        if hit.conversation_id in talks:
            hit = _in_talk(hit, talks[hit.conversation_id])
        return _used_by(hit, people.get(hit.id, [])) if hit.kind == Identity.__tablename__ else hit

    return [told(hit) for hit in hits]


def _work(reader: Reader, ids: list[UUID]) -> dict[Any, str]:
    """What each person does, and where."""
    if not ids:
        return {}
    works_at = and_(Account.tenant_id == Contact.tenant_id, Account.id == Contact.account_id, reader.within(Account))
    asked = reader.select(Contact, Contact.id, Contact.job_title, Account.name).select_from(Contact).outerjoin(Account, works_at)
    is_hidden = "job_title" in reader.actor.hidden(Contact.__tablename__)
    rows = reader.all(asked.where(Contact.id.in_(ids)))
    return {row.id: " · ".join(each for each in ("" if is_hidden else row.job_title, row.name) if each) for row in rows}


def _talks(reader: Reader, ids: list[UUID]) -> dict[Any, Row[Any]]:
    if not ids:
        return {}
    talk = Conversation
    whose = and_(Contact.tenant_id == talk.tenant_id, Contact.id == talk.contact_id, reader.within(Contact))
    columns = (talk.id, talk.channel, talk.subject, talk.contact_id, Contact.name)
    asked = reader.select(talk, *columns).select_from(talk).outerjoin(Contact, whose).where(talk.id.in_(ids))
    return {row.id: row for row in reader.all(asked)}


def _in_talk(hit: Hit, row: Row[Any]) -> Hit:
    detail = row.name if hit.kind == Conversation.__tablename__ and row.name else hit.detail or row.name or row.subject
    return msgspec.structs.replace(
        hit, channel=hit.channel or row.channel, contact_id=hit.contact_id or row.contact_id, detail=detail or ""
    )


def _people(reader: Reader, ids: list[UUID]) -> dict[UUID, list[Row[Any]]]:
    """A number is shown with who uses it, and leads there."""
    if not ids:
        return {}
    link = ContactIdentity
    asked = (
        select(link.identity_id, Contact.id, Contact.name)
        .join(Contact, and_(Contact.tenant_id == link.tenant_id, Contact.id == link.contact_id))
        .where(reader.within(link), reader.within(Contact), link.identity_id.in_(ids))
        .order_by(link.is_primary.desc(), Contact.name, Contact.id)
        .limit(MOST_PEOPLE)
    )
    people: dict[UUID, list[Row[Any]]] = {}
    for row in reader.all(asked):
        people.setdefault(row.identity_id, []).append(row)
    return people


def _used_by(hit: Hit, people: list[Row[Any]]) -> Hit:
    names = ", ".join(row.name for row in people)
    return msgspec.structs.replace(hit, detail=names, contact_id=people[0].id if people else None)
