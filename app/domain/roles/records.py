"""Roles: bundles of rights, given to people."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.command import Ref
from app.kernel.record import EMPTY, Root

RoleId = Annotated[UUID, Ref("role")]
NewRoleId = Annotated[UUID, Ref("role", new=True)]


class Role(Root):
    """What its holders may do: {"rights": {"contact:edit": "team", …}, "fields": {"contact.pinned_note": "hidden", …}}."""

    __open__ = True

    key: Mapped[str]
    name: Mapped[str]
    rights: Mapped[Mapping[str, Any]] = mapped_column(default=EMPTY)


class RoleGrant(Root):
    """Somebody has a role."""

    __open__ = True
    __noun__ = "role"
    __indexes__ = (("user_id",),)

    user_id: Mapped[UUID]
    role_id: Mapped[UUID]
