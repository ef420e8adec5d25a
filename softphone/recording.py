"""What others may know of recording a call and of playing a recording: the acts and events that `api` counts among its own."""

from typing import Literal

import msgspec

RecordingState = Literal["recording", "paused", "stopped", "failed"]
PlayingState = Literal["playing", "stopped", "ended", "failed"]

# ── acts ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


class StartRecording(msgspec.Struct, frozen=True, kw_only=True, tag="start_recording"):
    """Record a call that is on into a new file, sealed under a key of 32 bytes (`recorded.py` reads it); it ends with the call.

    How it goes is told by events: a disk that is full ends the recording, never the call.
    """

    call_id: int
    path: str
    key: bytes


class PauseRecording(msgspec.Struct, frozen=True, kw_only=True, tag="pause_recording"):
    """From the answer on nothing is recorded, but the clock goes on: silence stays in its place, marked as a gap."""

    call_id: int


class ResumeRecording(msgspec.Struct, frozen=True, kw_only=True, tag="resume_recording"):
    """Record on."""

    call_id: int


class StopRecording(msgspec.Struct, frozen=True, kw_only=True, tag="stop_recording"):
    """Record no more; the call goes on, and may be recorded again into another file."""

    call_id: int


class PlayRecording(msgspec.Struct, frozen=True, kw_only=True, tag="play_recording"):
    """Play a file of our own sealed form (`recorded.py`) in the speaker, from a second on; never into a call.

    It takes the place of one that is playing.
    """

    path: str
    key: bytes
    begin_s: float = 0.0


class StopPlaying(msgspec.Struct, frozen=True, kw_only=True, tag="stop_playing"):
    """Play no more."""


# ── events ────────────────────────────────────────────────────────────────────────────────────────────────────────────


class RecordingChanged(msgspec.Struct, frozen=True, kw_only=True, tag="recording"):
    """How a call's recording goes, after so many seconds of it; `reason` says in words why it failed."""

    call_id: int
    state: RecordingState
    reason: str = ""
    seconds: float = 0.0


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """Where a recording was paused."""

    begin_s: float
    seconds: float


class RecordingDone(msgspec.Struct, frozen=True, kw_only=True, tag="recording_done"):
    """A recording's file is closed, with so much in it. Comes once for each that began, after "stopped" or "failed".

    It can't come from a phone that was lost: then the file holds every whole chunk, a second each.
    """

    call_id: int
    path: str
    seconds: float
    gaps: list[Gap] = []


class PlayingChanged(msgspec.Struct, frozen=True, kw_only=True, tag="playing"):
    """Which second of a recording is heard, ten times a second; once more when it stops, ends, or fails, with the reason."""

    state: PlayingState
    seconds: float
    reason: str = ""
