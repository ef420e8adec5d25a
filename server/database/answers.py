"""What was answered to which command, so that every command is carried out exactly once."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, Row, bindparam, select, update

from app.kernel.command import Issued
from app.kernel.database import write_head, write_trail
from app.kernel.errors import AlreadyExists, Refused
from app.kernel.log import CommandLog, Tenant
from app.kernel.trail import NO_HASH, Head, Trail
from app.protocol.envelopes import Outcome

LOG = CommandLog.__table__
TENANT = Tenant.__table__
NOBODY = UUID(int=0)  # where a row of the audit is of no record, or of nobody who is known
# Built once: building a statement costs more than running it on SQLite.
TAKE_VERSIONS = (
    update(TENANT)
    .where(TENANT.c.id == bindparam("tenant"))
    .values(change=TENANT.c.change + bindparam("count"))
    .returning(TENANT.c.change, TENANT.c.audit_seq, TENANT.c.audit_hash)
)
ANSWERED = select(LOG.c.id, LOG.c.actor_id, LOG.c.version, LOG.c.answer).where(
    LOG.c.tenant_id == bindparam("tenant"), LOG.c.id.in_(bindparam("ids", expanding=True))
)


def take_versions(connection: Connection, tenant_id: UUID, count: int) -> tuple[int, Head]:
    """The last of `count` fresh change numbers, and the audit's last row; locks the tenant until the end of the transaction."""
    last, seq, own = connection.execute(TAKE_VERSIONS, {"tenant": tenant_id, "count": count}).one()
    return last, Head(seq, NO_HASH if own is None else bytes(own))


def save_head(connection: Connection, trail: Trail) -> None:
    """Write what is left of the trail and remember its last row, under the lock that `take_versions` took."""
    write_trail(connection, trail)
    write_head(connection, trail)


def answered(connection: Connection, tenant_id: UUID, batch: Sequence[Issued]) -> dict[UUID, Outcome]:
    """The first answers to those of the commands, and of what they need, that were answered before; to nobody else's."""
    wanted = list({need for issued in batch for need in (issued.id, *issued.needs)})
    by = {each.id: each.actor_id for each in batch}
    rows = connection.execute(ANSWERED, {"tenant": tenant_id, "ids": wanted})
    return {
        row.id: msgspec.convert(dict(row.answer), Outcome) if by.get(row.id, row.actor_id) == row.actor_id else _taken(row)
        for row in rows
    }


def _taken(row: Row[Any]) -> Outcome:
    """Somebody else gave a command of this id: it was not this one."""
    values = {"kind": "command", "id": row.id.hex}
    return Outcome(command_id=row.id, status="rejected", version=row.version, error=AlreadyExists.key, values=values)


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


def tell_refusal(trail: Trail, issued: Issued, outcome: Outcome) -> None:
    """Have the audit tell of a refused command, by the first record that it names."""
    kind, record_id = "", NOBODY
    with suppress(Refused):  # one that nobody can read names nothing
        named = next(((mark.kind, each) for mark, each in issued.command.names() if not mark.new), None)
        kind, record_id = named or (kind, record_id)
    fields = {"error": (None, outcome.error), "values": (None, outcome.values)}
    trail.add(issued, outcome.version, kind=kind, record_id=record_id, operation="refused", fields=fields)
