"""Very many live sockets, held by nothing but sockets: a client library would cost more than the server that it measures.

Reads a wish as JSON, says "standing" when every socket has said where it stands, and at the end when which frame came where.
"""

import asyncio
import base64
import json
import os
import sys
import time
from functools import partial
from typing import Any

from typing_extensions import override

BINARY, PING = 0x82, 0x9
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
        self.came: list[float] = []
        self._wish, self._is_welcome = wish, is_welcome
        self._held, self._is_open = b"", False

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        transport.write(UPGRADE.format(token=self._wish["token"], key=key).encode())

    @override
    def data_received(self, data: bytes) -> None:
        now = time.perf_counter()
        self._held += data
        if not self._is_open:
            head, found, rest = self._held.partition(b"\r\n\r\n")
            if not found:
                return
            assert head.startswith(b"HTTP/1.1 101"), head
            self._is_open, self._held = True, rest
            for said in self._wish["said"]:
                self._transport.write(masked(BINARY, base64.b64decode(said)))
        while self._take_frame(now):
            pass

    def _take_frame(self, now: float) -> bool:
        if len(self._held) < 2:
            return False
        size, at = self._held[1], 2
        if size >= 126:
            at = 4 if size == 126 else 10
            size = int.from_bytes(self._held[2:at], "big")
        if len(self._held) < at + size:
            return False
        if self._held[0] & 0x0F == PING:
            self._transport.write(masked(0x8A, self._held[at : at + size]))
        elif not self._is_welcome.done():
            self._is_welcome.set_result(None)
        else:
            self.came.append(now)
        self._held = self._held[at + size :]
        return True


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
    sockets = [protocol for _, protocol in made]
    for socket in sockets:
        socket.came.clear()
    sys.stdout.write(json.dumps({"joined_s": time.perf_counter() - began - wish["settle_s"]}) + "\n")
    sys.stdout.flush()
    await loop.run_in_executor(None, sys.stdin.readline)
    sys.stdout.write(json.dumps([socket.came for socket in sockets]) + "\n")


if __name__ == "__main__":
    asyncio.run(hold(json.loads(sys.stdin.readline())))
