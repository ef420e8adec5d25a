"""The call log."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Select, and_, select

from app.domain.attachments.queries import hashes_here
from app.domain.attachments.records import Attachment
from app.domain.calls.recorded import Recording, recording_of
from app.domain.calls.records import Call, CallLeg
from app.domain.contacts.records import Contact
from app.domain.users.queries import named_owner
from app.kernel.errors import NotAllowed, NotHere
from app.kernel.keyset import read_page
from app.kernel.permissions import Level
from app.kernel.reader import Reader, Slice
from app.kernel.record import SCOPE_FIELDS
from app.kernel.shown import shows


@shows(Call, contact_name=Contact.name)
class CallRow(msgspec.Struct, frozen=True, kw_only=True):
    """A call in the log."""

    id: UUID
    direction: str
    state: str
    outcome: str | None
    number: str
    number_shown: str
    contact_id: UUID | None
    contact_name: str | None
    conversation_id: UUID
    queue: str
    owner_id: UUID | None
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    sip_code: int | None
    reason: str | None
    disposition: str | None
    recording: Recording
    version: int


@shows(Call, contact_name=Contact.name)
class CallOut(msgspec.Struct, frozen=True, kw_only=True):
    """A call as it leaves the workspace."""

    id: UUID
    direction: str
    state: str
    outcome: str | None
    number: str
    contact_id: UUID | None
    contact_name: str | None
    conversation_id: UUID
    queue: str
    owner_id: UUID | None
    owner_name: str | None
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    sip_code: int | None
    reason: str | None
    disposition: str | None


@shows(CallLeg)
class LegCard(msgspec.Struct, frozen=True, kw_only=True):
    """One party's part of a call."""

    role: str
    number: str
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    sip_code: int | None


LISTEN = "call:listen"
COLUMNS = (
    Call.id, Call.direction, Call.state, Call.outcome, Call.number, Call.number_shown, Call.contact_id,
    Contact.name.label("contact_name"), Call.conversation_id, Call.queue, Call.owner_id, Call.started_at, Call.answered_at,
    Call.ended_at, Call.sip_code, Call.reason, Call.disposition, Call.recording, Call.version,
)  # fmt: skip


def _row(row: object) -> CallRow:
    return msgspec.convert(row, CallRow, from_attributes=True)


def _with_contact(reader: Reader, *more: Any) -> Select[Any]:
    its = and_(Contact.tenant_id == Call.tenant_id, Contact.id == Call.contact_id, reader.within(Contact))
    return reader.select(Call, *COLUMNS, *more).select_from(Call).outerjoin(Contact, its)


def calls(
    reader: Reader,
    *,
    outcome: str | None = None,
    contact_id: UUID | None = None,
    mine: bool = False,
    after: str | None = None,
    limit: int = 50,
) -> Slice:
    """A page of the log, newest first."""
    statement = _with_contact(reader)
    if outcome:
        statement = statement.where(Call.outcome == outcome)
    if contact_id:
        statement = statement.where(Call.contact_id == contact_id)
    if mine:
        statement = statement.where(Call.owner_id == reader.actor.user_id)
    return read_page(reader, statement, (Call.started_at, Call.id), _row, after=after, limit=limit, descending=True)


def calls_out(
    reader: Reader, *, outcome: str | None = None, mine: bool = False, since: datetime | None = None, after: str | None = None,
    limit: int = 50,
) -> Slice:  # fmt: skip
    """Calls in the order in which they came; `since`: those that began then or later."""
    statement = _with_contact(reader, named_owner(Call))
    if mine:
        statement = statement.where(Call.owner_id == reader.actor.user_id)
    if outcome:
        statement = statement.where(Call.outcome == outcome)
    if since:
        statement = statement.where(Call.started_at >= since)
    return read_page(reader, statement, (Call.id,), _out, after=after, limit=limit)


def _out(row: object) -> CallOut:
    return msgspec.convert(row, CallOut, from_attributes=True)


def call(reader: Reader, call_id: UUID) -> CallRow:
    """One call; `NotHere` when there is none in sight."""
    row = reader.first(_with_contact(reader).where(Call.id == call_id))
    if row is None:
        raise NotHere(kind=Call.__tablename__, id=call_id.hex)
    return _row(row)


def legs(reader: Reader, call_id: UUID) -> list[LegCard]:
    """The parties of a call."""
    statement = reader.select(CallLeg).where(CallLeg.call_id == call_id).order_by(CallLeg.started_at, CallLeg.role)
    return [msgspec.convert(row, LegCard, from_attributes=True) for row in reader.all(statement)]


def agent_numbers(reader: Reader, call_ids: Sequence[UUID]) -> dict[UUID, str]:
    """At which number, or SIP address, the agent's side of these calls was."""
    statement = reader.select(CallLeg, CallLeg.call_id, CallLeg.number).where(
        CallLeg.call_id.in_(call_ids), CallLeg.role == "agent"
    )
    return {row.call_id: row.number for row in reader.all(statement)}


def call_of_conversation(reader: Reader, conversation_id: UUID) -> CallRow | None:
    """The call that a voice conversation is."""
    row = reader.first(_with_contact(reader).where(Call.conversation_id == conversation_id))
    return _row(row) if row else None


@shows(Attachment)
class RecordedFile(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a call's recording as somebody who may listen gets it: its bytes are the attachment's of this id."""

    id: UUID
    name: str
    media_type: str
    size_bytes: int
    sha256: str
    began_at: datetime | None = None
    seconds: float = 0.0
    gaps: tuple[tuple[float, float], ...] = ()


def recordings(reader: Reader, call_id: UUID) -> list[RecordedFile]:
    """What was recorded of a call, in the order in which it began; `NotAllowed` for who may not listen."""
    row = check_hearing(reader, call_id)
    parts = {part.id: part for part in recording_of(row.recording).parts}
    files = reader.all(reader.select(Attachment).where(Attachment.message_id == call_id, Attachment.id.in_(parts)))
    found = [
        RecordedFile(
            id=file.id, name=file.name, media_type=file.media_type, size_bytes=file.size_bytes, sha256=file.sha256,
            began_at=part.began_at, seconds=part.seconds, gaps=part.gaps,
        )
        for file in files for part in [parts[file.id]]
    ]  # fmt: skip
    return sorted(found, key=lambda each: list(parts).index(each.id))


def check_hearing(reader: Reader, call_id: UUID) -> Any:
    """The call's row; `NotHere` when it is out of sight, `NotAllowed` when the reader may not listen to it."""
    row = reader.get(Call, call_id)
    if not reader.actor.may(LISTEN, reader.keys_of(row)):
        raise NotAllowed(permission=LISTEN)
    return row


def may_hear(reader: Reader, call_id: UUID) -> bool:
    """Whether the reader may listen to what was recorded of a call."""
    try:
        check_hearing(reader, call_id)
    except (NotHere, NotAllowed):
        return False
    return True


def hashes_to_keep(reader: Reader) -> frozenset[str]:
    """Of all files that are here, but of recordings only those that the reader may listen to."""
    if reader.actor.access.level(LISTEN) is Level.ALL:
        return hashes_here(reader)
    its = and_(Call.tenant_id == Attachment.tenant_id, Call.id == Attachment.message_id)
    asked = reader.select(Attachment, Attachment.sha256, Call.id, *(getattr(Call, field) for field in sorted(SCOPE_FIELDS)))
    rows = reader.all(asked.select_from(Attachment).outerjoin(Call, its))
    return frozenset(row.sha256 for row in rows if row.id is None or reader.actor.may(LISTEN, reader.keys_of(row)))


def is_recording(reader: Reader, attachment: Attachment | Any) -> bool:
    """Whether a file is a call's recording, whoever may see the call: it hangs on the call, not on a message."""
    asked = select(Call.id).where(Call.tenant_id == reader.tenant_id, Call.id == attachment.message_id)
    return reader.connection.execute(asked).first() is not None
