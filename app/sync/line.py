"""Whether the line to the server is still there: a network that goes away does not say so."""

import asyncio
import time
from collections.abc import Callable
from typing import cast

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import WebSocketException

PING_S = 5.0  # a line on which nothing came for so long is asked, and is dead when it says nothing for as long again
STOOD_STILL_S = 1.0  # who comes so much later than it wanted to did not listen either
MOST_WAITS = 4  # as long as pages of a pull come: they stand before the answer


class LineWatch:
    """Of one live socket. Where much is told nobody is asked: whatever comes on it shows that it is there."""

    def __init__(self, socket: ClientConnection, is_filled: Callable[[], bool]) -> None:
        self._socket, self._is_filled = socket, is_filled
        self._heard_s = time.monotonic()

    def heard(self) -> None:
        """Something came on the socket."""
        self._heard_s = time.monotonic()

    async def watch(self) -> None:
        """Cut the line as soon as it is dead; then, or when it ends by itself, this ends."""
        try:
            while True:
                silent_s = time.monotonic() - self._heard_s
                if silent_s < PING_S:
                    await asyncio.sleep(PING_S - silent_s)
                elif await self._is_answered():
                    self.heard()
                else:
                    break
        except WebSocketException:
            return
        self._socket.transport.abort()

    async def _is_answered(self) -> bool:
        pong: asyncio.Future[float]
        try:
            async with asyncio.timeout(PING_S):
                pong = cast("asyncio.Future[float]", await self._socket.ping())  # says that it is any awaitable
        except TimeoutError:
            return False
        waits = 0
        while waits < MOST_WAITS:
            before_s = time.monotonic()
            await asyncio.wait([pong], timeout=PING_S)
            if pong.done():
                return True
            if time.monotonic() - before_s > PING_S + STOOD_STILL_S:
                continue
            waits += 1
            if not self._is_filled():
                return False
        return False
