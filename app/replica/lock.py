"""One console a file: the second finds out, and asks the first to come forward."""

import asyncio
import os
import secrets
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO

from app.replica.errors import ReplicaBusy

LOCK_AT = 1 << 30  # a byte beyond the words that the other side reads
FORWARD_TIMEOUT_S = 3.0


class FileLock:
    """Held as long as the program runs; the system takes it back when the program dies."""

    def __init__(self, path: Path) -> None:
        self._file: IO[str] | None = path.open("a+", encoding="ascii")
        self._server: asyncio.Server | None = None
        try:
            _lock(self._file)
        except OSError as error:
            self._file.close()
            raise ReplicaBusy from error

    async def listen(self, come_forward: Callable[[], None]) -> None:
        """Call this whenever another start of the program asks for it."""
        token = secrets.token_hex(16)

        async def asked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            line = await reader.readline()
            if secrets.compare_digest(line.strip(), token.encode()):
                come_forward()
                writer.write(b"yes\n")
            writer.close()

        self._server = await asyncio.start_server(asked, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        if self._file is not None:
            self._file.truncate(0)
            self._file.write(f"{port} {token}\n")
            self._file.flush()

    async def release(self) -> None:
        """Let the next one in."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            self._server = None
        if self._file is not None:
            self._file.truncate(0)
            self._file.close()
            self._file = None


async def ask_forward(path: Path) -> bool:
    """Ask the console that holds the file to show itself; whether it said yes."""
    try:
        port, token = (await asyncio.to_thread(path.read_text, encoding="ascii")).split()
        async with asyncio.timeout(FORWARD_TIMEOUT_S):
            reader, writer = await asyncio.open_connection("127.0.0.1", int(port))
            writer.write(f"{token}\n".encode())
            answer = await reader.readline()
            writer.close()
            await writer.wait_closed()
    except (OSError, ValueError, TimeoutError):
        return False
    return answer == b"yes\n"


def _lock(file: IO[str]) -> None:
    if sys.platform == "win32":
        import msvcrt

        file.seek(LOCK_AT)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        file.seek(0)
    else:
        import fcntl

        os.set_inheritable(file.fileno(), False)  # a child process must not hold on to it
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
