"""The door through which a console tells of what somebody only looked at: written down where the workspace wants to know."""

from aiohttp import web

from app.domain.tenants.rules import WATCHABLE
from app.kernel.columns import us_from_moment
from app.kernel.errors import BadValue
from app.protocol.openings import Openings
from server.database.openings import Opened, Opener
from server.features.keys import SESSION, STORES
from server.web.dispatch import Door


async def _opened(request: web.Request, body: Openings) -> None:
    session = request[SESSION]
    store = request.app[STORES].of(session.tenant_id)
    now_us = store.now_us()
    for each in body.openings:
        if each.kind not in WATCHABLE:
            raise BadValue(field="kind", value=each.kind[:40], hint=f"Any of: {', '.join(WATCHABLE)}.")
    opened = [
        Opened(
            kind=each.kind, record_id=each.record_id,
            at_us=now_us if each.opened_at is None else us_from_moment(each.opened_at),
        )
        for each in body.openings
    ]  # fmt: skip
    opener = Opener(user_id=session.user_id, device=session.device, address=request.remote or "")
    await store.openings.note(opener, opened, "console")


DOORS = (
    Door(
        method="POST", path="/openings", name="openings", tag="audit",
        summary="Say which records somebody opened on this device; told of in the audit where the workspace watches their kind.",
        serve=_opened, body=Openings, status=204,
    ),
)  # fmt: skip
