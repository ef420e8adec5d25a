"""A wire between consoles and their server that is slow, and cut whenever a test wants it."""

import asyncio
import random
from collections.abc import Callable

from typing_extensions import override

from tests.faults.relay import Relay, Way


class Wire(Relay):
    """`cut` breaks every connection in the middle of whatever it carries."""

    def __init__(self, to_port: int, *, delay_s: float = 0.0, to_host: str = "127.0.0.1") -> None:
        super().__init__(to_port, to_host=to_host)
        self._delay_s = delay_s
        self.is_open = True  # else nobody gets through
        self.is_silent = False  # what is sent gets nowhere, and nobody is told so
        self.on_way_through: Callable[[], None] = lambda: None

    @property
    def url(self) -> str:
        """Where consoles connect."""
        return f"http://127.0.0.1:{self.port}"

    @override
    def lets_in(self) -> bool:
        if self.is_open:
            self.on_way_through()
        return self.is_open

    @override
    async def pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: Way) -> None:
        while data := await reader.read(1 << random.randint(4, 16)):
            if self._delay_s:
                await asyncio.sleep(random.random() * self._delay_s)
            while self.is_silent:  # noqa: ASYNC110 - the test sets it, now and then
                await asyncio.sleep(0.01)
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
