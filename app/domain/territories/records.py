"""Territories: a tree of regions or segments that records belong to and people look after."""

from typing import Annotated
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.command import Ref
from app.kernel.record import Record, Root

TerritoryId = Annotated[UUID, Ref("territory")]
NewTerritoryId = Annotated[UUID, Ref("territory", new=True)]


class Territory(Root):
    """One of them; who looks after it looks after all below it. Known to everybody."""

    __open__ = True

    name: Mapped[str]
    above_id: Mapped[UUID | None] = mapped_column(default=None)


class TerritoryMember(Record):
    """Somebody looks after a territory."""

    __open__ = True
    __parent__ = ("territory", "member_of")
    __indexes__ = (("user_id",),)

    member_of: Mapped[UUID]
    user_id: Mapped[UUID]
