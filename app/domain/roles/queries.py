"""Roles, one and many."""

from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row

from app.domain.roles.records import Role
from app.kernel.reader import Reader


class RoleCard(msgspec.Struct, frozen=True, kw_only=True):
    """A role as screens show it."""

    id: UUID
    key: str
    name: str
    rights: dict[str, str]
    fields: dict[str, str]


def roles(reader: Reader) -> list[RoleCard]:
    """All roles, by name."""
    return [_card(row) for row in reader.all(reader.select(Role).order_by(Role.name, Role.id))]


def role(reader: Reader, role_id: UUID) -> RoleCard:
    """One role; `NotHere` when there is none."""
    return _card(reader.get(Role, role_id))


def _card(row: Row[Any]) -> RoleCard:
    said = row.rights
    return RoleCard(
        id=row.id, key=row.key, name=row.name, rights=dict(said.get("rights", {})), fields=dict(said.get("fields", {}))
    )
