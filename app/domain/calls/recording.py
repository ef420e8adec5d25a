"""Recordings of calls: keeping one, hearing one, letting those of a call go. Their bytes are kept by their hash, as files are."""

from datetime import datetime
from typing import Any

from app.domain.attachments.commands import SentFile
from app.domain.attachments.records import Attachment, NewAttachmentId
from app.domain.attachments.rules import check_hash, check_size
from app.domain.calls.recorded import MEDIA_TYPE, check_recorded, is_kept, kept_until, with_part, without_parts
from app.domain.calls.records import Call, CallId
from app.kernel.columns import us_from_moment
from app.kernel.command import Command, handles
from app.kernel.erasing import refuse_erased
from app.kernel.errors import BadValue, NotAllowed
from app.kernel.work import UnitOfWork

ON_DEMAND, DELETED, KEPT, HEARD = "call:record", "call.recording_deleted", "call.recording_kept", "call.heard"
Gaps = tuple[tuple[float, float], ...]


class KeepRecording(
    Command, name="call.keep_recording", permission="call:log", offline=True, has_effects=True, on_conflict="commute",
    no_undo="A recording stays with its call until its time is over.",
):  # fmt: skip
    """What was recorded of a call. `gaps`: where it was paused, begin and length in seconds; `files`: the one file of it."""

    call_id: CallId
    recording_id: NewAttachmentId
    files: tuple[SentFile, ...]
    began_at: datetime
    seconds: float
    gaps: Gaps = ()


class DeleteRecordings(
    Command, name="call.delete_recordings", permission="call:erase", offline=False, has_effects=True, on_conflict="commute",
    no_undo="A recording that was deleted is gone for good.",
):  # fmt: skip
    """Take what was recorded of a call away for good: from the server and from every console."""

    call_id: CallId


class HearRecording(
    Command, name="call.listen", permission="call:listen", offline=True, has_effects=True, on_conflict="commute",
    no_undo="Who has listened to a recording stays in the audit.",
):  # fmt: skip
    """Somebody listens to what was recorded of a call: the audit tells of it."""

    call_id: CallId


@handles(KeepRecording)
def keep_recording(work: UnitOfWork, command: KeepRecording) -> Call:
    """As the setting allowed that was in force when the call began."""
    call = work.get(Call, command.call_id)
    refuse_erased(call)
    check_recorded(call.recording)
    if not is_always(call) and not work.may("record", call):
        raise NotAllowed(permission=ON_DEMAND)
    file = _one(command.files)
    work.add(
        Attachment(
            id=command.recording_id,
            conversation_id=call.conversation_id,
            message_id=call.id,
            name=name_of(command.began_at),
            media_type=MEDIA_TYPE,
            size_bytes=check_size(file.size_bytes),
            sha256=check_hash(file.sha256),
        )
    )
    call.recording = with_part(
        call.recording, recording_id=command.recording_id, began_at=command.began_at, seconds=command.seconds, gaps=command.gaps
    )
    until = kept_until(call.recording, call.started_at)
    work.effect(KEPT, due=until, call_id=call.id)
    return call


def is_always(call: Call) -> bool:
    """Whether nobody had to ask for it."""
    return bool(call.recording.get("policy") == "always")


def name_of(began_at: datetime) -> str:
    """What the file is called: it names nobody."""
    return f"Recording {began_at:%Y-%m-%d %H.%M}.flac"


def _one(files: tuple[SentFile, ...]) -> SentFile:
    if len(files) != 1:
        raise BadValue(field="files", value=len(files), hint="A recording is one file.")
    return files[0]


@handles(DeleteRecordings)
def delete_recordings(work: UnitOfWork, command: DeleteRecordings) -> Call:
    """Nothing of it is left but that there was one; the bytes follow as a job. Twice is once."""
    call = work.get(Call, command.call_id)
    files = work.find(Attachment, Attachment.message_id == call.id)
    hashes = sorted({file.sha256 for file in files if file.sha256})
    for file in files:
        file.sha256 = ""  # nothing names the bytes any more: neither here nor on a console
        work.delete(file)
    if is_kept(call.recording):
        call.recording = without_parts(call.recording, us_from_moment(work.now))
    work.effect(DELETED, call_id=call.id, hashes=hashes)
    return call


@handles(HearRecording)
def hear_recording(work: UnitOfWork, command: HearRecording) -> None:
    """It changes nothing; the server writes down who it was, and when."""
    work.get(Call, command.call_id)
    told: dict[str, Any] = {"actor_id": work.issued.actor_id, "device": work.issued.device, "acted_us": work.issued.acted_us}
    work.effect(HEARD, call_id=command.call_id, **told)
