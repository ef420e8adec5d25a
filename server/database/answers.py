"""What was answered to which command, so that every command is carried out exactly once."""

from collections.abc import Sequence
from typing import Any, cast
from uuid import UUID

import msgspec
from sqlalchemy import Connection, Table, bindparam, select, update

from app.kernel.command import Issued
from app.kernel.errors import Refused
from app.kernel.log import CommandLog, Tenant
from app.protocol.envelopes import Outcome

LOG = cast("Table", CommandLog.__table__)
TENANT = cast("Table", Tenant.__table__)
# Built once: building a statement costs more than running it on SQLite.
TAKE_VERSIONS = (
    update(TENANT)
    .where(TENANT.c.id == bindparam("tenant"))
    .values(change=TENANT.c.change + bindparam("count"))
    .returning(TENANT.c.change)
)
ANSWERED = select(LOG.c.id, LOG.c.answer).where(
    LOG.c.tenant_id == bindparam("tenant"), LOG.c.id.in_(bindparam("ids", expanding=True))
)


def take_versions(connection: Connection, tenant_id: UUID, count: int) -> int:
    """The last of `count` fresh change numbers; locks the tenant until the end of the transaction."""
    last: int = connection.execute(TAKE_VERSIONS, {"tenant": tenant_id, "count": count}).scalar_one()
    return last


def answered(connection: Connection, tenant_id: UUID, batch: Sequence[Issued]) -> dict[UUID, Outcome]:
    """The first answers to those of the commands, and of what they need, that were answered before."""
    wanted = list({need for issued in batch for need in (issued.id, *issued.needs)})
    rows = connection.execute(ANSWERED, {"tenant": tenant_id, "ids": wanted})
    return {row.id: msgspec.convert(dict(row.answer), Outcome) for row in rows}


def log_row(tenant_id: UUID, issued: Issued, outcome: Outcome) -> dict[str, Any]:
    """The answer as it is kept."""
    return {
        "tenant_id": tenant_id, "id": issued.id, "version": outcome.version, "name": issued.name, "device": issued.device,
        "actor_id": issued.actor_id, "acted_us": issued.acted_us, "status": outcome.status,
        "answer": msgspec.to_builtins(outcome),
    }  # fmt: skip


def rejection(issued: Issued, refusal: Refused, version: int) -> Outcome:
    """The answer to a command that was refused; its values as JSON can hold them."""
    values = {name: msgspec.to_builtins(value, enc_hook=str) for name, value in refusal.values.items()}
    return Outcome(command_id=issued.id, status="rejected", version=version, error=refusal.key, values=values)
