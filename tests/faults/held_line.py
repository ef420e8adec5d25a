"""A line that lets so many bytes through and then holds everything that follows, until a test lets it go on."""

import asyncio
import re

from typing_extensions import override

from tests.faults.relay import Relay, Way

ASKED = re.compile(rb"(?:GET|PUT) (/\S+) HTTP/1\.1\r\n(.*?)\r\n\r\n", re.DOTALL)


class HeldLine(Relay):
    """To a port of loopback. `is_held`: the bytes have gone through, and no more do."""

    def __init__(self, to_port: int) -> None:
        super().__init__(to_port)
        self.is_held = False
        self._way: Way | None = None
        self._left = 0
        self._go_on = asyncio.Event()
        self._said: list[bytearray] = []  # of each connection, what was sent up

    def hold(self, way: Way, after_bytes: int) -> None:
        """From so many bytes on in this direction, of all connections together."""
        self._way, self._left, self.is_held = way, after_bytes, False
        self._go_on.clear()

    def release(self) -> None:
        """Hold nothing any more."""
        self._way, self.is_held = None, False
        self._go_on.set()

    def asked(self, path: str) -> list[tuple[str, str]]:
        """What was asked for so far of addresses that begin so, in order: the address, and the headers."""
        found = [each for said in self._said for each in ASKED.findall(bytes(said))]
        return [(where.decode(), heads.decode("latin-1")) for where, heads in found if where.decode().startswith(path)]

    @override
    async def __aexit__(self, *_: object) -> None:
        self.release()
        await super().__aexit__()

    @override
    async def pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: Way) -> None:
        said = bytearray()
        if way == "up":
            self._said.append(said)
        while data := await reader.read(16 * 1024):
            if way == "up":
                said += data
            writer.write(data)
            await writer.drain()
            if way == self._way:
                self._left -= len(data)
                if self._left <= 0:
                    self.is_held = True
                    await self._go_on.wait()
        writer.transport.abort()
