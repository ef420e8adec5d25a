"""`jobs list`, `show` and `replay`: what was given up, why, and having it tried again."""

from functools import partial
from typing import TextIO
from uuid import UUID

import msgspec

from app.kernel.columns import moment_from_us
from app.kernel.errors import PatchbayError
from server.database.answers import NOBODY
from server.database.jobs import DeadJob, dead, dead_job, replay
from server.database.store import TenantStore
from server.database.trail import Event, by_itself, telling

PAGE = 200


class NoSuchJob(PatchbayError):
    """No job of this id was given up."""

    key = "no_such_job"
    text = "No job {id} was given up in this workspace. Run: patchbay-server jobs list."


async def list_dead(store: TenantStore, out: TextIO) -> None:
    """A line for each."""
    count, after = 0, None
    while page := await store.look(partial(dead, tenant_id=store.tenant_id, after=after, limit=PAGE)):
        out.writelines(f"{job.id}  {job.run_at:%Y-%m-%d %H:%M}  {job.name}  {job.error or ''}\n" for job in page)
        count, after = count + len(page), page[-1].id
    out.write(f"{count or 'No'} job{'' if count == 1 else 's'} given up.\n")


async def show_dead(store: TenantStore, text: str, out: TextIO) -> None:
    """All that is known of one."""
    job_id = _read(text)
    found = await store.look(lambda each: dead_job(each, store.tenant_id, job_id))
    if found is None:
        raise NoSuchJob(id=text)
    for name in DeadJob.__struct_fields__:
        value = getattr(found, name)
        out.write(f"{name:<9} {msgspec.json.encode(value).decode() if name == 'payload' else value}\n")


async def replay_dead(store: TenantStore, text: str | None, out: TextIO) -> None:
    """Have one tried again, or without an id all of them; a running server takes them up within seconds."""
    job_id, now_us = None if text is None else _read(text), store.now_us()

    event = by_itself(store.tenant_id, Event(verb="job.replay", kind="job", record_id=job_id or NOBODY))
    count = await store.change(
        telling(store.tenant_id, event, now_us, lambda each: replay(each, store.tenant_id, job_id, moment_from_us(now_us)))
    )
    if text is not None and not count:
        raise NoSuchJob(id=text)
    out.write(f"{count or 'No'} job{'' if count == 1 else 's'} will be tried again.\n")


def _read(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise NoSuchJob(id=text) from error
