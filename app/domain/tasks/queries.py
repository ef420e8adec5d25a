"""What there is to do."""

from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Select, and_, bindparam, select

from app.domain.contacts.records import Contact
from app.domain.tasks.records import Task
from app.kernel.errors import NotHere
from app.kernel.reader import Reader, Sight, scoped
from app.kernel.shown import shows


@shows(Task, contact_name=Contact.name)
class TaskRow(msgspec.Struct, frozen=True, kw_only=True):
    """A task in a list."""

    id: UUID
    title: str
    details: str
    due_at: datetime | None
    done_at: datetime | None
    owner_id: UUID | None
    contact_id: UUID | None
    contact_name: str | None
    conversation_id: UUID | None
    version: int


def _with_contact(reader: Reader) -> Select[Any]:
    return (
        reader.select(
            Task, Task.id, Task.title, Task.details, Task.due_at, Task.done_at, Task.owner_id, Task.contact_id,
            Contact.name.label("contact_name"), Task.conversation_id, Task.version,
        )
        .select_from(Task)
        .outerjoin(Contact, and_(Contact.tenant_id == Task.tenant_id, Contact.id == Task.contact_id, reader.within(Contact)))
    )  # fmt: skip


def task(reader: Reader, task_id: UUID) -> TaskRow:
    """One task; `NotHere` when there is none in sight."""
    row = reader.first(_with_contact(reader).where(Task.id == task_id))
    if row is None:
        raise NotHere(kind=Task.__tablename__, id=task_id.hex)
    return msgspec.convert(row, TaskRow, from_attributes=True)


def tasks(
    reader: Reader, *, owner_id: UUID | None = None, contact_id: UUID | None = None, is_done: bool = False, limit: int = 200
) -> list[TaskRow]:
    """Tasks in the order in which they are due, those without a time last; done ones newest first."""
    statement = _with_contact(reader).where(Task.done_at.is_not(None) if is_done else Task.done_at.is_(None))
    if owner_id:
        statement = statement.where(Task.owner_id == owner_id)
    if contact_id:
        statement = statement.where(Task.contact_id == contact_id)
    order = (Task.done_at.desc(),) if is_done else (Task.due_at.is_(None), Task.due_at)
    rows = reader.all(statement.order_by(*order, Task.id).limit(limit))
    return [msgspec.convert(row, TaskRow, from_attributes=True) for row in rows]


def task_ids(reader: Reader, *, owner_id: UUID, is_done: bool = False) -> list[UUID]:
    """All of somebody's tasks, open or done."""
    theirs = reader.select(Task, Task.id).where(Task.owner_id == owner_id)
    theirs = theirs.where(Task.done_at.is_not(None) if is_done else Task.done_at.is_(None))
    return [row.id for row in reader.all(theirs.order_by(Task.id))]


class NextTask(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be done first."""

    title: str
    due_at: datetime | None


@cache
def _next_asked(sight: Sight) -> Select[Any]:
    """Built once: building it costs more than running it, and the phone is ringing."""
    is_theirs = and_(scoped(Task, sight), Task.contact_id == bindparam("contact"), Task.done_at.is_(None))
    return select(Task.title, Task.due_at).where(is_theirs).order_by(Task.due_at.is_(None), Task.due_at, Task.id).limit(1)


def next_task(reader: Reader, contact_id: UUID) -> NextTask | None:
    """A person's open task that is due first."""
    rows = reader.all(_next_asked(reader.sight(Task)), **reader.scope, contact=contact_id)
    return NextTask(title=rows[0].title, due_at=rows[0].due_at) if rows else None


def count_open(reader: Reader, owner_id: UUID) -> int:
    """How many tasks wait for somebody."""
    return reader.count(reader.select(Task, Task.id).where(Task.owner_id == owner_id, Task.done_at.is_(None)))
