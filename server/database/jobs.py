"""Effects as jobs: claimed with a lease, put off, finished, given up, replayed. All run within `TenantStore.change`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, or_, select, update

from app.kernel.errors import PatchbayError
from app.kernel.log import Effect

IS_RESTORED = "is_restored"  # in a payload: the job was open in a backup, and may have been done before that was restored


class GiveUp(PatchbayError):
    """Trying again would not help; a handler raises this."""

    key = "job_given_up"
    text = "This can't be carried out: {reason}"


class TryLater(PatchbayError):
    """Something outside is out of reach; a handler raises this to say how long to wait."""

    key = "job_try_later"
    text = "Not now: {reason}"

    def __init__(self, reason: str, delay_s: float | None = None) -> None:
        super().__init__(reason=reason)
        self.delay_s = delay_s


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """An effect that this worker has to itself until `leased_until`."""

    tenant_id: UUID
    id: UUID
    name: str
    payload: dict[str, Any]
    attempts: int  # with this one
    run_at: datetime


class DeadJob(msgspec.Struct, frozen=True, kw_only=True):
    """A job that was given up."""

    id: UUID
    name: str
    payload: dict[str, Any]
    attempts: int
    error: str | None
    run_at: datetime


def claim(
    connection: Connection, tenant_id: UUID, names: Sequence[str], worker: str, now: datetime, until: datetime, limit: int
) -> list[Job]:
    """Take what is due, and what another worker took and never finished; in the order in which it is due."""
    due = (
        select(Effect.id, Effect.name, Effect.payload, Effect.attempts, Effect.run_at)
        .where(Effect.tenant_id == tenant_id, Effect.name.in_(names), _is_due(now))
        .order_by(Effect.run_at, Effect.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = connection.execute(due).all()
    if not rows:
        return []
    connection.execute(
        update(Effect)
        .where(Effect.tenant_id == tenant_id, Effect.id.in_([row.id for row in rows]))
        .values(state="leased", leased_by=worker, leased_until=until, attempts=Effect.attempts + 1)
    )
    return [
        Job(
            tenant_id=tenant_id, id=row.id, name=row.name, payload=dict(row.payload), attempts=row.attempts + 1, run_at=row.run_at
        )
        for row in rows
    ]


def _is_due(now: datetime) -> ColumnElement[bool]:
    return or_(and_(Effect.state == "waiting", Effect.run_at <= now), and_(Effect.state == "leased", Effect.leased_until <= now))


def next_due(connection: Connection, tenant_id: UUID, names: Sequence[str]) -> datetime | None:
    """When there will be something to take, if nothing new comes."""
    mine = (Effect.tenant_id == tenant_id, Effect.name.in_(names))
    found = [
        connection.execute(select(func.min(moment)).where(*mine, Effect.state == state)).scalar()
        for state, moment in (("waiting", Effect.run_at), ("leased", Effect.leased_until))
    ]
    return min((each for each in found if each is not None), default=None)


def before(connection: Connection, job: Job, same: str, yields: str) -> set[str]:
    """The states of the jobs of its name that are not ended, are about the same, and go first: a job whose payload `yields` goes
    behind those that do not, and such among each other by their ids.
    """
    mine = (Effect.tenant_id == job.tenant_id, Effect.name == job.name, Effect.id != job.id)
    asked = select(Effect.id, Effect.state, Effect.payload).where(*mine, Effect.state.in_(("waiting", "leased")))
    found = [row for row in connection.execute(asked) if row.payload.get(same) == job.payload[same]]
    return {row.state for row in found if not row.payload.get(yields) or row.id < job.id}


def renew(connection: Connection, job: Job, worker: str, until: datetime) -> bool:
    """Keep the job longer; false when it is no longer this worker's."""
    return _settle(connection, job, worker, leased_until=until)


def finish(connection: Connection, job: Job, worker: str) -> bool:
    """The job is done; false when another worker has taken it over meanwhile."""
    return _settle(connection, job, worker, state="done", leased_by=None, leased_until=None, error=None)


def put_off(connection: Connection, job: Job, worker: str, run_at: datetime, error: str) -> bool:
    """The job failed and is tried again later."""
    return _settle(connection, job, worker, state="waiting", leased_by=None, leased_until=None, run_at=run_at, error=error)


def give_up(connection: Connection, job: Job, worker: str, error: str) -> bool:
    """The job will not be tried again unless a person says so."""
    return _settle(connection, job, worker, state="dead", leased_by=None, leased_until=None, error=error)


def _settle(connection: Connection, job: Job, worker: str, **facts: Any) -> bool:
    mine = and_(
        Effect.tenant_id == job.tenant_id, Effect.id == job.id, Effect.leased_by == worker, Effect.attempts == job.attempts
    )
    return bool(connection.execute(update(Effect).where(mine).values(facts)).rowcount)


def dead(connection: Connection, tenant_id: UUID, after: UUID | None, limit: int) -> list[DeadJob]:
    """What was given up, by id."""
    query = _dead(tenant_id).order_by(Effect.id).limit(limit)
    return [_read_dead(row) for row in connection.execute(query if after is None else query.where(Effect.id > after))]


def dead_job(connection: Connection, tenant_id: UUID, job_id: UUID) -> DeadJob | None:
    """One that was given up."""
    row = connection.execute(_dead(tenant_id).where(Effect.id == job_id)).first()
    return None if row is None else _read_dead(row)


def count_dead(connection: Connection, tenant_id: UUID) -> dict[str, int]:
    """How many jobs of each name were given up."""
    query = select(Effect.name, func.count()).where(Effect.tenant_id == tenant_id, Effect.state == "dead")
    return {row[0]: row[1] for row in connection.execute(query.group_by(Effect.name).order_by(Effect.name))}


def replay(connection: Connection, tenant_id: UUID, job_id: UUID | None, now: datetime) -> int:
    """Try a job that was given up again, from the start, or all of them; how many that are."""
    mine = [Effect.tenant_id == tenant_id, Effect.state == "dead", *([Effect.id == job_id] if job_id else [])]
    return int(
        connection.execute(update(Effect).where(*mine).values(state="waiting", attempts=0, run_at=now, error=None)).rowcount
    )


def _dead(tenant_id: UUID) -> Select[Any]:
    columns = [getattr(Effect, name) for name in DeadJob.__struct_fields__]
    return select(*columns).where(Effect.tenant_id == tenant_id, Effect.state == "dead")


def _read_dead(row: Row[Any]) -> DeadJob:
    return DeadJob(**{**row._mapping, "payload": dict(row.payload)})  # noqa: SLF001  # SQLAlchemy's public name
