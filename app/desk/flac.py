"""Recordings as FLAC: every sample as it was, at about half the size, and heard by every player.

Sound goes through piece by piece, so that hours take no more memory than minutes. Blocking: for a worker thread.
"""

import io
from collections.abc import Callable, Iterator
from typing import Any

from typing_extensions import override

CHANNELS = 2
PIECE_FRAMES = 1 << 15
HEAD_BYTES = 1 << 16  # an encoder comes back to its beginning when it has seen all; no further than this


class Encoder:
    """Takes 16-bit sound of two channels; all but the beginning goes to `rest` at once, the beginning is whole after `finish`."""

    def __init__(self, rate: int, rest: Callable[[bytes], object]) -> None:
        import soundfile

        self._sink = _Sink(rest)
        self._file: Any = soundfile.SoundFile(
            self._sink, "w", samplerate=rate, channels=CHANNELS, format="FLAC", subtype="PCM_16"
        )

    def write(self, sound: bytes) -> None:
        """A piece more, little-endian, both channels of a moment side by side."""
        self._file.buffer_write(sound, dtype="int16")

    def finish(self) -> bytes:
        """That was all; the beginning of the file, which stands before all that went to `rest`."""
        self._file.close()
        return bytes(self._sink.head)


class _Sink(io.RawIOBase):
    """What the encoder takes for a file."""

    def __init__(self, rest: Callable[[bytes], object]) -> None:
        super().__init__()
        self.head = bytearray()
        self._rest, self._at, self._size = rest, 0, 0

    @override
    def write(self, data: Any) -> int:
        piece = bytes(data)
        inside = piece[: max(0, HEAD_BYTES - self._at)]
        self.head[self._at : self._at + len(inside)] = inside
        if beyond := piece[len(inside) :]:
            if self._at + len(inside) != max(self._size, HEAD_BYTES):
                raise ValueError("an encoder came back to what is written")
            self._rest(beyond)
        self._at += len(piece)
        self._size = max(self._size, self._at)
        return len(piece)

    @override
    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        return self._at

    @override
    def tell(self) -> int:
        return self._at

    @override
    def writable(self) -> bool:
        return True

    @override
    def seekable(self) -> bool:
        return True


class Decoder:
    """Reads a FLAC of two channels from anything that is read and sought like a file; `ValueError` when it is none."""

    def __init__(self, file: Any) -> None:
        import soundfile

        try:
            self._file: Any = soundfile.SoundFile(file, "r")
        except soundfile.LibsndfileError as error:
            raise ValueError(str(error)) from error
        if self._file.channels != CHANNELS:
            raise ValueError("a recording has two channels")
        self.rate: int = self._file.samplerate
        self.frames: int = self._file.frames

    def pieces(self) -> Iterator[bytes]:
        """All of it from the beginning."""
        while piece := bytes(self._file.buffer_read(PIECE_FRAMES, dtype="int16")):
            yield piece

    def close(self) -> None:
        """Enough."""
        self._file.close()
