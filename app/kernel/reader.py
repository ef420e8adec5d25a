"""Reading: every query goes through here, so that none can leave its tenant or the reader's sight."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Connection, FromClause, Row, Select, and_, bindparam, func, select, true

from app.kernel.columns import Key
from app.kernel.errors import NotHere
from app.kernel.log import Conflict
from app.kernel.packed import packed
from app.kernel.permissions import Actor, Keys, Level
from app.kernel.record import KINDS, Record, Root
from app.kernel.shape import shaper
from app.kernel.sharing import Share
from app.kernel.sight import in_sight
from app.kernel.veil import veiled

S = TypeVar("S", bound=msgspec.Struct)


@cache
def _above(kind: str) -> FromClause:
    """The rows that stand above others; made once, as it takes longer than the rest of a statement."""
    return KINDS[kind].__table__.alias(f"{kind}_above")


class Sight(NamedTuple):
    """By how many keys somebody sees a kind: what a statement of `scoped` is built for."""

    level: Level
    keys: int


@dataclass(frozen=True, slots=True)
class Reader:
    """One tenant's records, as one actor may see them, in one read transaction."""

    connection: Connection
    tenant_id: UUID
    actor: Actor

    def within(self, kind: type[Record], *, even_deleted: bool = False) -> ColumnElement[bool]:
        """The rows of a kind that are of this tenant, not deleted, and in sight."""
        lives = true() if even_deleted else kind.deleted_at.is_(None)
        is_here = and_(kind.tenant_id == self.tenant_id, lives, self._in_sight(kind))
        return is_here if kind is not Conflict or self.actor.access.is_open else and_(is_here, self._is_shown())

    def select(self, kind: type[Record], *columns: Any, even_deleted: bool = False) -> Select[Any]:
        """A statement over one kind, scoped; join others with `within` of their own."""
        return select(*(columns or kind.__table__.columns)).where(self.within(kind, even_deleted=even_deleted))

    def all(self, statement: Select[Any], **values: Any) -> Sequence[Row[Any]]:
        """The rows of a statement; columns that are hidden from the actor are empty in it, wherever it names them."""
        return self.connection.execute(veiled(statement, self.actor), values).all()

    def structs(self, statement: Select[Any], kind: type[S], **values: Any) -> list[S]:
        """The rows of a statement that is built once, as structs whose fields are columns of the same name."""
        shown = veiled(statement, self.actor)
        if self.connection.dialect.name != "sqlite":
            return list(map(_shaper(kind), self.connection.execute(shown, values)))
        whole = packed(shown, kind)
        return whole.rows(self.connection.execute(whole.statement, values).scalar_one())

    def first(self, statement: Select[Any], **values: Any) -> Row[Any] | None:
        """The first row of a statement, or nothing."""
        return self.connection.execute(veiled(statement.limit(1), self.actor), values).first()

    def count(self, statement: Select[Any]) -> int:
        """How many rows a statement has."""
        counted = select(func.count()).select_from(veiled(statement, self.actor).subquery())
        return int(self.connection.execute(counted).scalar_one())

    def get(self, kind: type[Record], record_id: UUID) -> Row[Any]:
        """One record's row; `NotHere` when it is missing, deleted or out of sight."""
        row = self.first(self.select(kind).where(kind.id == record_id))
        if row is None:
            raise NotHere(kind=kind.__tablename__, id=record_id.hex)
        return row

    def buried(self, kind: type[Record], record_id: UUID) -> Row[Any] | None:
        """A record in sight whether deleted or not; for telling what became of it."""
        return self.first(
            select(kind.__table__).where(kind.tenant_id == self.tenant_id, kind.id == record_id, self._in_sight(kind))
        )

    def keys_of(self, row: Any) -> Keys:
        """Whose a root's row is, those among them with whom it is shared for editing: what a right over it is asked with."""
        keys = {row.owner_id, row.team_id, row.territory_id}
        if row.share_count:
            mine = (Share.tenant_id == self.tenant_id, Share.record_id == row.id, Share.deleted_at.is_(None), Share.may_edit)
            keys |= set(self.connection.execute(select(Share.team_id).where(*mine)).scalars())
        return frozenset(keys - {None})

    def sight(self, kind: type[Record]) -> Sight:
        """What a statement of `scoped` over this kind is built for."""
        level = self.actor.access.read_level(kind.__tablename__)
        return Sight(level, len(self.actor.reach(level) or ()))

    @property
    def scope(self) -> dict[str, Any]:
        """The values for statements made with `scoped`."""
        own = {f"own_{number}": key for number, key in enumerate(self.actor.own)}
        return {"tenant": self.tenant_id} | own | {f"team_{number}": key for number, key in enumerate(self.actor.team)}

    def _in_sight(self, kind: type[Record]) -> ColumnElement[bool]:
        keys = self.actor.sight(kind.__tablename__)
        return true() if keys is None else self._seen(kind, kind.__table__, keys)

    def _is_shown(self) -> ColumnElement[bool]:
        """Conflicts over fields that are not hidden."""
        hidden = {kind: fields for kind in KINDS if (fields := self.actor.hidden(kind))}
        return and_(true(), *(~and_(Conflict.record_kind == kind, Conflict.field.in_(fields)) for kind, fields in hidden.items()))

    def _seen(self, kind: type[Record], table: FromClause, keys: Keys) -> ColumnElement[bool]:
        """A child is judged by its own parent, one look-up a row: a list of all parents in sight may be long."""
        if issubclass(kind, Root):
            return in_sight(table, keys)
        if kind.__parent__ is None:
            return true()
        name, column = kind.__parent__
        parent = KINDS[name]
        above = _above(name)
        mine = (above.c.tenant_id == self.tenant_id, above.c.id == table.c[column], self._seen(parent, above, keys))
        return select(above.c.id).where(*mine).correlate(table).exists()


@cache
def _shaper(kind: type[S]) -> shaper[S]:
    return shaper(kind)


def scoped(kind: type[Root], sight: Sight) -> ColumnElement[bool]:
    """`Reader.within` for a statement that is built once for each `Reader.sight` of the kind and asked with `Reader.scope`.

    Each key has a place of its own: a list of any length is written into the statement anew at each question, which takes as
    long as the answer.
    """
    is_here = and_(kind.tenant_id == bindparam("tenant", type_=Key()), kind.deleted_at.is_(None))
    if sight.level is Level.ALL:
        return is_here
    name = "own" if sight.level is Level.OWN else "team"
    return and_(is_here, in_sight(kind.__table__, [bindparam(f"{name}_{number}", type_=Key()) for number in range(sight.keys)]))


class Slice(msgspec.Struct, frozen=True, kw_only=True):
    """One page of a list and the place where the next begins; no `next` means the end."""

    rows: list[Any]
    next: str | None = None
