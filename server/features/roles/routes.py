"""Roles in the REST API."""

from app.domain.roles.commands import CreateRole, GrantRole, RevokeRole, SetRoleRights
from app.domain.roles.queries import role, roles
from server.features.routing import acting, creating, deleting, reading

ROUTES = (
    reading("/roles", roles, permission="role:read"),
    creating("/roles", CreateRole, then=role),
    reading("/roles/{id}", role, permission="role:read"),
    acting("/roles/{id}/rights", SetRoleRights, then=role, method="PUT"),
    acting("/roles/{id}/grants", GrantRole, then=role),
    deleting("/roles/{id}/grants/{user_id}", RevokeRole),
)
