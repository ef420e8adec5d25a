"""Records: what people keep, in both databases."""

import inspect
import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, Index, MetaData, Table, Text, text
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column
from sqlalchemy.sql.schema import ScalarElementColumnDefault
from typing_extensions import override

from app.kernel.columns import EMPTY_SET, Frozen, Key, Moment, Words
from app.kernel.errors import BadValue
from app.kernel.searched import Searched

EMPTY: Mapping[str, Any] = MappingProxyType({})
ERASED_AT, ERASED_BY = "erased_at", "erased_by"  # in `custom`, of which nothing else is left then
# What the unit of work fills in by itself; never part of a change.
SYSTEM_FIELDS = frozenset({
    "tenant_id", "id", "version", "scope_version",
    "created_at", "created_by", "updated_at", "updated_by",
})  # fmt: skip


class Base(DeclarativeBase):
    """Every table of both databases; one metadata creates them all."""

    if TYPE_CHECKING:
        __table__: ClassVar[Table]  # it might be a join or a query; here it never is

    metadata = MetaData()
    type_annotation_map: ClassVar = {
        int: BigInteger, str: Text, UUID: Key, datetime: Moment, Mapping[str, Any]: Frozen,
        tuple[str, ...]: Words,
    }  # fmt: skip


class Record(Base):
    """Something that people keep, that syncs, and whose every change is told."""

    __abstract__ = True
    __guarded__: ClassVar[frozenset[str]] = frozenset()  # never overwritten unseen: the command is rejected
    __parent__: ClassVar[tuple[str, str] | None] = None  # (kind, column) of the record that decides who sees this
    __indexes__: ClassVar[tuple[tuple[str, ...], ...]] = ()  # columns after tenant_id
    __noun__: ClassVar[str | None] = None  # whose rights govern it, where that is neither itself nor what stands above it
    __open__: ClassVar[bool] = False  # known to everybody: rights and sight follow from it, on every device
    __personal__: ClassVar[bool] = False  # its owner's alone, whatever others' rights are
    __kept__: ClassVar[frozenset[str]] = frozenset()  # fields that follow from what is done: no role guards their writing
    __searched__: ClassVar[Searched | None] = None  # which columns full-text search looks at; nothing: it is not found
    __erased__: ClassVar[Mapping[str, Any]] = EMPTY  # fields that tell of a person outside, and what is left when they are erased
    # (column, kind), nearest first, of what it is about where that does not decide who sees it: it goes along to another team.
    __hangs_on__: ClassVar[tuple[tuple[str, str], ...]] = ()
    __recent__: ClassVar[bool] = False  # of a root: a device may keep only those that changed lately, with what is below them

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    created_by: Mapped[UUID]
    updated_at: Mapped[datetime]
    updated_by: Mapped[UUID]
    deleted_at: Mapped[datetime | None] = mapped_column(default=None)
    custom: Mapped[Mapping[str, Any]] = mapped_column(default=EMPTY)

    @property
    def is_erased(self) -> bool:
        """Whether it tells of a person who was erased (app.kernel.erasing): nothing of them comes back into it."""
        return bool(self.custom) and ERASED_AT in self.custom

    @override
    @declared_attr.directive
    @classmethod
    def __tablename__(cls) -> str:
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    @override
    @declared_attr.directive
    @classmethod
    def __table_args__(cls) -> tuple[Any, ...]:
        name = cls.__tablename__
        more = [Index(f"{name}_by_{'_'.join(columns)}", "tenant_id", *columns) for columns in cls.__indexes__]
        if cls.__parent__ and all(columns[0] != cls.__parent__[1] for columns in cls.__indexes__):
            more.append(Index(f"{name}_by_parent", "tenant_id", cls.__parent__[1]))
        more += [
            _index_of_set(name, field) for field, hint in inspect.get_annotations(cls).items() if hint == Mapped[tuple[str, ...]]
        ]
        return (Index(f"{name}_by_version", "tenant_id", "version", "id"), *more)

    @override
    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if not cls.__dict__.get("__abstract__"):
            type.__setattr__(cls, "__tablename__", cls.__tablename__)  # asked for at every turn, and not to be made anew
            KINDS[cls.__tablename__] = cls


def _index_of_set(kind: str, field: str) -> Index:
    """The rows that have anything in a set field, newest at one end: most have nothing. On PostgreSQL the migration says so: a
    console would load that dialect only to be told of it."""
    return Index(f"{kind}_by_{field}", "tenant_id", "updated_at", field, sqlite_where=text(f"{field} <> '{EMPTY_SET}'"))


class Root(Record):
    """A record that says who may see it and everything below it."""

    __abstract__ = True

    owner_id: Mapped[UUID | None] = mapped_column(default=None)
    team_id: Mapped[UUID | None] = mapped_column(default=None)
    territory_id: Mapped[UUID | None] = mapped_column(default=None)
    share_count: Mapped[int] = mapped_column(default=0)  # how many times it is shared: most are not, and need no look-up
    scope_version: Mapped[int] = mapped_column(default=0)  # the change number at which whose sight it is in last changed

    @property
    def keys(self) -> frozenset[UUID]:
        """Whose sight this is in: its owner's, its team's (the tenant's id stands for everybody), its territory's."""
        return frozenset([key for key in (self.owner_id, self.team_id, self.territory_id) if key])


class Lockable(Root):
    """A root that somebody can lock: nobody without the right to changes it then, nor what is below it (app.kernel.locking)."""

    __abstract__ = True
    __unlocked__: ClassVar[frozenset[str]] = (
        frozenset()
    )  # fields that follow from what comes in and who looks: a lock keeps none of it

    locked_at: Mapped[datetime | None] = mapped_column(default=None)
    locked_by: Mapped[UUID | None] = mapped_column(default=None)


KEY_FIELDS = frozenset({"owner_id", "team_id", "territory_id"})
LOCK_FIELDS = frozenset({"locked_at", "locked_by"})
SCOPE_FIELDS = KEY_FIELDS | {"share_count"}
KINDS: dict[str, type[Record]] = {}


def fields_of(kind: type[Record]) -> list[str]:
    """The fields that commands set; what the unit of work fills in is not among them."""
    return [name for name in kind.__mapper__.column_attrs.keys() if name not in SYSTEM_FIELDS]  # noqa: SIM118


def default_of(record: Record | type[Record], field: str) -> Any:
    """What a field of a new record holds when nothing is said of it."""
    default = record.__mapper__.columns[field].default
    return default.arg if isinstance(default, ScalarElementColumnDefault) else None


@cache
def defaults_of(kind: type[Record]) -> Mapping[str, Any]:
    """What all fields of a new record hold when nothing is said of them."""
    return {name: default_of(kind, name) for name in kind.__mapper__.column_attrs.keys()}  # noqa: SIM118 - no dict


def noun_of(kind: str) -> str:
    """The noun whose rights govern a kind."""
    record = KINDS[kind]
    if record.__noun__:
        return record.__noun__
    return noun_of(record.__parent__[0]) if record.__parent__ else kind


def root_kind_of(kind: str) -> str:
    """The kind that stands above all others over this one; itself when it is a root."""
    record = KINDS[kind]
    return root_kind_of(record.__parent__[0]) if record.__parent__ else kind


def root_of_kind(kind: str) -> type[Root]:
    """The kind of record that somebody names; `BadValue` when there is none, or it does not decide itself who sees it."""
    record = KINDS.get(kind)
    if record is None or not issubclass(record, Root) or record.__open__ or record.__personal__:
        raise BadValue(field="kind", value=kind, hint="Name something that belongs to somebody, such as contact.")
    return record


def guardable_of(kind: str) -> frozenset[str]:
    """The fields of a kind that a role may hide or make read-only: not what says where, when and whose it is."""
    record = KINDS[kind]
    if record.__open__ or record.__personal__:
        return frozenset()
    columns = record.__table__.columns
    needed = {name for name, column in columns.items() if not column.nullable and isinstance(column.type, Key | Moment)}
    return frozenset(fields_of(record)) - SCOPE_FIELDS - LOCK_FIELDS - {"deleted_at", "custom"} - needed


def root_of(kind: type[Record]) -> type[Root] | None:
    """The kind that decides who sees this one."""
    if issubclass(kind, Root):
        return kind
    return root_of(KINDS[kind.__parent__[0]]) if kind.__parent__ else None


def indispensable(kind: type[Record]) -> frozenset[str]:
    """The columns without which a row can be neither kept nor judged; they are never hidden from a replica."""
    return SYSTEM_FIELDS | SCOPE_FIELDS | {"deleted_at", *(kind.__parent__[1:] if kind.__parent__ else ())}
