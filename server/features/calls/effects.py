"""What follows a recording: it goes when its time is over, its bytes go with it, and who listened is written down."""

from uuid import UUID

import msgspec

from app.domain.calls.recording import DeleteRecordings
from app.kernel.command import Issued, body_of
from app.kernel.errors import NotHere
from app.kernel.permissions import system_actor
from app.protocol.envelopes import refusal_of
from server.database.dropping import drop_files
from server.database.jobs import Job
from server.database.listening import Heard, note
from server.database.store import TenantStore

DEVICE = "retention"


async def recording_kept(store: TenantStore, job: Job) -> None:
    """The effect "call.recording_kept", due when the time of the call's recording is over: all of it goes. Twice is once."""
    command = DeleteRecordings(call_id=UUID(str(job.payload["call_id"])))
    issued = Issued(
        id=job.id, name=command.verb, body=body_of(command), actor_id=system_actor(store.tenant_id).user_id, device=DEVICE,
        acted_us=store.now_us(),
    )  # fmt: skip
    for outcome in await store.write(lambda: store.authority.carry_out([issued])):
        if outcome.status == "rejected" and not isinstance(refusal := refusal_of(outcome), NotHere):
            raise refusal


async def recording_deleted(store: TenantStore, job: Job) -> None:
    """The effect "call.recording_deleted": nothing names the bytes any more, and they go."""
    await drop_files(store, list(job.payload["hashes"]))


async def recording_heard(store: TenantStore, job: Job) -> None:
    """The effect "call.heard": a row in the audit, once for each time that somebody sat down to listen."""
    heard = msgspec.convert(job.payload, Heard)
    await store.change(lambda each: note(each, store.tenant_id, heard, store.now_us()))
