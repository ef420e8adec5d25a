"""The doors to what was given up: looking at it, and having it tried again."""

import logging
from typing import Annotated, Any
from uuid import UUID

import msgspec
from aiohttp import web

from app.kernel.columns import moment_from_us
from app.kernel.errors import NotAllowed, NotHere
from app.kernel.reader import Reader
from server.database.jobs import DeadJob, dead, dead_job, replay
from server.database.store import TenantStore
from server.database.trail import Event, telling
from server.features.keys import SESSION, STORES
from server.features.shapes import LIMIT, Page
from server.web.dispatch import Door, read_id, read_query

log = logging.getLogger(__name__)
READ, REPLAY = "job:read", "job:replay"


class DeadQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which page."""

    after: Annotated[UUID, msgspec.Meta(description="Where the page begins: the `next` of the page before.")] | None = None
    limit: LIMIT = 50


async def _list(request: web.Request, _body: Any) -> Page[DeadJob]:
    store = await _allowed(request, READ)
    asked = read_query(request, DeadQuery)
    rows = await store.look(lambda each: dead(each, store.tenant_id, asked.after, asked.limit + 1))
    shown = rows[: asked.limit]
    return Page(rows=shown, next=str(shown[-1].id) if len(rows) > len(shown) else None)


async def _one(request: web.Request, _body: Any) -> DeadJob:
    store = await _allowed(request, READ)
    job_id = read_id(request.match_info["id"], request.path)
    found = await store.look(lambda each: dead_job(each, store.tenant_id, job_id))
    if found is None:
        raise NotHere(kind="job", id=job_id.hex)
    return found


async def _replay(request: web.Request, _body: Any) -> None:
    store = await _allowed(request, REPLAY)
    job_id = read_id(request.match_info["id"], request.path)
    session, now_us = request[SESSION], store.now_us()
    event = Event(
        verb="job.replay", actor_id=session.user_id, device=session.device, address=request.remote or "", kind="job",
        record_id=job_id,
    )  # fmt: skip

    again = telling(store.tenant_id, event, now_us, lambda each: replay(each, store.tenant_id, job_id, moment_from_us(now_us)))
    if not await store.change(again):
        raise NotHere(kind="job", id=job_id.hex)
    log.info("job %s is tried again, as %s wishes", job_id, session.user_id)


async def _allowed(request: web.Request, permission: str) -> TenantStore:
    session = request[SESSION]
    store = request.app[STORES].of(session.tenant_id)

    def check(reader: Reader) -> None:
        if not reader.actor.may(permission):
            raise NotAllowed(permission=permission)

    await store.read(check, session.user_id)
    return store


DOORS = (
    Door(
        method="GET", path="/jobs/dead", name="dead_jobs", tag="jobs", summary="What was given up after many tries.",
        serve=_list, answers=Page[DeadJob], query=DeadQuery,
    ),
    Door(
        method="GET", path="/jobs/dead/{id}", name="dead_job", tag="jobs", summary="One of them, and why.", serve=_one,
        answers=DeadJob,
    ),
    Door(
        method="POST", path="/jobs/dead/{id}/replay", name="replay_job", tag="jobs",
        summary="Try it again from the start.", serve=_replay,
    ),
)  # fmt: skip
