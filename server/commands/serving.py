"""`serve`: runs the server until it is told to end, in this process or in several."""

import asyncio
import signal
import socket
import sys

from server.bootstrap import build_server
from server.commands.garbage import seldom
from server.commands.supervisor import Supervisor, WorkersNeedPostgresql
from server.database.place import Place

MOST_FILES = 1 << 16  # sockets among them
TURN_S = 0.001  # how long a thread computes while another waits for its turn: Python's own 5 ms come again with each hand-over


async def serve(place: Place, *, host: str, port: int, workers: int = 1, inherit: int | None = None) -> None:
    """Say the address when ready; end in good order on SIGTERM or Ctrl+C."""
    if workers > 1:
        if place.is_sqlite:
            raise WorkersNeedPostgresql
        await Supervisor(place, host=host, port=port, workers=workers).run(sys.stdout)
        return
    allow_many_sockets()
    server = build_server(place)
    ending = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ending.set)
    if inherit is not None:
        loop.add_reader(sys.stdin.fileno(), _end_with_parent, ending)
    listener = None if inherit is None else socket.socket(fileno=inherit)
    async with server.running(host, port, listener) as address:
        seldom()
        sys.setswitchinterval(TURN_S)
        sys.stdout.write(f"Patchbay serves on {address}\n")
        sys.stdout.flush()
        await ending.wait()


def allow_many_sockets() -> None:
    """Each console keeps one open; where a process may have 1,024 files unless it asks for more, it asks."""
    if sys.platform == "win32":
        return
    import resource

    allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if most == resource.RLIM_INFINITY else min(most, MOST_FILES)
    if allowed != resource.RLIM_INFINITY and allowed < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def _end_with_parent(ending: asyncio.Event) -> None:
    """The supervisor never writes: what can be read is its end."""
    asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
    ending.set()
