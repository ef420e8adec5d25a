"""A line to a server that is cut after so many bytes, again and again."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field


@dataclass
class Line:
    """How often it was cut; `after_bytes` go through each time, in either direction, while there are cuts left."""

    port: int = 0
    after_bytes: int = 1 << 60
    cuts_left: int = 0
    cuts: int = 0
    _passed: int = 0
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    def passed(self, count: int) -> bool:
        """Count them; whether the line is cut here."""
        self._passed += count
        if self._passed < self.after_bytes or not self.cuts_left:
            return False
        self._passed, self.cuts_left, self.cuts = 0, self.cuts_left - 1, self.cuts + 1
        for writer in self._open:
            writer.transport.abort()
        return True


@contextlib.asynccontextmanager
async def cut_line(to_port: int) -> AsyncIterator[Line]:
    """In front of a server on this port."""
    line = Line()

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(64 * 1024):
                if line.passed(len(data)):
                    return
                writer.write(data)
                await writer.drain()
        writer.close()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", to_port)
        line._open |= {writer, back}
        await asyncio.gather(pump(reader, back), pump(there, writer))
        line._open -= {writer, back}
        for each in (writer, back):
            each.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    line.port = server.sockets[0].getsockname()[1]
    try:
        yield line
    finally:
        server.close()
