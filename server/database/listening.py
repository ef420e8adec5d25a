"""Who listened to which recording: a row of the audit for each time, within `TenantStore.change`."""

from datetime import timedelta
from uuid import UUID

import msgspec
from sqlalchemy import Connection, select

from app.domain.calls.recorded import AGAIN_WITHIN
from app.domain.calls.recording import HearRecording
from app.domain.calls.records import Call
from app.kernel.log import Audit
from server.database.trail import Event, write_event

MICROSECOND = timedelta(microseconds=1)
VERB = HearRecording.verb


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody listened, or fetched the bytes to; `acted_us`: when, which may be long before it is known here."""

    call_id: UUID
    actor_id: UUID
    device: str
    acted_us: int
    address: str = ""


def note(connection: Connection, tenant_id: UUID, heard: Heard, now_us: int) -> bool:
    """Write it down, unless the same person listened to it up to a quarter of an hour before or after; whether it was new."""
    window_us = AGAIN_WITHIN // MICROSECOND
    first_us, last_us = heard.acted_us - window_us, heard.acted_us + window_us
    same = (
        Audit.tenant_id == tenant_id, Audit.record_id == heard.call_id, Audit.operation == "event", Audit.verb == VERB,
        Audit.actor_id == heard.actor_id, Audit.acted_us > first_us, Audit.acted_us < last_us,
    )  # fmt: skip
    if connection.execute(select(Audit.seq).where(*same).limit(1)).first() is not None:
        return False
    event = Event(
        verb=VERB, actor_id=heard.actor_id, device=heard.device, address=heard.address, kind=Call.__tablename__,
        record_id=heard.call_id, acted_us=heard.acted_us,
    )  # fmt: skip
    write_event(connection, tenant_id, event, now_us)
    return True
