"""A recorded call in a sealed file: how it is written, tick by tick, and how it is read, also after a crash.

A chunk holds a heading (rate, channels, how many ticks of 20 ms follow, which of them were paused, whether it is the last) and
their sound: signed 16 bit, little-endian, of a call left the agent and right the customer. So each whole chunk is heard without
the others, and an end that is missing is found.
"""

import struct
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from errno import EEXIST
from pathlib import Path
from typing import Final, Literal

from softphone.recording import Gap
from softphone.sealed import CHUNK_BYTES, DoesNotOpen, SealedWriter, opened_parts

MAGIC: Final = b"pbcall01"
HEADING: Final = struct.Struct("<8sIHHHQ")  # magic, rate, channels, ticks, is it the last, a bit for each tick that was paused
HEADING_BYTES: Final = 256
SAMPLE_BYTES, TICKS_A_SECOND, MOST_TICKS = 2, 50, 64

Tick = bytes | None  # 20 ms of sound, its channels in turn; None: paused
End = Literal["whole", "cut", "damaged"]


class NoRecording(Exception):
    """Nothing of it opens: another key, or no recording."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """The sound of a file; rates that are no multiple of 50 have no whole ticks."""

    rate: int  # Hz
    channels: int

    @property
    def tick_bytes(self) -> int:
        """What 20 ms take."""
        return self.rate // TICKS_A_SECOND * SAMPLE_BYTES * self.channels

    @property
    def ticks_a_chunk(self) -> int:
        """How many fit: of a call 51, 1.02 seconds."""
        return min(MOST_TICKS, (CHUNK_BYTES - HEADING_BYTES) // self.tick_bytes)


CALL: Final = Shape(rate=16_000, channels=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one chunk holds."""

    shape: Shape
    ticks: int
    paused: int  # a bit for each tick
    is_last: bool
    sound: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What a file held. `end`: "cut" where a crash left only whole chunks; "damaged" where reading ended at a changed one."""

    shape: Shape
    ticks: int
    gaps: tuple[Gap, ...]
    end: End

    @property
    def seconds(self) -> float:
        """How long it is, with its gaps."""
        return self.ticks / TICKS_A_SECOND


class RecordingWriter:
    """Writes a new file; about a second of sound is held until a chunk is whole."""

    def __init__(self, path: Path, key: bytes, shape: Shape = CALL) -> None:
        if path.exists():
            raise FileExistsError(EEXIST, "there is such a file already", str(path))
        self.ticks = 0  # what can be read if nothing more comes
        self._gaps = _Gaps()
        self._shape = shape
        self._held: list[Tick] = []
        self._file = SealedWriter(path, key)

    @property
    def seconds(self) -> float:
        """How much of it is in the file."""
        return self.ticks / TICKS_A_SECOND

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """Where it was paused, of what is in the file."""
        return self._gaps.found

    def write(self, ticks: Sequence[Tick]) -> None:
        """So many ticks more."""
        self._held += ticks
        while len(self._held) >= self._shape.ticks_a_chunk:
            chunk, self._held = self._held[: self._shape.ticks_a_chunk], self._held[self._shape.ticks_a_chunk :]
            self._seal(chunk, is_last=False)

    def finish(self) -> None:
        """That was all: the rest, and the mark of the end."""
        chunk, self._held = self._held, []
        self._seal(chunk, is_last=True)
        self._file.finish()

    def leave(self) -> None:
        """It is given up: what is in the file stays readable."""
        self._file.leave()

    def _seal(self, ticks: list[Tick], *, is_last: bool) -> None:
        paused = sum(1 << place for place, tick in enumerate(ticks) if tick is None)
        heading = HEADING.pack(MAGIC, self._shape.rate, self._shape.channels, len(ticks), is_last, paused)
        silence = bytes(self._shape.tick_bytes)
        chunk = heading.ljust(HEADING_BYTES, b"\0") + b"".join(tick or silence for tick in ticks)
        self._file.write(chunk if is_last else chunk.ljust(CHUNK_BYTES, b"\0"))
        self._gaps.add(self.ticks, len(ticks), paused)
        self.ticks += len(ticks)


class _Gaps:
    """Paused ticks, put together again across chunks."""

    def __init__(self) -> None:
        self._spans: list[tuple[int, int]] = []

    @property
    def found(self) -> tuple[Gap, ...]:
        spans = self._spans
        return tuple(Gap(begin_s=begin / TICKS_A_SECOND, seconds=(end - begin) / TICKS_A_SECOND) for begin, end in spans)

    def add(self, first: int, count: int, paused: int) -> None:
        for place in range(count):
            if not paused >> place & 1:
                continue
            tick = first + place
            if self._spans and self._spans[-1][1] == tick:
                self._spans[-1] = self._spans[-1][0], tick + 1
            else:
                self._spans.append((tick, tick + 1))


def interleaved(agent: bytes, customer: bytes) -> bytes:
    """One tick of both, left and right."""
    sound = array("h", bytes(len(agent) + len(customer)))
    sound[0::2], sound[1::2] = array("h", agent), array("h", customer)
    return sound.tobytes()


def ticks_of(sound: bytes, shape: Shape) -> Iterator[bytes]:
    """Sound cut into ticks, the last one filled up with silence."""
    for start in range(0, len(sound), shape.tick_bytes):
        yield sound[start : start + shape.tick_bytes].ljust(shape.tick_bytes, b"\0")


def read_recording(path: Path, key: bytes, take: Callable[[bytes], object]) -> Recorded:
    """Give the sound piece by piece to `take`, silence where it was paused; `NoRecording` if not even its beginning opens."""
    shape, ticks, gaps, is_last = CALL, 0, _Gaps(), False
    end: End
    try:
        for part in parts_of(path, key):
            gaps.add(ticks, part.ticks, part.paused)
            shape, ticks, is_last = part.shape, ticks + part.ticks, part.is_last
            take(part.sound)
        end = "whole" if is_last else "cut"
    except DoesNotOpen:
        end = "damaged"
    return Recorded(shape=shape, ticks=ticks, gaps=gaps.found, end=end)


def parts_of(path: Path, key: bytes, begin_s: float = 0.0) -> Iterator[Part]:
    """From the chunk that this second is in to the last whole one, the first cut to begin there.

    `NoRecording` if not even the file's beginning opens, `DoesNotOpen` at a later chunk that was changed.
    """
    tick, is_begun = max(0, round(begin_s * TICKS_A_SECOND)), False
    try:
        for chunk in opened_parts(path, key):
            part = _part(chunk, path)
            is_begun = True
            if tick and tick >= part.ticks:
                tick -= part.ticks
                continue
            yield _from(part, tick)
            tick = 0
    except DoesNotOpen as error:
        if error.is_cut:
            return
        if not is_begun:
            raise NoRecording(str(path)) from error
        raise


def _part(chunk: bytes, path: Path) -> Part:
    if len(chunk) < HEADING_BYTES or not chunk.startswith(MAGIC):
        raise NoRecording(str(path))
    _, rate, channels, ticks, is_last, paused = HEADING.unpack_from(chunk)
    shape = Shape(rate=rate, channels=channels)
    sound = chunk[HEADING_BYTES : HEADING_BYTES + ticks * shape.tick_bytes]
    return Part(shape=shape, ticks=ticks, paused=paused, is_last=bool(is_last), sound=sound)


def _from(part: Part, tick: int) -> Part:
    if not tick:
        return part
    sound = part.sound[tick * part.shape.tick_bytes :]
    return Part(
        shape=part.shape, ticks=part.ticks - tick, paused=part.paused >> tick, is_last=part.is_last, sound=sound
    )  # fmt: skip
