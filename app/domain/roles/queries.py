"""What somebody may do and see, from the rows that say so."""

from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, Row, and_, select

from app.domain.roles.records import Role, RoleGrant
from app.domain.teams.records import Team, TeamMember
from app.domain.users.records import User
from app.kernel.permissions import Actor, system_actor
from app.kernel.reader import Reader


class RoleCard(msgspec.Struct, frozen=True, kw_only=True):
    """A role as screens show it."""

    id: UUID
    key: str
    name: str
    rights: list[str]
    sees_all_teams: bool


def roles(reader: Reader) -> list[RoleCard]:
    """All roles, by name."""
    return [_card(row) for row in reader.all(reader.select(Role).order_by(Role.name, Role.id))]


def role(reader: Reader, role_id: UUID) -> RoleCard:
    """One role; `NotHere` when there is none."""
    return _card(reader.get(Role, role_id))


def _card(row: Row[Any]) -> RoleCard:
    return RoleCard(
        id=row.id, key=row.key, name=row.name, rights=list(row.rights.get("rights", ())), sees_all_teams=row.sees_all_teams
    )


def actor_of(connection: Connection, tenant_id: UUID, user_id: UUID) -> Actor:
    """Somebody's rights and scope keys; none of either for who is not, or no longer, a user of the tenant."""
    system = system_actor(tenant_id)
    if user_id == system.user_id:
        return system
    if not _is_active(connection, tenant_id, user_id):
        return Actor(user_id=user_id, keys=frozenset(), rights=frozenset())
    held = connection.execute(
        select(Role.rights, Role.sees_all_teams)
        .join(RoleGrant, and_(RoleGrant.tenant_id == Role.tenant_id, RoleGrant.role_id == Role.id))
        .where(
            Role.tenant_id == tenant_id, RoleGrant.user_id == user_id, Role.deleted_at.is_(None), RoleGrant.deleted_at.is_(None)
        )
    ).all()
    rights = frozenset(right for row in held for right in row.rights.get("rights", ()))
    teams = _teams(connection, tenant_id, None if any(row.sees_all_teams for row in held) else user_id)
    return Actor(user_id=user_id, keys=frozenset({user_id, tenant_id, *teams}), rights=rights)


def _is_active(connection: Connection, tenant_id: UUID, user_id: UUID) -> bool:
    row = connection.execute(
        select(User.is_active).where(User.tenant_id == tenant_id, User.id == user_id, User.deleted_at.is_(None))
    ).first()
    return row is not None and row.is_active


def _teams(connection: Connection, tenant_id: UUID, user_id: UUID | None) -> list[UUID]:
    if user_id is None:
        query = select(Team.id).where(Team.tenant_id == tenant_id, Team.deleted_at.is_(None))
    else:
        query = select(TeamMember.member_of).where(
            TeamMember.tenant_id == tenant_id, TeamMember.user_id == user_id, TeamMember.deleted_at.is_(None)
        )
    return list(connection.execute(query).scalars())
