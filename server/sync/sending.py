"""Writes to a live socket at once and without a task of its own: one change may concern thousands of them."""

import logging
from functools import lru_cache

from aiohttp import web

log = logging.getLogger(__name__)
MOST_UNSENT_BYTES = 4 << 20  # whoever reads slower is cut off, connects again and pulls
SMALL, MIDDLE = 126, 1 << 16
BINARY_AND_FINAL = 0x82


class Sending:
    """What a console is told. Frames of ours stand between those that the library writes: each is written whole."""

    __slots__ = ("_socket", "_transport")

    def __init__(self, socket: web.WebSocketResponse, request: web.Request) -> None:
        self._socket, self._transport = socket, request.transport

    def __call__(self, message: bytes) -> None:
        """Never waits; a console that is gone or going hears nothing more."""
        transport = self._transport
        if transport is None or transport.is_closing() or self._socket.closed:
            return
        transport.write(frame(message))
        if transport.get_write_buffer_size() > MOST_UNSENT_BYTES:
            log.info("a console that does not read is cut off")
            transport.abort()


@lru_cache(maxsize=8)  # many are told the same, one after the other
def frame(message: bytes) -> bytes:
    """As RFC 6455, section 5.2, has it: a server's frames are not masked."""
    size = len(message)
    if size < SMALL:
        head = bytes((BINARY_AND_FINAL, size))
    elif size < MIDDLE:
        head = bytes((BINARY_AND_FINAL, SMALL)) + size.to_bytes(2, "big")
    else:
        head = bytes((BINARY_AND_FINAL, SMALL + 1)) + size.to_bytes(8, "big")
    return head + message
