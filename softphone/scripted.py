"""A phone that plays a script: for tests of the interface that need no wire."""

import math
from array import array
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from softphone.api import Act, Event, Gap, Hear, PhoneError, RecordingChanged, RecordingDone, StartRecording
from softphone.recorded import CALL, TICKS_A_SECOND, RecordingWriter, interleaved

AGENT_HZ, CUSTOMER_HZ = 440, 1_000


class ScriptedSoftphone:
    """Remembers every act in `acts`; `say` makes an event happen; `answers` gives what an act returns."""

    def __init__(self) -> None:
        self.acts: list[Act] = []
        self.answers: dict[type, object] = {}
        self._hearers: list[Hear] = []

    async def start(self) -> None:
        """Nothing to make ready."""

    async def close(self) -> None:
        """Nothing to end."""

    def subscribe(self, hear: Hear) -> Callable[[], None]:
        """Hear every event until the returned function is called."""
        self._hearers.append(hear)
        return lambda: self._hearers.remove(hear)

    async def do(self, act: Act) -> msgspec.Raw:
        """Remember the act and give the scripted answer; a `PhoneError` among the answers is raised."""
        self.acts.append(act)
        answer = self.answers.get(type(act))
        if isinstance(answer, PhoneError):
            raise answer
        return msgspec.Raw(msgspec.json.encode(answer))

    def say(self, event: Event) -> None:
        """Let this happen now."""
        for hear in tuple(self._hearers):
            hear(event)

    def finish_recording(self, *, seconds: float = 2.0, paused: Sequence[tuple[float, float]] = ()) -> RecordingDone:
        """Write what was asked for last as the real phone does, a tone for each side, and tell that it is done.

        `paused`: from which to which second.
        """
        asked = next(act for act in reversed(self.acts) if isinstance(act, StartRecording))
        seconds, gaps = write_tones(Path(asked.path), asked.key, seconds=seconds, paused=paused)
        done = RecordingDone(call_id=asked.call_id, path=asked.path, seconds=seconds, gaps=list(gaps))
        self.say(RecordingChanged(call_id=asked.call_id, state="stopped", seconds=seconds))
        self.say(done)
        return done


def write_tones(
    path: Path, key: bytes, *, seconds: float, paused: Sequence[tuple[float, float]] = (), is_whole: bool = True
) -> tuple[float, tuple[Gap, ...]]:
    """A recording of two tones; not `is_whole`: as a phone leaves it that is killed."""
    writer = RecordingWriter(path, key)
    for place in range(round(seconds * TICKS_A_SECOND)):
        is_paused = any(begin <= place / TICKS_A_SECOND < end for begin, end in paused)
        writer.write([None if is_paused else _tick(place)])
    if is_whole:
        writer.finish()
    else:
        writer.leave()
    return writer.seconds, writer.gaps


def _tick(place: int) -> bytes:
    samples = range(place * CALL.rate // TICKS_A_SECOND, (place + 1) * CALL.rate // TICKS_A_SECOND)
    agent, customer = (
        array("h", (round(8_000 * math.sin(2 * math.pi * hertz * sample / CALL.rate)) for sample in samples)).tobytes()
        for hertz in (AGENT_HZ, CUSTOMER_HZ)
    )
    return interleaved(agent, customer)
