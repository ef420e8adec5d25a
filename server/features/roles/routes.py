"""Roles in the REST API."""

from app.domain.roles.adding import AddPerson
from app.domain.roles.commands import CreateRole, DeleteRole, GrantRole, RenameRole, RevokeRole, SetRoleRights
from app.domain.roles.effective import effective_access
from app.domain.roles.queries import role, roles
from app.domain.users.queries import user
from server.features.routing import acting, creating, deleting, reading

ROUTES = (
    reading("/roles", roles, permission="role:read"),
    creating("/roles", CreateRole, then=role),
    reading("/roles/{id}", role, permission="role:read"),
    acting("/roles/{id}", RenameRole, then=role, method="PATCH"),
    deleting("/roles/{id}", DeleteRole),
    acting("/roles/{id}/rights", SetRoleRights, then=role, method="PUT"),
    acting("/roles/{id}/grants", GrantRole, then=role),
    deleting("/roles/{id}/grants/{user_id}", RevokeRole),
    creating("/people", AddPerson, then=user),
    reading("/users/{id}/access", effective_access, permission="role:read"),
)
