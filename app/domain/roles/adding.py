"""Somebody new with the roles and teams that they begin with: all of it, or nobody."""

from uuid import UUID

from app.domain.roles.commands import GrantRole, grant_role
from app.domain.roles.records import Role
from app.domain.teams.commands import AddTeamMember, add_team_member
from app.domain.teams.records import Team
from app.domain.users.commands import CreateUser, create_user
from app.domain.users.records import NewUserId, User
from app.kernel.command import Command, handles
from app.kernel.errors import NotAllowed
from app.kernel.record import Root
from app.kernel.work import UnitOfWork


class AddPerson(Command, name="user.add", permission="user:create", offline=False):
    """Let a person in with these roles, into these teams; they choose a password themselves, with a code."""

    user_id: NewUserId
    name: str
    email: str
    language: str = "en"
    time_zone: str = "UTC"
    role_ids: tuple[UUID, ...] = ()
    team_ids: tuple[UUID, ...] = ()


@handles(AddPerson)
def add_person(work: UnitOfWork, command: AddPerson) -> User:
    """Giving roles and choosing teams take the rights that they take for anybody."""
    person = create_user(
        work,
        CreateUser(
            user_id=command.user_id, name=command.name, email=command.email, language=command.language,
            time_zone=command.time_zone,
        ),
    )  # fmt: skip
    for role_id in dict.fromkeys(command.role_ids):
        _check(work, "role:grant", work.get(Role, role_id))
        grant_role(work, GrantRole(role_id=role_id, user_id=person.id))
    for team_id in dict.fromkeys(command.team_ids):
        _check(work, "team:edit", work.get(Team, team_id))
        add_team_member(work, AddTeamMember(team_id=team_id, user_id=person.id))
    return person


def _check(work: UnitOfWork, permission: str, record: Root) -> None:
    if not work.may_over(permission, record):
        raise NotAllowed(permission=permission)
