"""Stands between consoles and their server and passes on what both say; what becomes of it on the way is its heirs' affair."""

import asyncio
from typing import Literal, Self

Way = Literal["up", "down"]


class Relay:
    """Forwards TCP to a port."""

    def __init__(self, to_port: int, *, to_host: str = "127.0.0.1") -> None:
        self._to_host, self._to_port = to_host, to_port
        self._ends: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    @property
    def port(self) -> int:
        """Where consoles connect, on loopback."""
        assert self._server is not None
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    def cut(self) -> None:
        """Reset every connection, whatever it carries; new ones get through."""
        for end in self._ends:
            end.transport.abort()
        self._ends.clear()

    def lets_in(self) -> bool:
        """Whether whoever connects now gets through."""
        return True

    async def pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: Way) -> None:
        """Pass on what comes in this direction of one connection, until it ends."""
        raise NotImplementedError

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
            if not self.lets_in():
                return
            far_reader, far_writer = await asyncio.open_connection(self._to_host, self._to_port)
            ends.add(far_writer)
            self._ends |= ends
            async with asyncio.TaskGroup() as both:
                both.create_task(self.pump(reader, far_writer, "up"))
                both.create_task(self.pump(far_reader, writer, "down"))
        except* OSError:
            pass  # cut, or nobody there: that is what it is for
        finally:
            self._ends -= ends
            for end in ends:
                end.transport.abort()
            self._tasks.discard(task)
