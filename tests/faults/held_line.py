"""A line that lets so many bytes through and then holds everything that follows, until a test lets it go on."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from typing import Literal

Way = Literal["up", "down"]
ASKED = re.compile(rb"(?:GET|PUT) (/\S+) HTTP/1\.1\r\n(.*?)\r\n\r\n", re.DOTALL)


class HeldLine:
    """Forwards TCP to a port of loopback. `is_held`: the bytes have gone through, and no more do."""

    def __init__(self, to_port: int) -> None:
        self.port, self.is_held = 0, False
        self._to_port = to_port
        self._way: Way | None = None
        self._left = 0
        self._go_on = asyncio.Event()
        self._ends: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._said: list[bytearray] = []  # of each connection, what was sent up

    def hold(self, way: Way, after_bytes: int) -> None:
        """From so many bytes on in this direction, of all connections together."""
        self._way, self._left, self.is_held = way, after_bytes, False
        self._go_on.clear()

    def release(self) -> None:
        """Hold nothing any more."""
        self._way, self.is_held = None, False
        self._go_on.set()

    async def close(self) -> None:
        """Nothing of it is left."""
        self.release()
        self.cut()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=5)

    def cut(self) -> None:
        """Every connection ends, whatever it carries; new ones get through."""
        for end in self._ends:
            end.transport.abort()

    def asked(self, path: str) -> list[tuple[str, str]]:
        """What was asked for so far of addresses that begin so, in order: the address, and the headers."""
        found = [each for said in self._said for each in ASKED.findall(bytes(said))]
        return [(where.decode(), heads.decode("latin-1")) for where, heads in found if where.decode().startswith(path)]

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until an end of it closes."""
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        ends = {writer}
        said = bytearray()
        self._said.append(said)
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self._to_port)
            ends.add(back)
            self._ends |= ends
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pump(reader, back, "up", said))
                both.create_task(self._pump(there, writer, "down", bytearray()))
        except* OSError:
            pass  # cut, or nobody there: that is what it is for
        finally:
            self._ends -= ends
            for end in ends:
                end.transport.abort()
            self._tasks.discard(task)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: Way, said: bytearray) -> None:
        while data := await reader.read(16 * 1024):
            said += data
            writer.write(data)
            await writer.drain()
            if way == self._way:
                self._left -= len(data)
                if self._left <= 0:
                    self.is_held = True
                    await self._go_on.wait()
        writer.transport.abort()


@contextlib.asynccontextmanager
async def held_line(to_port: int) -> AsyncIterator[HeldLine]:
    """In front of whatever listens on this port."""
    line = HeldLine(to_port)
    server = await asyncio.start_server(line.connected, "127.0.0.1", 0)
    line.port = server.sockets[0].getsockname()[1]
    try:
        yield line
    finally:
        server.close()
        await line.close()
