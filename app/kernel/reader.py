"""Reading: every query goes through here, so that none can leave its tenant or the reader's sight."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, Select, and_, or_, select, true

from app.kernel.errors import NotHere
from app.kernel.permissions import Actor
from app.kernel.record import KINDS, Record, Root


@dataclass(frozen=True, slots=True)
class Reader:
    """One tenant's records, as one actor may see them, in one read transaction."""

    connection: Connection
    tenant_id: UUID
    actor: Actor

    def within(self, kind: type[Record]) -> ColumnElement[bool]:
        """The rows of a kind that are of this tenant, not deleted, and in sight."""
        return and_(kind.tenant_id == self.tenant_id, kind.deleted_at.is_(None), self._in_sight(kind))

    def select(self, kind: type[Record], *columns: Any) -> Select[Any]:
        """A statement over one kind, scoped; join others with `within` of their own."""
        return select(*(columns or kind.__table__.columns)).where(self.within(kind))

    def all(self, statement: Select[Any], **values: Any) -> Sequence[Row[Any]]:
        """The rows of a statement."""
        return self.connection.execute(statement, values).all()

    def first(self, statement: Select[Any], **values: Any) -> Row[Any] | None:
        """The first row of a statement, or nothing."""
        return self.connection.execute(statement.limit(1), values).first()

    def get(self, kind: type[Record], record_id: UUID) -> Row[Any]:
        """One record's row; `NotHere` when it is missing, deleted or out of sight."""
        row = self.first(self.select(kind).where(kind.id == record_id))
        if row is None:
            raise NotHere(kind=kind.__tablename__, id=record_id.hex)
        return row

    def _in_sight(self, kind: type[Record]) -> ColumnElement[bool]:
        if self.actor.sees_all:
            return true()
        if issubclass(kind, Root):
            return or_(kind.team_id.in_(self.actor.keys), kind.owner_id.in_(self.actor.keys))
        if kind.__parent__ is None:
            return true()
        parent, column = kind.__parent__
        above = KINDS[parent]
        seen = select(above.id).where(above.tenant_id == self.tenant_id, self._in_sight(above))
        found: ColumnElement[bool] = getattr(kind, column).in_(seen)
        return found


class Slice(msgspec.Struct, frozen=True, kw_only=True):
    """One page of a list and the place where the next begins; no `next` means the end."""

    rows: list[Any]
    next: str | None = None
