"""What can be done with roles."""

from app.domain.roles.records import NewRoleId, Role, RoleGrant, RoleId
from app.domain.roles.rules import grant_id
from app.domain.users.records import UserId
from app.kernel.command import Command, handles
from app.kernel.named import required
from app.kernel.work import UnitOfWork


class CreateRole(Command, name="role.create", permission="role:create", offline=False):
    """Make a role."""

    role_id: NewRoleId
    key: str
    name: str
    rights: list[str]
    sees_all_teams: bool = False


class SetRoleRights(Command, name="role.set_rights", permission="role:edit", offline=False):
    """Change what a role's holders may do."""

    role_id: RoleId
    rights: list[str]


class GrantRole(Command, name="role.grant", permission="role:grant", offline=False):
    """Give somebody a role."""

    role_id: RoleId
    user_id: UserId


class RevokeRole(Command, name="role.revoke", permission="role:grant", offline=False):
    """Take a role from somebody."""

    role_id: RoleId
    user_id: UserId


@handles(CreateRole)
def create_role(work: UnitOfWork, command: CreateRole) -> Role:
    """Roles are known to everybody."""
    return work.add(
        Role(
            id=command.role_id,
            team_id=work.tenant_id,
            key=required("key", command.key),
            name=required("name", command.name),
            rights={"rights": sorted(set(command.rights))},
            sees_all_teams=command.sees_all_teams,
        )
    )


@handles(SetRoleRights)
def set_role_rights(work: UnitOfWork, command: SetRoleRights) -> Role:
    """The rights are replaced as a whole."""
    role = work.get(Role, command.role_id)
    role.rights = {"rights": sorted(set(command.rights))}
    return role


@handles(GrantRole)
def grant_role(work: UnitOfWork, command: GrantRole) -> RoleGrant:
    """Nothing changes for who has it already."""
    own_id = grant_id(command.user_id, command.role_id)
    grant = work.peek(RoleGrant, own_id)
    if grant is None:
        return work.add(RoleGrant(id=own_id, team_id=work.tenant_id, user_id=command.user_id, role_id=command.role_id))
    grant.deleted_at = None
    return grant


@handles(RevokeRole)
def revoke_role(work: UnitOfWork, command: RevokeRole) -> None:
    """What the role gave is gone with the next command."""
    work.delete(work.get(RoleGrant, grant_id(command.user_id, command.role_id)))
