"""Sound on its way between two clocks: a ring of bytes, held near its target length by single samples."""

import threading
from array import array

SAMPLE_BYTES = 2
SMOOTHING = 0.02  # of each 20 ms frame's deviation
TOLERANCE = 0.25  # of the target, before a sample is taken out or put in


class Ring:
    """First in, first out. The sound library's thread copies bytes here and does nothing else."""

    def __init__(self, *, rate: int, target_ms: int = 40, most_ms: int = 200) -> None:
        self.target = rate * target_ms // 1000 * SAMPLE_BYTES
        self._most = rate * most_ms // 1000 * SAMPLE_BYTES
        self._held = bytearray()
        self._lock = threading.Lock()
        self._is_primed = False
        self._smooth: float | None = None
        self.glitches = 0

    def put(self, data: bytes) -> None:
        """Add sound; what is too old falls out."""
        with self._lock:
            self._held += data
            excess = len(self._held) - self._most
            if excess > 0:  # nobody takes it, as while a call is muted: whoever takes again begins near to now
                del self._held[:excess]
                self._is_primed = False

    def take(self, size: int) -> bytes:
        """`size` bytes of sound, silence until the target is reached once, and after a gap."""
        with self._lock:
            if not self._is_primed:
                if len(self._held) < self.target:
                    return bytes(size)
                del self._held[: len(self._held) - self.target]
                self._is_primed, self._smooth = True, None
            found = bytes(self._held[:size])
            del self._held[:size]
            if len(found) < size:
                self._is_primed = False
                self.glitches += 1
        return found + bytes(size - len(found))

    def level(self, frame: bytes) -> bytes:
        """The frame one sample shorter or longer when the ring drifts: at most 0.3 % at 20 ms frames, inaudible."""
        fill = len(self._held)
        self._smooth = fill if self._smooth is None else self._smooth + SMOOTHING * (fill - self._smooth)
        off = self._smooth - self.target
        if not self._is_primed or abs(off) < self.target * TOLERANCE:
            return frame
        middle = len(frame) // 2 & ~1
        if off > 0:
            return frame[:middle] + frame[middle + SAMPLE_BYTES :]
        return frame[:middle] + frame[middle - SAMPLE_BYTES : middle] + frame[middle:]


def peak_of(frame: bytes) -> float:
    """The loudest sample, from 0 to 1 of full scale (signed 16 bit, native order)."""
    samples = array("h", frame[: len(frame) & ~1])
    highest, lowest = (max(samples), min(samples)) if samples else (0, 0)
    return max(highest, -lowest) / 32768
