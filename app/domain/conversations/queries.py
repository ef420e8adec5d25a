"""The inbox, and one conversation."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec
from sqlalchemy import Select, and_

from app.domain.contacts.records import Contact
from app.domain.conversations.records import Conversation
from app.domain.users.queries import belonging, named_owner
from app.kernel.errors import NotHere
from app.kernel.keyset import read_page
from app.kernel.reader import Reader, Slice
from app.kernel.record import ERASED_AT
from app.kernel.set_fields import holding
from app.kernel.shape import shaper
from app.kernel.shown import shows

View = Literal["mine", "unassigned", "all"]


@shows(Conversation, contact_name=Contact.name, is_vip=Contact.is_vip)
class ConversationRow(msgspec.Struct, frozen=True):
    """A conversation in a list, with the customer's name where one is known."""

    id: UUID
    channel: str
    subject: str
    status: str
    contact_id: UUID | None
    contact_name: str | None
    is_vip: bool | None
    address: str
    inbox_key: str
    preview: str
    preview_kind: str
    last_message_at: datetime
    last_direction: str
    is_unread: bool
    message_count: int
    owner_id: UUID | None
    team_id: UUID | None
    reply_due_at: datetime | None
    snoozed_until: datetime | None
    locked_at: datetime | None
    locked_by: UUID | None
    tags: tuple[str, ...]
    version: int


@shows(Conversation, contact_name=Contact.name)
class ConversationOut(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation as it leaves the workspace: what it was about and when, without its messages."""

    id: UUID
    channel: str
    inbox_key: str
    subject: str
    status: str
    contact_id: UUID | None
    contact_name: str | None
    address: str
    message_count: int
    last_direction: str
    last_message_at: datetime
    reply_due_at: datetime | None
    snoozed_until: datetime | None
    owner_id: UUID | None
    owner_name: str | None
    team_id: UUID | None
    tags: tuple[str, ...]
    created_at: datetime


COLUMNS = (
    Conversation.id, Conversation.channel, Conversation.subject, Conversation.status, Conversation.contact_id,
    Contact.name.label("contact_name"), Contact.is_vip, Conversation.address, Conversation.inbox_key, Conversation.preview,
    Conversation.preview_kind, Conversation.last_message_at, Conversation.last_direction, Conversation.is_unread,
    Conversation.message_count, Conversation.owner_id, Conversation.team_id, Conversation.reply_due_at,
    Conversation.snoozed_until, Conversation.locked_at, Conversation.locked_by, Conversation.tags,
    Conversation.version,
)  # fmt: skip


_row = shaper(ConversationRow)


def _with_contact(reader: Reader, *more: Any) -> Select[Any]:
    its = and_(Contact.tenant_id == Conversation.tenant_id, Contact.id == Conversation.contact_id, reader.within(Contact))
    return reader.select(Conversation, *COLUMNS, *more).select_from(Conversation).outerjoin(Contact, its)


def _in_view(
    reader: Reader, statement: Select[Any], view: View, status: str, tag: str = "", owner_id: UUID | None = None
) -> Select[Any]:
    statement = statement.where(Conversation.status == status, *belonging(Conversation, owner_id))
    if tag:
        statement = statement.where(holding(reader, Conversation, "tags", tag))
    if view == "mine":
        return statement.where(Conversation.owner_id == reader.actor.user_id)
    return statement.where(Conversation.owner_id.is_(None)) if view == "unassigned" else statement


def conversations(
    reader: Reader,
    *,
    view: View = "all",
    status: str = "open",
    tag: str = "",
    owner_id: UUID | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Slice:
    """A page of the inbox, newest first; `tag`: one that they all have."""
    statement = _in_view(reader, _with_contact(reader), view, status, tag, owner_id)
    order = (Conversation.last_message_at, Conversation.id)
    return read_page(reader, statement, order, _row, after=after, limit=limit, descending=True)


def conversation_ids(
    reader: Reader, *, view: View = "all", status: str = "open", tag: str = "", owner_id: UUID | None = None
) -> list[UUID]:
    """All conversations of that view, newest first."""
    statement = _in_view(reader, reader.select(Conversation, Conversation.id), view, status, tag, owner_id)
    return [row.id for row in reader.all(statement.order_by(Conversation.last_message_at.desc(), Conversation.id.desc()))]


def conversations_out(
    reader: Reader,
    *,
    status: str | None = None,
    since: datetime | None = None,
    tag: str = "",
    owner_id: UUID | None = None,
    is_unowned: bool = False,
    after: str | None = None,
    limit: int = 50,
) -> Slice:
    """Conversations in the order in which they came; `since`: those with a message then or later."""
    statement = _with_contact(reader, named_owner(Conversation), Conversation.created_at)
    statement = statement.where(*belonging(Conversation, owner_id, is_unowned=is_unowned))
    if status:
        statement = statement.where(Conversation.status == status)
    if since:
        statement = statement.where(Conversation.last_message_at >= since)
    if tag:
        statement = statement.where(holding(reader, Conversation, "tags", tag))
    return read_page(reader, statement, (Conversation.id,), _out, after=after, limit=limit)


def _out(row: object) -> ConversationOut:
    return msgspec.convert(row, ConversationOut, from_attributes=True)


def conversations_of(reader: Reader, contact_id: UUID, *, limit: int = 50) -> list[ConversationRow]:
    """A person's conversations, newest first."""
    statement = _with_contact(reader).where(Conversation.contact_id == contact_id)
    return [_row(row) for row in reader.all(statement.order_by(Conversation.last_message_at.desc()).limit(limit))]


def conversation(reader: Reader, conversation_id: UUID) -> ConversationRow:
    """One conversation; `NotHere` when there is none in sight."""
    row = reader.first(_with_contact(reader).where(Conversation.id == conversation_id))
    if row is None:
        raise NotHere(kind=Conversation.__tablename__, id=conversation_id.hex)
    return _row(row)


def is_erased(reader: Reader, conversation_id: UUID) -> bool:
    """Whether it was with a person who was erased; `NotHere` when there is none in sight."""
    return ERASED_AT in reader.get(Conversation, conversation_id).custom


def count(reader: Reader, *, view: View, status: str = "open", at_most: int = 999) -> int:
    """How many conversations a view holds; counting stops at `at_most`, which screens show as "999+"."""
    some = _in_view(reader, reader.select(Conversation, Conversation.id), view, status).limit(at_most)
    return reader.count(some)
