"""Conflicts in the REST API."""

from app.domain.conflicts.commands import SettleConflict
from app.domain.conflicts.queries import conflict, conflicts
from server.features.routing import acting, reading

ROUTES = (
    reading("/conflicts", conflicts, permission="conflict:read"),
    reading("/conflicts/{id}", conflict, permission="conflict:read"),
    acting("/conflicts/{id}/settle", SettleConflict, then=conflict),
)
