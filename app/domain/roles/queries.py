"""Roles, one and many."""

from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row

from app.domain.roles.records import Role, RoleGrant
from app.domain.roles.rules import BASELINE
from app.kernel.reader import Reader


class RoleCard(msgspec.Struct, frozen=True, kw_only=True):
    """A role as screens show it; `holders` are those whom it was given, nobody of everybody's role."""

    id: UUID
    key: str
    name: str
    rights: dict[str, str]
    fields: dict[str, str]
    holders: list[UUID]

    @property
    def is_baseline(self) -> bool:
        """Whether everybody has it."""
        return self.key == BASELINE


def roles(reader: Reader) -> list[RoleCard]:
    """All roles, by name."""
    holders: dict[UUID, list[UUID]] = {}
    for row in reader.all(reader.select(RoleGrant, RoleGrant.role_id, RoleGrant.user_id).order_by(RoleGrant.id)):
        holders.setdefault(row.role_id, []).append(row.user_id)
    return [_card(row, holders.get(row.id, [])) for row in reader.all(reader.select(Role).order_by(Role.name, Role.id))]


def role(reader: Reader, role_id: UUID) -> RoleCard:
    """One role; `NotHere` when there is none."""
    row = reader.get(Role, role_id)
    held = reader.select(RoleGrant, RoleGrant.user_id).where(RoleGrant.role_id == role_id).order_by(RoleGrant.id)
    return _card(row, [grant.user_id for grant in reader.all(held)])


def _card(row: Row[Any], holders: list[UUID]) -> RoleCard:
    said = row.rights
    return RoleCard(
        id=row.id, key=row.key, name=row.name, rights=dict(said.get("rights", {})), fields=dict(said.get("fields", {})),
        holders=holders,
    )  # fmt: skip
