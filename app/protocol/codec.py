"""Messages as bytes: msgpack in zstd, and frames in a stream."""

import struct
import threading
from typing import Any, TypeVar

import msgspec
import zstandard

from app.kernel.errors import BadValue

T = TypeVar("T")
LEVEL = 1  # higher saves little on rows that are mostly ids
MAX_MESSAGE_BYTES = 256 << 20  # more than any page: what says it is larger is not ours
HEAD = struct.Struct(">I")
CONTENT_TYPE = "application/vnd.patchbay.sync"
_tools = threading.local()  # compressors hold state that two threads must not share
_encoder = msgspec.msgpack.Encoder()


def pack(message: Any) -> bytes:
    """The message as it travels."""
    press: zstandard.ZstdCompressor | None = getattr(_tools, "press", None)
    if press is None:
        press = _tools.press = zstandard.ZstdCompressor(LEVEL)
    packed: bytes = press.compress(_encoder.encode(message))
    return packed


def unpack(data: bytes, kind: type[T], *, most_bytes: int = MAX_MESSAGE_BYTES) -> T:
    """The opposite; `BadValue` when the bytes are no such message, or would be longer than `most_bytes` when unpacked."""
    opener: zstandard.ZstdDecompressor | None = getattr(_tools, "opener", None)
    if opener is None:
        opener = _tools.opener = zstandard.ZstdDecompressor()
    try:
        if not 0 <= zstandard.frame_content_size(data) <= most_bytes:
            raise BadValue(field="message", value=f"{len(data)} bytes", hint="Its size is unknown or too great.")
        return msgspec.msgpack.decode(opener.decompress(data), type=kind)
    except (zstandard.ZstdError, msgspec.MsgspecError, RecursionError) as error:
        raise BadValue(field="message", value=f"{len(data)} bytes", hint=str(error)) from error


def framed(data: bytes) -> bytes:
    """One message in a stream of them: its length, then itself."""
    return HEAD.pack(len(data)) + data


class Frames:
    """Cuts a stream that comes in pieces into messages again."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, piece: bytes) -> list[bytes]:
        """The messages that are whole with this piece."""
        self._held += piece
        whole, at = [], 0
        while len(self._held) - at >= HEAD.size:
            (size,) = HEAD.unpack_from(self._held, at)
            if size > MAX_MESSAGE_BYTES:
                raise BadValue(field="message", value=f"{size} bytes", hint="Its size is too great.")
            end = at + HEAD.size + size
            if len(self._held) < end:
                break
            whole.append(bytes(self._held[at + HEAD.size : end]))
            at = end
        del self._held[:at]
        return whole
