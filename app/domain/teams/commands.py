"""What can be done with teams."""

from app.domain.teams.records import NewTeamId, Team, TeamId, TeamMember
from app.domain.teams.rules import membership_id
from app.domain.users.records import UserId
from app.kernel.command import Command, handles
from app.kernel.named import required
from app.kernel.work import UnitOfWork


class CreateTeam(Command, name="team.create", permission="team:create", offline=False):
    """Found a team."""

    team_id: NewTeamId
    name: str


class RenameTeam(Command, name="team.rename", permission="team:edit", offline=False):
    """Give a team another name."""

    team_id: TeamId
    name: str


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


@handles(AddTeamMember)
def add_team_member(work: UnitOfWork, command: AddTeamMember) -> TeamMember:
    """Nothing changes for who is in it already."""
    own_id = membership_id(command.team_id, command.user_id)
    return work.keep(TeamMember(id=own_id, member_of=command.team_id, user_id=command.user_id))


@handles(RemoveTeamMember)
def remove_team_member(work: UnitOfWork, command: RemoveTeamMember) -> None:
    """Their consoles forget what only the team could see."""
    work.delete(work.get(TeamMember, membership_id(command.team_id, command.user_id)))
