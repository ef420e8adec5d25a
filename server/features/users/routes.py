"""Users in the REST API."""

from app.domain.users.commands import EDITABLE, CreateUser, EditUser, SetUserState
from app.domain.users.queries import user, users
from app.domain.users.records import User
from server.features.routing import acting, creating, patching, reading

ROUTES = (
    reading("/users", users, permission="user:read"),
    creating("/users", CreateUser, then=user),
    reading("/users/{id}", user, permission="user:read"),
    patching("/users/{id}", EditUser, User, EDITABLE, then=user),
    acting("/users/{id}/state", SetUserState, then=user),
)
