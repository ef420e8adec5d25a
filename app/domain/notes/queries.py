"""Notes on something."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row

from app.domain.notes.records import Note
from app.domain.users.records import User
from app.kernel.reader import Reader
from app.kernel.shown import shows


@shows(Note)
class NoteCard(msgspec.Struct, frozen=True, kw_only=True):
    """A note as screens show it."""

    id: UUID
    text: str
    author_id: UUID
    author_name: str
    contact_id: UUID | None
    conversation_id: UUID | None
    call_id: UUID | None
    is_pinned: bool
    created_at: datetime
    updated_at: datetime
    version: int


def notes(
    reader: Reader,
    *,
    contact_id: UUID | None = None,
    conversation_id: UUID | None = None,
    call_id: UUID | None = None,
    limit: int = 200,
) -> list[NoteCard]:
    """The notes on one thing, newest first."""
    statement = reader.select(Note)
    if contact_id:
        statement = statement.where(Note.contact_id == contact_id)
    if conversation_id:
        statement = statement.where(Note.conversation_id == conversation_id)
    if call_id:
        statement = statement.where(Note.call_id == call_id)
    rows = reader.all(statement.order_by(Note.created_at.desc(), Note.id.desc()).limit(limit))
    return _cards(reader, rows)


def note(reader: Reader, note_id: UUID) -> NoteCard:
    """One note; `NotHere` when there is none in sight."""
    return _cards(reader, [reader.get(Note, note_id)])[0]


def _cards(reader: Reader, rows: Sequence[Row[Any]]) -> list[NoteCard]:
    names = _names(reader, {row.created_by for row in rows})
    return [
        NoteCard(
            id=row.id, text=row.text, author_id=row.created_by, author_name=names.get(row.created_by, ""),
            contact_id=row.contact_id, conversation_id=row.conversation_id, call_id=row.call_id,
            is_pinned=row.is_pinned, created_at=row.created_at, updated_at=row.updated_at, version=row.version,
        )
        for row in rows
    ]  # fmt: skip


def _names(reader: Reader, ids: set[UUID]) -> dict[UUID, str]:
    rows = reader.all(reader.select(User, User.id, User.name).where(User.id.in_(ids)))
    return {row.id: row.name for row in rows}
