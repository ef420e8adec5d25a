"""Which teams there are, and who is in them."""

from uuid import UUID

import msgspec

from app.domain.teams.records import Team, TeamMember
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
