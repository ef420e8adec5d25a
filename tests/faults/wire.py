"""A wire between consoles and their server that is slow, and cut whenever a test wants it."""

import asyncio
import random
from collections.abc import Callable
from typing import Self


class Wire:
    """Forwards TCP to a port; `cut` breaks every connection in the middle of whatever it carries."""

    def __init__(self, to_port: int, *, delay_s: float = 0.0, to_host: str = "127.0.0.1") -> None:
        self._to_host, self._to_port, self._delay_s = to_host, to_port, delay_s
        self._ends: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self.is_open = True  # else nobody gets through
        self.is_silent = False  # what is sent gets nowhere, and nobody is told so
        self.on_way_through: Callable[[], None] = lambda: None

    @property
    def url(self) -> str:
        """Where consoles connect."""
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def cut(self) -> None:
        """Reset every connection."""
        for end in self._ends:
            end.transport.abort()
        self._ends.clear()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        self.cut()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=5)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        ends = {writer}
        try:
            if not self.is_open:
                return
            self.on_way_through()
            far_reader, far_writer = await asyncio.open_connection(self._to_host, self._to_port)
            ends.add(far_writer)
            self._ends |= ends
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pump(reader, far_writer))
                both.create_task(self._pump(far_reader, writer))
        except* OSError:
            pass  # cut, or nobody there: that is what it is for
        finally:
            self._ends -= ends
            for end in ends:
                end.transport.abort()
            self._tasks.discard(task)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(1 << random.randint(4, 16)):
            if self._delay_s:
                await asyncio.sleep(random.random() * self._delay_s)
            while self.is_silent:  # noqa: ASYNC110 - the test sets it, now and then
                await asyncio.sleep(0.01)
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
