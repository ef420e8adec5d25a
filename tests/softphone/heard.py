"""What can be heard in a recording: which tone is in which channel, and where there is none."""

import math
from array import array
from dataclasses import dataclass
from pathlib import Path

from softphone.recorded import CALL, TICKS_A_SECOND, Recorded, read_recording

AGENT, CUSTOMER = 0, 1
STRETCH = 5  # ticks
QUIET = 100  # of 32768, the mean amplitude: what is below is silence, and what a codec makes of it


@dataclass(frozen=True)
class Heard:
    """A recording's two channels."""

    recorded: Recorded
    sound: "array[int]"

    def ticks(self, side: int, place: int, count: int = 1) -> "array[int]":
        """One side for so many times 20 ms."""
        size = CALL.rate // TICKS_A_SECOND
        return self.sound[place * size * 2 : (place + count) * size * 2][side::2]

    def places(self, begin_s: float = 0.0, end_s: float | None = None) -> range:
        """The ticks between two seconds."""
        last = self.recorded.ticks if end_s is None else min(self.recorded.ticks, math.floor(end_s * TICKS_A_SECOND))
        return range(math.ceil(begin_s * TICKS_A_SECOND), last)

    def seconds_of(self, side: int, hertz: int, begin_s: float = 0.0, end_s: float | None = None) -> float:
        """How long this tone is heard on this side, by stretches of 100 ms: a torn sound has a bit of every tone."""
        places = self.places(begin_s, end_s)
        starts = range(places.start, places.stop - STRETCH + 1, STRETCH)
        return sum(share(self.ticks(side, start, STRETCH), hertz) > 0.5 for start in starts) * STRETCH / TICKS_A_SECOND

    def is_silent(self, side: int, begin_s: float, end_s: float) -> bool:
        """Whether it is silence, to the last bit."""
        return not any(any(self.ticks(side, place)) for place in self.places(begin_s, end_s))


def hear(path: Path, key: bytes) -> Heard:
    """Read a recording."""
    sound = bytearray()
    recorded = read_recording(path, key, sound.extend)
    return Heard(recorded=recorded, sound=array("h", bytes(sound)))


def share(samples: "array[int]", hertz: int) -> float:
    """How much of the energy is at a frequency, from 0 to 1."""
    energy = sum(sample * sample for sample in samples)
    if energy <= QUIET * QUIET * len(samples):
        return 0.0
    return amplitude(samples, hertz) ** 2 * len(samples) / 2 / energy


def amplitude(samples: "array[int]", hertz: int) -> float:
    """How loud a frequency is, of 32768 (Goertzel's algorithm)."""
    before = earlier = 0.0
    factor = 2 * math.cos(2 * math.pi * hertz / CALL.rate)
    for sample in samples:
        before, earlier = sample + factor * before - earlier, before
    return 2 * math.sqrt(max(0.0, before * before + earlier * earlier - factor * before * earlier)) / max(1, len(samples))
