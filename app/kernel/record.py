"""Records: what people keep, in both databases."""

import re
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, Index, MetaData, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column
from typing_extensions import override

from app.kernel.columns import Frozen, Key, Moment

EMPTY: Mapping[str, Any] = MappingProxyType({})
# What the unit of work fills in by itself; never part of a change.
SYSTEM_FIELDS = frozenset({
    "tenant_id", "id", "version", "scope_version",
    "created_at", "created_by", "updated_at", "updated_by",
})  # fmt: skip


class Base(DeclarativeBase):
    """Every table of both databases; one metadata creates them all."""

    metadata = MetaData()
    type_annotation_map: ClassVar = {
        int: BigInteger, str: Text, UUID: Key, datetime: Moment, Mapping[str, Any]: Frozen,
    }  # fmt: skip


class Record(Base):
    """Something that people keep, that syncs, and whose every change is told."""

    __abstract__ = True
    __guarded__: ClassVar[frozenset[str]] = frozenset()  # never overwritten unseen: the command is rejected
    __parent__: ClassVar[tuple[str, str] | None] = None  # (kind, column) of the record that decides who sees this
    __indexes__: ClassVar[tuple[tuple[str, ...], ...]] = ()  # columns after tenant_id

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    created_by: Mapped[UUID]
    updated_at: Mapped[datetime]
    updated_by: Mapped[UUID]
    deleted_at: Mapped[datetime | None] = mapped_column(default=None)
    custom: Mapped[Mapping[str, Any]] = mapped_column(default=EMPTY)

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
        return (Index(f"{name}_by_version", "tenant_id", "version", "id"), *more)

    @override
    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if not cls.__dict__.get("__abstract__"):
            KINDS[cls.__tablename__] = cls


class Root(Record):
    """A record that says who may see it and everything below it."""

    __abstract__ = True

    owner_id: Mapped[UUID | None] = mapped_column(default=None)
    team_id: Mapped[UUID | None] = mapped_column(default=None)
    scope_version: Mapped[int] = mapped_column(default=0)  # the change number at which owner or team last changed

    @property
    def keys(self) -> frozenset[UUID]:
        """Whose sight this is in: its owner's, and its team's (the tenant's id stands for everybody)."""
        return frozenset(key for key in (self.owner_id, self.team_id) if key)


SCOPE_FIELDS = frozenset({"owner_id", "team_id"})
KINDS: dict[str, type[Record]] = {}


def fields_of(kind: type[Record]) -> list[str]:
    """The fields that commands set; what the unit of work fills in is not among them."""
    return [name for name in kind.__mapper__.column_attrs.keys() if name not in SYSTEM_FIELDS]  # noqa: SIM118
