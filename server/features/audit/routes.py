"""The audit, the history of records, and undo in the REST API."""

from dataclasses import replace
from typing import Any

from app.domain.audit.queries import AuditRow, acts, audit, history
from app.domain.tenants.rules import WATCHABLE
from app.kernel.record import KINDS
from app.kernel.undo import Undo
from server.features.route import Call, Route
from server.features.routing import reading
from server.features.shapes import body_struct


async def _undo(call: Call) -> None:
    await call.issue(Undo(command_id=call.body.command_id))


def _telling(route: Route) -> Route:
    """Who reads what was done with one record has it before them."""

    async def run(call: Call) -> Any:
        answer = await route.run(call)
        record_id = next(iter(call.path.values()), None) or call.asked.record_id
        kind = call.asked.kind
        if record_id is not None and (kind is None or kind in KINDS):
            await call.opened(record_id, *([kind] if kind else WATCHABLE), way="history")
        return answer

    return replace(route, run=run)


ROUTES = (
    _telling(reading("/audit", audit, permission="audit:read", of=AuditRow)),
    reading("/acts", acts, permission="undo:create", of=AuditRow),
    _telling(reading("/history/{id}", history, permission="undo:create", of=AuditRow)),
    Route(
        method="POST", path="/undo", name="undo", summary="Take a command back.", run=_undo, body=body_struct(Undo, ()),
        writes=True,
    ),
)  # fmt: skip
