"""A sealed file, read and sought as a plain one is; what it says is never plain on the disk."""

import io
from pathlib import Path
from typing import Any

from typing_extensions import override

from app.desk.sealed import CHUNK_BYTES, opened_parts


class SealedReader(io.RawIOBase):
    """`DamagedFile` at a part that does not open. One part at a time is in memory."""

    def __init__(self, path: Path, key: bytes, size: int) -> None:
        super().__init__()
        self._path, self._key, self._size = path, key, size
        self._at = 0
        self._parts = opened_parts(path, key)
        self._next, self._number, self._part = 0, -1, b""  # the part that comes next, and the one that is held

    @override
    def read(self, size: int = -1) -> bytes:
        wanted = self._size - self._at if size < 0 else min(size, self._size - self._at)
        found = bytearray()
        while len(found) < wanted:
            begin = self._at % CHUNK_BYTES
            piece = self._held(self._at // CHUNK_BYTES)[begin : begin + wanted - len(found)]
            if not piece:
                break
            found += piece
            self._at += len(piece)
        return bytes(found)

    @override
    def readinto(self, buffer: Any) -> int:
        found = self.read(len(buffer))
        buffer[: len(found)] = found
        return len(found)

    def _held(self, number: int) -> bytes:
        if number != self._number:
            if number != self._next:
                self._parts = opened_parts(self._path, self._key, number)
            self._part, self._number, self._next = next(self._parts, b""), number, number + 1
        return self._part

    @override
    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = min(max(0, base + offset), self._size)
        return self._at

    @override
    def tell(self) -> int:
        return self._at

    @override
    def readable(self) -> bool:
        return True

    @override
    def seekable(self) -> bool:
        return True
