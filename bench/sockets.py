"""Very many live sockets, held by nothing but sockets: a client library would cost more than the server that it measures.

They come by an event loop, all at once; then they are only listened to, in one plain loop over what has come where.

Reads a wish as JSON, says "standing" when every socket has said where it stands, and at the end when which frame came where.
"""

import asyncio
import base64
import json
import os
import select
import sys
import time
from functools import partial
from typing import Any

from typing_extensions import override

BINARY, PING, PONG = 0x82, 0x9, 0x8A
UPGRADE = (
    "GET /sync/live HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n"
)


def masked(opcode: int, payload: bytes) -> bytes:
    """A frame as a client sends it; a mask of zeros leaves the payload as it is."""
    size = len(payload)
    head = bytes([opcode, 0x80 | size]) if size < 126 else bytes([opcode, 0x80 | 126]) + size.to_bytes(2, "big")
    return head + bytes(4) + payload


class Socket(asyncio.Protocol):
    """One console, as far as the server can tell."""

    def __init__(self, wish: dict[str, Any], is_welcome: asyncio.Future[None]) -> None:
        self._wish, self._is_welcome = wish, is_welcome
        self._held, self._is_open = b"", False

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        transport.write(UPGRADE.format(token=self._wish["token"], key=key).encode())

    @override
    def data_received(self, data: bytes) -> None:
        self._held += data
        if not self._is_open:
            head, found, rest = self._held.partition(b"\r\n\r\n")
            if not found:
                return
            assert head.startswith(b"HTTP/1.1 101"), head
            self._is_open, self._held = True, rest
            for said in self._wish["said"]:
                self._transport.write(masked(BINARY, base64.b64decode(said)))
        while self._take_frame():
            pass

    def _take_frame(self) -> bool:
        found = frame_at(self._held, 0)
        if found is None:
            return False
        opcode, payload, end = found
        if opcode == PING:
            self._transport.write(masked(PONG, payload))
        elif not self._is_welcome.done():
            self._is_welcome.set_result(None)
        self._held = self._held[end:]
        return True

    def hand_over(self) -> tuple[int, bytes]:
        """The descriptor to listen to from now on, and what has come of a frame."""
        self._transport.pause_reading()
        return self._transport.get_extra_info("socket").fileno(), self._held


def frame_at(data: bytes, at: int) -> tuple[int, bytes, int] | None:
    """The whole frame that begins there: what it is, what is in it, and where it ends."""
    if len(data) < at + 2:
        return None
    opcode, size, begin = data[at] & 0x0F, data[at + 1], at + 2
    if size >= 126:
        begin = at + (4 if size == 126 else 10)
        size = int.from_bytes(data[at + 2 : begin], "big")
    end = begin + size
    return (opcode, data[begin:end], end) if len(data) >= end else None


def listen(held: dict[int, bytes], until: int) -> list[list[float]]:
    """When which frame came on each of these descriptors, until there is something to read on another one."""
    came: dict[int, list[float]] = {number: [] for number in held}
    poll = select.epoll()
    for number in (*held, until):
        poll.register(number, select.EPOLLIN)
    while True:
        ready = poll.poll()
        for number, _ in ready:
            if number == until:
                return list(came.values())
            data, at = held[number] + os.read(number, 1 << 16), 0
            now = time.perf_counter()
            while (found := frame_at(data, at)) is not None:
                opcode, payload, at = found
                if opcode == PING:
                    os.write(number, masked(PONG, payload))
                else:
                    came[number].append(now)
            held[number] = data[at:]


async def hold(wish: dict[str, Any]) -> None:
    """All come at once; then they listen until the parent says that it has done."""
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    welcomes = [loop.create_future() for _ in range(wish["count"])]
    made = await asyncio.gather(
        *(loop.create_connection(partial(Socket, wish, each), wish["host"], wish["port"]) for each in welcomes)
    )
    await asyncio.gather(*welcomes)
    await asyncio.sleep(wish["settle_s"])
    held = dict(protocol.hand_over() for _, protocol in made)
    sys.stdout.write(json.dumps({"joined_s": time.perf_counter() - began - wish["settle_s"]}) + "\n")
    sys.stdout.flush()
    sys.stdout.write(json.dumps(listen(held, sys.stdin.fileno())) + "\n")


if __name__ == "__main__":
    asyncio.run(hold(json.loads(sys.stdin.readline())))
