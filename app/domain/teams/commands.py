"""What can be done with teams."""

from app.domain.teams.records import NewTeamId, Team, TeamId, TeamMember
from app.domain.teams.rules import membership_id, plural
from app.domain.users.records import UserId
from app.kernel.command import Command, handles
from app.kernel.errors import Refused
from app.kernel.named import listed, required
from app.kernel.record import KINDS, Root
from app.kernel.sharing import Share
from app.kernel.work import UnitOfWork


class TeamInUse(Refused):
    """Its records would be out of everybody's sight."""

    key = "team_in_use"
    text = "{name} still has {records}. Give them to another team first, then delete it."


class CreateTeam(Command, name="team.create", permission="team:create", offline=False):
    """Found a team."""

    team_id: NewTeamId
    name: str


class RenameTeam(Command, name="team.rename", permission="team:edit", offline=False):
    """Give a team another name."""

    team_id: TeamId
    name: str


class DeleteTeam(Command, name="team.delete", permission="team:delete", offline=False):
    """Give a team up: who is in it leaves it. One that still has records is refused: somebody must say whose they are then."""

    team_id: TeamId


class AddTeamMember(Command, name="team.add_member", permission="team:edit", offline=False):
    """Put somebody in a team."""

    team_id: TeamId
    user_id: UserId


class RemoveTeamMember(Command, name="team.remove_member", permission="team:edit", offline=False):
    """Take somebody out of a team."""

    team_id: TeamId
    user_id: UserId


@handles(CreateTeam)
def create_team(work: UnitOfWork, command: CreateTeam) -> Team:
    """Teams are known to everybody."""
    return work.add(Team(id=command.team_id, team_id=work.tenant_id, name=required("name", command.name)))


@handles(RenameTeam)
def rename_team(work: UnitOfWork, command: RenameTeam) -> Team:
    """The name stands on its own."""
    team = work.get(Team, command.team_id)
    work.edit(team, {"name": required("name", command.name)})
    return team


@handles(DeleteTeam)
def delete_team(work: UnitOfWork, command: DeleteTeam) -> None:
    """What is in the trash keeps the id, so that undo brings all of it back."""
    team = work.get(Team, command.team_id)
    kinds = [kind for kind in KINDS.values() if issubclass(kind, Root) and not kind.__open__ and not kind.__personal__]
    counts = [(plural(kind.__tablename__), work.count(kind, kind.team_id == team.id)) for kind in kinds]
    counts.append(("shares", work.count(Share, Share.with_team_id == team.id)))
    if held := [f"{words} ({count})" for words, count in counts if count]:
        raise TeamInUse(name=team.name, records=listed(held, at_most=len(held)))
    for member in work.find(TeamMember, TeamMember.member_of == team.id):
        work.delete(member)
    work.delete(team)


@handles(AddTeamMember)
def add_team_member(work: UnitOfWork, command: AddTeamMember) -> TeamMember:
    """Nothing changes for who is in it already."""
    own_id = membership_id(command.team_id, command.user_id)
    return work.keep(TeamMember(id=own_id, member_of=command.team_id, user_id=command.user_id))


@handles(RemoveTeamMember)
def remove_team_member(work: UnitOfWork, command: RemoveTeamMember) -> None:
    """Their consoles forget what only the team could see."""
    work.delete(work.get(TeamMember, membership_id(command.team_id, command.user_id)))
