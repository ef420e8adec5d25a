"""With whom a record is shared, and what is shared with oneself."""

from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import select

from app.kernel.errors import NotHere
from app.kernel.reader import Reader
from app.kernel.record import root_of_kind
from app.kernel.sharing import Share


class ShareRow(msgspec.Struct, frozen=True, kw_only=True):
    """A record is shared with somebody."""

    id: UUID
    record_kind: str
    record_id: UUID
    user_id: UUID | None
    team_id: UUID | None
    may_edit: bool
    owner_id: UUID | None
    created_at: datetime


COLUMNS = (
    Share.id, Share.record_kind, Share.record_id, Share.user_id, Share.with_team_id.label("team_id"), Share.may_edit,
    Share.owner_id, Share.created_at,
)  # fmt: skip


def _row(row: object) -> ShareRow:
    return msgspec.convert(row, ShareRow, from_attributes=True)


def shares(reader: Reader, record_id: UUID, *, kind: str = "contact") -> list[ShareRow]:
    """With whom a record is shared; whoever sees the record may know, as far as this device does."""
    reader.get(root_of_kind(kind), record_id)
    statement = select(*COLUMNS).where(
        Share.tenant_id == reader.tenant_id, Share.record_id == record_id, Share.deleted_at.is_(None)
    )
    return [_row(row) for row in reader.all(statement.order_by(Share.created_at, Share.id))]


def share(reader: Reader, share_id: UUID) -> ShareRow:
    """One of them; `NotHere` when it is over, or neither by nor with the reader."""
    row = reader.first(reader.select(Share, *COLUMNS).where(Share.id == share_id))
    if row is None:
        raise NotHere(kind=Share.__tablename__, id=share_id.hex)
    return _row(row)


def shared_with_me(reader: Reader) -> list[ShareRow]:
    """What others have shared with one, or with one's teams, newest first."""
    statement = reader.select(Share, *COLUMNS).where(Share.owner_id != reader.actor.user_id)
    return [_row(row) for row in reader.all(statement.order_by(Share.created_at.desc(), Share.id))]
