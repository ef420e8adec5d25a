"""What a call's record holds of its recording: how it was to be recorded, its parts, and until when they are kept."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from app.kernel.errors import BadValue, Refused

MEDIA_TYPE = "audio/flac"
AGAIN_WITHIN = timedelta(minutes=15)  # who listens again by then goes on listening: the audit says it once
MOST_GAPS, MOST_SECONDS = 1_000, 86_400.0


class NotRecorded(Refused):
    """The setting that was in force when the call began forbids it."""

    key = "not_recorded"
    text = "This call may not be recorded: the workspace's setting said so when it began."


class RecordedPart(msgspec.Struct, frozen=True, kw_only=True):
    """What was recorded without a stop. `gaps`: where it was paused, begin and length in seconds."""

    id: UUID  # of its file
    began_at: datetime
    seconds: float
    gaps: tuple[tuple[float, float], ...] = ()


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """What a call holds of its recording. `policy` and `keep_days` are the workspace's as they were when it began."""

    policy: str = "never"
    keep_days: int = 0
    parts: tuple[RecordedPart, ...] = ()
    deleted_us: int | None = None

    @property
    def seconds(self) -> float:
        """All parts together."""
        return sum(part.seconds for part in self.parts)


def recording_of(stored: Mapping[str, Any]) -> Recording:
    """What a call's record says of it; calls of before there were recordings say nothing."""
    return msgspec.convert(stored, Recording)


def is_kept(stored: Mapping[str, Any]) -> bool:
    """Whether something of it is there."""
    return bool(stored.get("parts"))


def check_recorded(stored: Mapping[str, Any]) -> None:
    """`NotRecorded` when the call's own setting forbids it."""
    if recording_of(stored).policy == "never":
        raise NotRecorded


def kept_until(stored: Mapping[str, Any], started_at: datetime) -> datetime:
    """When it goes."""
    return started_at + timedelta(days=recording_of(stored).keep_days)


def with_part(
    stored: Mapping[str, Any], *, recording_id: UUID, began_at: datetime, seconds: float, gaps: Sequence[tuple[float, float]]
) -> dict[str, Any]:
    """The same with one part more, in the order in which they began."""
    if not 0 <= seconds <= MOST_SECONDS:
        raise BadValue(field="seconds", value=seconds, hint=f"From 0 to {MOST_SECONDS:.0f}.")
    if len(gaps) > MOST_GAPS or any(begin < 0 or length < 0 for begin, length in gaps):
        raise BadValue(field="gaps", value=len(gaps), hint=f"At most {MOST_GAPS}, each with a begin and a length in seconds.")
    part = RecordedPart(id=recording_id, began_at=began_at, seconds=seconds, gaps=tuple(gaps))
    known = recording_of(stored)
    parts = sorted((*known.parts, part), key=lambda each: (each.began_at, each.id))
    return _stored(msgspec.structs.replace(known, parts=tuple(parts)))


def without_parts(stored: Mapping[str, Any], deleted_us: int) -> dict[str, Any]:
    """What is left when its time is over: how it was to be recorded, and that it is gone."""
    return _stored(msgspec.structs.replace(recording_of(stored), parts=(), deleted_us=deleted_us))


def begun_with(policy: str, keep_days: int) -> dict[str, Any]:
    """What a call that begins holds; nothing where it is not to be recorded."""
    return {} if policy == "never" else {"policy": policy, "keep_days": keep_days}


def _stored(recording: Recording) -> dict[str, Any]:
    told: dict[str, Any] = msgspec.to_builtins(recording)
    return {name: value for name, value in told.items() if value not in (None, [], ())}
