"""A recording made ready to be heard: its waveform, and sealed files that the phone plays, one for each speed.

Blocking: for a worker thread. What lies on the disk is sealed under keys that end with the program.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any

from app.desk.flac import CHANNELS, Decoder
from app.desk.sealed_reader import SealedReader
from app.desk.stretch import Stretcher
from app.kernel.ids import new_id
from softphone.recorded import RecordingWriter, Shape, ticks_of

PEAK_S = 0.05
FULL = 32_768


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """What the phone plays."""

    path: Path
    key: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A recording that was read through. `peaks`: agent and customer, 0 to 1, one for each `PEAK_S`."""

    track: Track
    seconds: float
    peaks: tuple[tuple[float, float], ...]


def make_ready(file: SealedReader, folder: Path, *, speed: float = 1.0, is_on: Callable[[], bool] = lambda: True) -> Heard:
    """Read it through; `ValueError` when it is no recording. Ends early, with what there is, once `is_on` says no."""
    import numpy as np

    decoder = Decoder(file)
    track = Track(path=folder / new_id().hex, key=os.urandom(32))
    shape = Shape(rate=decoder.rate, channels=CHANNELS)
    writer = RecordingWriter(track.path, track.key, shape)
    stretcher = Stretcher(decoder.rate, speed) if speed != 1.0 else None
    peaks, rest = _Peaks(decoder.rate, np), b""
    try:
        for piece in takewhile(lambda _: is_on(), decoder.pieces()):
            sound = np.frombuffer(piece, dtype="<i2").reshape(-1, CHANNELS)
            peaks.take(sound)
            rest += (sound if stretcher is None else stretcher.take(sound)).astype("<i2").tobytes()
            whole = len(rest) // shape.tick_bytes * shape.tick_bytes
            writer.write(list(ticks_of(rest[:whole], shape)))
            rest = rest[whole:]
        writer.write(list(ticks_of(rest, shape)))
        writer.finish()
    except BaseException:
        writer.leave()
        track.path.unlink(missing_ok=True)
        raise
    finally:
        decoder.close()
    return Heard(track=track, seconds=decoder.frames / decoder.rate, peaks=peaks.found)


class _Peaks:
    """The loudest moment of each twentieth of a second."""

    def __init__(self, rate: int, numpy: Any) -> None:
        self._np, self._frames = numpy, int(rate * PEAK_S)
        self._held: Any = numpy.zeros((0, CHANNELS), numpy.int16)
        self._found: list[tuple[float, float]] = []

    def take(self, sound: Any) -> None:
        """A piece more."""
        self._held = self._np.concatenate((self._held, sound))
        whole = len(self._held) // self._frames
        if whole:
            cut = self._held[: whole * self._frames].astype(self._np.int32).reshape(whole, self._frames, CHANNELS)
            self._found += [(agent / FULL, customer / FULL) for agent, customer in abs(cut).max(axis=1).tolist()]
            self._held = self._held[whole * self._frames :]

    @property
    def found(self) -> tuple[tuple[float, float], ...]:
        """Of all that came but the last moment."""
        return tuple(self._found)
