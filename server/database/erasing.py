"""What goes beside the records when a person is erased. Steps run within `TenantStore.look` or `change`; twice is once."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Text, cast, delete, or_, select, type_coerce, update

from app.domain.contacts.records import Contact
from app.kernel.log import CHANGES, Audit, CommandLog, Effect, Tenant
from app.kernel.record import ERASED_AT
from server.database.files import NAMING
from server.database.ledger import Entry
from server.database.tables import BlobHolder, BlobRow, RawInbound
from server.database.trail import Event, empty_rows
from server.database.trail_check import EMPTIED

ROWS_AT_ONCE = 500  # of the audit, in one transaction and under one row that vouches for them
STATEMENT_IDS = 500
OPEN_JOBS = ("waiting", "leased", "dead")


def erased_records(connection: Connection, tenant_id: UUID, command_id: UUID) -> set[UUID]:
    """What a command that erased somebody has emptied: each of these has a row of its own in the audit."""
    mine = (Audit.tenant_id == tenant_id, Audit.command_id == command_id, Audit.operation.in_(CHANGES))
    return set(connection.execute(select(Audit.record_id).where(*mine)).scalars())


def persons_among(connection: Connection, tenant_id: UUID, records: set[UUID]) -> set[UUID]:
    """Those of the records that are contacts."""
    found: set[UUID] = set()
    for some in _parts(sorted(records)):
        found |= set(connection.execute(select(Contact.id).where(Contact.tenant_id == tenant_id, Contact.id.in_(some))).scalars())
    return found


def erased_persons(connection: Connection, tenant_id: UUID) -> list[Entry]:
    """All who were erased here and still have a record: reads every contact."""
    said = cast(Contact.custom, Text).contains(ERASED_AT)
    rows = connection.execute(select(Contact.id, Contact.custom).where(Contact.tenant_id == tenant_id, said))
    return [Entry(what="erased", id=row.id, at_us=int(row.custom[ERASED_AT])) for row in rows if ERASED_AT in row.custom]


def telling_rows(connection: Connection, tenant_id: UUID, records: set[UUID], words: Sequence[str]) -> list[int]:
    """The rows of the audit that may hold something of the person: of their records, and where one of the words is said.

    A record that was purged is found by what was kept of it when it was deleted.
    """
    mine = Audit.tenant_id == tenant_id
    purged = select(Tenant.purged).where(Tenant.id == tenant_id).scalar_subquery()
    kept = select(Audit.record_id, type_coerce(Audit.content, Text).label("content")).where(
        mine, Audit.content.is_not(None), Audit.version <= purged
    )
    named = [str(each) for each in records]
    gone = {row.record_id for row in connection.execute(kept) if any(each in row.content for each in named)}
    seqs: set[int] = set()
    for some in _parts(sorted(records | gone)):
        seqs |= set(connection.execute(select(Audit.seq).where(mine, Audit.record_id.in_(some))).scalars())
    said = type_coerce(Audit.fields, Text)
    told = select(Audit.seq).where(mine, Audit.operation.not_in(CHANGES), Audit.verb != EMPTIED)
    for some in _parts(words):
        seqs |= set(connection.execute(told.where(or_(*(said.contains(each, autoescape=True) for each in some)))).scalars())
    return sorted(seqs)


def empty_audit(connection: Connection, tenant_id: UUID, seqs: Sequence[int], contact_id: UUID, now_us: int) -> int:
    """Empty some of the rows; how many had something in them."""
    event = Event(verb=EMPTIED, kind="contact", record_id=contact_id)
    return empty_rows(connection, tenant_id, seqs, event, now_us)


def empty_answers(connection: Connection, tenant_id: UUID, seqs: Sequence[int], words: Sequence[str]) -> None:
    """What was answered to commands that were refused: why stays, and the values go."""
    log = CommandLog
    refused = (log.tenant_id == tenant_id, log.status == "rejected")
    ids: set[UUID] = set()
    for some in _parts(seqs):
        told = (Audit.tenant_id == tenant_id, Audit.seq.in_(some), Audit.operation == "refused")
        ids |= set(connection.execute(select(Audit.command_id).where(*told)).scalars())
    answer = cast(log.answer, Text)
    for some in _parts(words):
        said = or_(*(answer.contains(each, autoescape=True) for each in some))
        ids |= set(connection.execute(select(log.id).where(*refused, said)).scalars())
    for some in _parts(sorted(ids)):
        for row in connection.execute(select(log.id, log.answer).where(*refused, log.id.in_(some))).all():
            left = {**row.answer, "values": {}}
            connection.execute(update(log).where(log.tenant_id == tenant_id, log.id == row.id).values(answer=left))


def end_jobs(connection: Connection, tenant_id: UUID, records: set[UUID], own_id: UUID) -> None:
    """What was still to be done about the person, or was given up, is done with; its error may have named them."""
    named = {str(each) for each in records}
    mine = (Effect.tenant_id == tenant_id, Effect.state.in_(OPEN_JOBS), Effect.id != own_id)
    found = connection.execute(select(Effect.id, Effect.payload).where(*mine)).all()
    for some in _parts([row.id for row in found if not named.isdisjoint(map(str, row.payload.values()))]):
        ended = update(Effect).where(Effect.tenant_id == tenant_id, Effect.id.in_(some))
        connection.execute(ended.values(state="done", error=None, leased_by=None, leased_until=None))


def raw_mails(connection: Connection, tenant_id: UUID, messages: set[UUID]) -> list[UUID]:
    """The raw mails that became these messages."""
    found: list[UUID] = []
    for some in _parts(sorted(messages)):
        mine = (RawInbound.tenant_id == tenant_id, RawInbound.message_id.in_(some), RawInbound.sha256 != "")
        found += connection.execute(select(RawInbound.id).where(*mine)).scalars()
    return found


def unread_mails(connection: Connection, tenant_id: UUID) -> Mapping[UUID, str]:
    """Raw mails of which nobody noted what they became, and their hashes: whose they are only their bytes tell."""
    is_settled = (RawInbound.sha256 != "", RawInbound.state != "received")
    mine = (RawInbound.tenant_id == tenant_id, RawInbound.message_id.is_(None), *is_settled)
    return {row.id: row.sha256 for row in connection.execute(select(RawInbound.id, RawInbound.sha256).where(*mine))}


def empty_raw(connection: Connection, tenant_id: UUID, ids: Sequence[UUID]) -> set[str]:
    """That they came stays; what they were does not. The hashes that they named."""
    hashes: set[str] = set()
    for some in _parts(ids):
        mine = (RawInbound.tenant_id == tenant_id, RawInbound.id.in_(some))
        hashes |= set(connection.execute(select(RawInbound.sha256).where(*mine)).scalars())
        connection.execute(update(RawInbound).where(*mine).values(sha256="", error=None, state="done"))
    return hashes - {""}


def forget_files(connection: Connection, tenant_id: UUID, hashes: Sequence[str]) -> list[str]:
    """Those of the files that nothing names any more are the tenant's no longer: their bytes may go at once."""
    connection.execute(update(Tenant).where(Tenant.id == tenant_id).values(change=Tenant.change))  # nobody names one meanwhile
    gone: list[str] = []
    for some in _parts(hashes):
        named: set[str] = set()
        for table in NAMING:
            named |= set(
                connection.execute(select(table.sha256).where(table.tenant_id == tenant_id, table.sha256.in_(some))).scalars()
            )
        left = [each for each in some if each not in named]
        for table in (BlobHolder, BlobRow):
            connection.execute(delete(table).where(table.tenant_id == tenant_id, table.sha256.in_(left)))
        gone += left
    return gone


def is_named(connection: Connection, tenant_id: UUID, sha256: str) -> bool:
    """Whether the tenant has the file (again)."""
    return (
        connection.execute(select(BlobRow.sha256).where(BlobRow.tenant_id == tenant_id, BlobRow.sha256 == sha256)).first()
        is not None
    )


def remember_files(connection: Connection, tenant_id: UUID, job_id: UUID, hashes: set[str]) -> None:
    """Whose bytes must still go, in the transaction in which their names went: a crash after it is made up for."""
    mine = (Effect.tenant_id == tenant_id, Effect.id == job_id)
    payload = connection.execute(select(Effect.payload).where(*mine)).scalar_one()
    told = {**payload, "hashes": sorted({*payload["hashes"], *hashes})}
    connection.execute(update(Effect).where(*mine).values(payload=told))


def forget_words(connection: Connection, tenant_id: UUID, job_id: UUID) -> None:
    """What the job had to know of the person is known no more; that it ran stays."""
    mine = (Effect.tenant_id == tenant_id, Effect.id == job_id)
    connection.execute(update(Effect).where(*mine).values(payload={}))


def _parts(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (values[at : at + STATEMENT_IDS] for at in range(0, len(values), STATEMENT_IDS))
