"""Who somebody is when they act: their roles, and the keys of what they see, from the rows that say so."""

from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, and_, or_, select

from app.domain.roles.grants import EVERYBODYS_GRANT, grant_of
from app.domain.roles.records import Role, RoleGrant
from app.domain.roles.rules import BASELINE
from app.domain.teams.records import Team, TeamMember
from app.domain.territories.records import Territory, TerritoryMember
from app.domain.users.records import User
from app.kernel.permissions import Access, Actor, Keys, Level, actor_without_rights, shared_key, system_actor
from app.kernel.record import KINDS
from app.kernel.tree import below

# What `actor_of` reads; of a person only these fields: their state changes all day.
ACTOR_KINDS = frozenset({"user", "team", "team_member", "role", "role_grant", "territory", "territory_member"})
USER_FIELDS = frozenset({"is_active", "deleted_at", "manager_id"})


def actor_of(connection: Connection, tenant_id: UUID, user_id: UUID) -> Actor:
    """Somebody's rights and scope keys; none of either for who is not, or no longer, a user of the tenant."""
    system = system_actor(tenant_id)
    if user_id == system.user_id:
        return system
    if not _is_active(connection, tenant_id, user_id):
        return actor_without_rights(user_id)
    access = access_of(connection, tenant_id, user_id)
    teams = teams_of(connection, tenant_id, user_id)
    own = frozenset({user_id, *map(shared_key, teams)})
    people = subtree_of(connection, tenant_id, user_id)
    team = frozenset({*own, tenant_id, *teams, *people, *territories_of(connection, tenant_id, user_id)})
    return Actor(user_id=user_id, own=own, team=team, keys=team | _all_keys(connection, tenant_id, access), access=access)


def access_of(connection: Connection, tenant_id: UUID, user_id: UUID) -> Access:
    """What the roles of a person give together, everybody's role among them."""
    rows = held_roles(connection, tenant_id, user_id)
    grants = [grant_of(row.name, row.rights) for row in rows]
    return Access(grants if any(row.key == BASELINE for row in rows) else [EVERYBODYS_GRANT, *grants])


def held_roles(connection: Connection, tenant_id: UUID, user_id: UUID) -> list[Row[Any]]:
    """The roles that a person has, everybody's first."""
    mine = select(RoleGrant.role_id).where(
        RoleGrant.tenant_id == tenant_id, RoleGrant.user_id == user_id, RoleGrant.deleted_at.is_(None)
    )
    held = select(Role.id, Role.key, Role.name, Role.rights).where(
        Role.tenant_id == tenant_id, Role.deleted_at.is_(None), or_(Role.key == BASELINE, Role.id.in_(mine))
    )
    return sorted(connection.execute(held).all(), key=lambda row: (row.key != BASELINE, row.name, row.id))


def teams_of(connection: Connection, tenant_id: UUID, user_id: UUID) -> list[UUID]:
    """The teams that a person is in."""
    query = select(TeamMember.member_of).where(
        TeamMember.tenant_id == tenant_id, TeamMember.user_id == user_id, TeamMember.deleted_at.is_(None)
    )
    return list(connection.execute(query).scalars())


def subtree_of(connection: Connection, tenant_id: UUID, user_id: UUID) -> Keys:
    """Everybody who is below a person, however far."""
    query = select(User.id, User.manager_id).where(
        User.tenant_id == tenant_id, User.manager_id.is_not(None), User.deleted_at.is_(None)
    )
    return below({user_id}, ((row.manager_id, row.id) for row in connection.execute(query))) - {user_id}


def territories_of(connection: Connection, tenant_id: UUID, user_id: UUID) -> Keys:
    """The territories that a person is assigned to, and all below them."""
    mine = select(TerritoryMember.member_of).where(
        TerritoryMember.tenant_id == tenant_id, TerritoryMember.user_id == user_id, TerritoryMember.deleted_at.is_(None)
    )
    assigned = set(connection.execute(mine).scalars())
    if not assigned:
        return frozenset()
    rows = connection.execute(
        select(Territory.id, Territory.above_id).where(Territory.tenant_id == tenant_id, Territory.deleted_at.is_(None))
    ).all()
    known = {row.id for row in rows}
    return below(assigned & known, ((row.above_id, row.id) for row in rows if row.above_id))


def _all_keys(connection: Connection, tenant_id: UUID, access: Access) -> Keys:
    """Who sees all records of a kind is concerned by those of every team."""
    if not any(access.read_level(kind) is Level.ALL and not KINDS[kind].__open__ for kind in KINDS):
        return frozenset()
    return frozenset(_ids(connection, tenant_id, Team) | _ids(connection, tenant_id, Territory))


def _ids(connection: Connection, tenant_id: UUID, kind: type[Team] | type[Territory]) -> set[UUID]:
    return set(connection.execute(select(kind.id).where(kind.tenant_id == tenant_id, kind.deleted_at.is_(None))).scalars())


def _is_active(connection: Connection, tenant_id: UUID, user_id: UUID) -> bool:
    is_theirs = and_(User.tenant_id == tenant_id, User.id == user_id, User.deleted_at.is_(None))
    row = connection.execute(select(User.is_active).where(is_theirs)).first()
    return row is not None and row.is_active
