"""Which teams there are, and who is in them."""

from uuid import UUID

import msgspec

from app.domain.teams.records import Team, TeamMember
from app.kernel.reader import Reader


class TeamCard(msgspec.Struct, frozen=True, kw_only=True):
    """A team and the people in it."""

    id: UUID
    name: str
    members: list[UUID]


def teams(reader: Reader) -> list[TeamCard]:
    """All teams, by name."""
    members: dict[UUID, list[UUID]] = {}
    for row in reader.all(reader.select(TeamMember, TeamMember.member_of, TeamMember.user_id)):
        members.setdefault(row.member_of, []).append(row.user_id)
    rows = reader.all(reader.select(Team, Team.id, Team.name).order_by(Team.name, Team.id))
    return [TeamCard(id=row.id, name=row.name, members=members.get(row.id, [])) for row in rows]


def team(reader: Reader, team_id: UUID) -> TeamCard:
    """One team; `NotHere` when there is none."""
    row = reader.get(Team, team_id)
    members = reader.all(reader.select(TeamMember, TeamMember.user_id).where(TeamMember.member_of == team_id))
    return TeamCard(id=row.id, name=row.name, members=[member.user_id for member in members])
