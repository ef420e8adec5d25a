"""The workspace in the REST API."""

from app.domain.tenants.commands import EDITABLE, EditWorkspace
from app.domain.tenants.queries import workspace
from app.domain.tenants.records import Workspace
from server.features.routing import patching, reading

ROUTES = (
    reading("/workspace", workspace, permission="tenant:read"),
    patching("/workspace", EditWorkspace, Workspace, EDITABLE, then=workspace),
)
