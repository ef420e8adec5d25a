"""The workspace in the REST API."""

from app.domain.tenants.commands import EDITABLE, EditWorkspace, KeepAudit, SetRecording, WatchReading
from app.domain.tenants.queries import workspace
from app.domain.tenants.records import Workspace
from server.features.routing import acting, patching, reading

ROUTES = (
    reading("/workspace", workspace, permission="tenant:read"),
    patching("/workspace", EditWorkspace, Workspace, EDITABLE, then=workspace),
    acting("/workspace/audit-retention", KeepAudit, then=workspace, method="PUT"),
    acting("/workspace/watched", WatchReading, then=workspace, method="PUT"),
    acting("/workspace/recording", SetRecording, then=workspace, method="PUT"),
)
