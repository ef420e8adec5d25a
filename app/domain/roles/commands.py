"""What can be done with roles; that nobody gives or takes what they do not have is judged in `keeping`."""

from app.domain.roles.catalogue import check_fields, check_rights
from app.domain.roles.keeping import check_reach
from app.domain.roles.records import NewRoleId, Role, RoleGrant, RoleId
from app.domain.roles.rules import BASELINE, grant_id, preset_id, stored
from app.domain.users.records import User, UserId
from app.kernel.command import Command, handles
from app.kernel.errors import BadValue, Refused
from app.kernel.named import listed, required
from app.kernel.work import UnitOfWork


class RoleInUse(Refused):
    """The role would be taken from people by the way."""

    key = "role_in_use"
    text = "{name} is still held by {people}. Take it away there first, then delete it."


class CreateRole(Command, name="role.create", permission="role:create", offline=False):
    """Make a role: rights ("noun:verb", "noun:*", "*") with their levels, and fields that it hides or makes read-only."""

    role_id: NewRoleId
    key: str
    name: str
    rights: dict[str, str]
    fields: dict[str, str] | None = None


class SetRoleRights(Command, name="role.set_rights", permission="role:edit", offline=False):
    """Change what a role's holders may do; the fields stay as they are unless they are given."""

    role_id: RoleId
    rights: dict[str, str]
    fields: dict[str, str] | None = None


class RenameRole(Command, name="role.rename", permission="role:edit", offline=False):
    """Call a role otherwise."""

    role_id: RoleId
    name: str


class DeleteRole(Command, name="role.delete", permission="role:delete", offline=False):
    """Give a role up that nobody has any more."""

    role_id: RoleId


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
    """Roles are known to everybody; nobody makes one that may more than they themselves."""
    fields = command.fields or {}
    check_rights(command.rights)
    check_fields(fields)
    if command.key == BASELINE and command.role_id != preset_id(work.tenant_id, BASELINE):
        raise BadValue(field="key", value=command.key, hint="Everybody's role is there already.")
    return work.add(
        Role(
            id=command.role_id,
            team_id=work.tenant_id,
            key=required("key", command.key),
            name=required("name", command.name),
            rights=stored(command.rights, fields),
        )
    )


@handles(SetRoleRights)
def set_role_rights(work: UnitOfWork, command: SetRoleRights) -> Role:
    """The rights are replaced as a whole."""
    role = work.get(Role, command.role_id)
    fields = dict(role.rights.get("fields", {})) if command.fields is None else command.fields
    check_rights(command.rights)
    check_fields(fields)
    role.rights = stored(command.rights, fields)
    return role


@handles(RenameRole)
def rename_role(work: UnitOfWork, command: RenameRole) -> Role:
    """The name stands on its own."""
    role = work.get(Role, command.role_id)
    work.edit(role, {"name": required("name", command.name)})
    return role


@handles(DeleteRole)
def delete_role(work: UnitOfWork, command: DeleteRole) -> None:
    """Everybody's role stays: it is emptied instead. One that somebody has is not taken from them by the way."""
    role = work.get(Role, command.role_id)
    if role.key == BASELINE:
        raise BadValue(field="role", value=role.name, hint="Everybody has it. Take rights out of it instead.")
    check_reach(work, role.rights)  # before it is said who has it
    holders = [work.peek(User, grant.user_id) for grant in work.find(RoleGrant, RoleGrant.role_id == role.id)]
    names = sorted(each.name for each in holders if each is not None)
    if names:
        raise RoleInUse(name=role.name, people=listed(names))
    work.delete(role)


@handles(GrantRole)
def grant_role(work: UnitOfWork, command: GrantRole) -> RoleGrant:
    """Nothing changes for who has it already."""
    role = work.get(Role, command.role_id)
    if role.key == BASELINE:
        raise BadValue(field="role", value=role.name, hint="Everybody has it already.")
    own_id = grant_id(command.user_id, command.role_id)
    return work.keep(RoleGrant(id=own_id, team_id=work.tenant_id, user_id=command.user_id, role_id=command.role_id))


@handles(RevokeRole)
def revoke_role(work: UnitOfWork, command: RevokeRole) -> None:
    """What the role gave is gone with the next command."""
    work.delete(work.get(RoleGrant, grant_id(command.user_id, command.role_id)))
