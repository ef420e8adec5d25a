"""The audit, the history of records, and undo in the REST API."""

from app.domain.audit.queries import AuditRow, acts, audit, history
from app.kernel.undo import Undo
from server.features.route import Call, Route
from server.features.routing import reading
from server.features.shapes import body_struct


async def _undo(call: Call) -> None:
    await call.issue(Undo(command_id=call.body.command_id))


ROUTES = (
    reading("/audit", audit, permission="audit:read", of=AuditRow),
    reading("/acts", acts, permission="undo:create", of=AuditRow),
    reading("/history/{id}", history, permission="undo:create", of=AuditRow),
    Route(
        method="POST", path="/undo", name="undo", summary="Take a command back.", run=_undo, body=body_struct(Undo, ()),
        writes=True,
    ),
)  # fmt: skip
