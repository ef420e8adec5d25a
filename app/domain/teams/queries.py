"""Which teams there are, and who is in them."""

from uuid import UUID

import msgspec
from sqlalchemy import or_

from app.domain.teams.records import Team, TeamMember
from app.domain.users.queries import UserCard, users_where
from app.domain.users.records import User
from app.kernel.permissions import Level
from app.kernel.reader import Reader
from app.kernel.record import Record


class TeamCard(msgspec.Struct, frozen=True, kw_only=True):
    """A team and the people in it."""

    id: UUID
    name: str
    members: list[UUID]


def members(reader: Reader, kind: type[Record], of: UUID | None = None) -> dict[UUID, list[UUID]]:
    """Who is in which, of a kind that says `member_of` and `user_id`; with `of`, of this one alone."""
    columns = kind.__table__.c
    statement = reader.select(kind, columns.member_of, columns.user_id)
    found: dict[UUID, list[UUID]] = {}
    for row in reader.all(statement if of is None else statement.where(columns.member_of == of)):
        found.setdefault(row.member_of, []).append(row.user_id)
    return found


def teams(reader: Reader) -> list[TeamCard]:
    """All teams, by name."""
    people = members(reader, TeamMember)
    rows = reader.all(reader.select(Team, Team.id, Team.name).order_by(Team.name, Team.id))
    return [TeamCard(id=row.id, name=row.name, members=people.get(row.id, [])) for row in rows]


def team(reader: Reader, team_id: UUID) -> TeamCard:
    """One team; `NotHere` when there is none."""
    row = reader.get(Team, team_id)
    return TeamCard(id=row.id, name=row.name, members=members(reader, TeamMember, team_id).get(team_id, []))


def colleagues(reader: Reader, permission: str) -> list[UserCard]:
    """Those over whom a right reaches, by name: oneself; who is in a team with one or below one; or everybody who is active."""
    level = reader.actor.access.level(permission)
    if level is Level.ALL:
        return users_where(reader, User.is_active)
    if level is not Level.TEAM:
        own = frozenset({reader.actor.user_id}) if level is Level.OWN else frozenset[UUID]()
        return users_where(reader, User.is_active, User.id.in_(own))
    mates = reader.select(TeamMember, TeamMember.user_id).where(TeamMember.member_of.in_(reader.actor.team))
    return users_where(reader, User.is_active, or_(User.id.in_(reader.actor.team), User.id.in_(mates)))
