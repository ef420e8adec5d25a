"""Which tenants there are: a table that belongs to no tenant."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from sqlalchemy import Engine, Index, MetaData, Text, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from app.kernel.columns import Key
from app.kernel.errors import Refused
from server.database.away import reachable


class WorkspaceTaken(Refused):
    """The short name of a workspace is somebody's already."""

    key = "workspace_taken"
    text = "There is a workspace called {slug} already. Choose another name."


class DirectoryTable(DeclarativeBase):
    """Tables without a tenant: this one, and the tries of who has not signed in (server.database.tries)."""

    metadata = MetaData()
    type_annotation_map: ClassVar = {str: Text, UUID: Key}


class Entry(DirectoryTable):
    """A tenant, and the name by which people find it when they sign in."""

    __tablename__ = "directory"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    slug: Mapped[str]
    name: Mapped[str]

    __table_args__ = (Index("directory_by_slug", "slug", unique=True),)


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantName:
    """What the directory says of a tenant."""

    id: UUID
    slug: str
    name: str


class Directory:
    """Blocking; small enough to be asked from any thread. Tenants are never removed, so answers are kept."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._known: dict[str, TenantName] = {}

    def find(self, slug: str) -> TenantName | None:
        """The tenant of this short name."""
        if slug not in self._known:
            self.all()
        return self._known.get(slug)

    def all(self) -> list[TenantName]:
        """Every tenant, by short name."""
        with reachable(), self._engine.connect().execution_options(is_reader=True) as connection, connection.begin():
            rows = connection.execute(select(Entry.id, Entry.slug, Entry.name).order_by(Entry.slug)).all()
        names = [TenantName(id=row.id, slug=row.slug, name=row.name) for row in rows]
        self._known = {each.slug: each for each in names}
        return names

    def add(self, tenant: TenantName) -> None:
        """Enter a tenant; `WorkspaceTaken` when its short name is in use."""
        if self.find(tenant.slug) is not None:
            raise WorkspaceTaken(slug=tenant.slug)
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(Entry).values(id=tenant.id, slug=tenant.slug, name=tenant.name))
        except IntegrityError as error:  # by another process, since we looked
            raise WorkspaceTaken(slug=tenant.slug) from error
