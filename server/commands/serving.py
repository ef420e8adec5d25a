"""`serve`: runs the server until it is told to end."""

import asyncio
import signal
import sys

from server.bootstrap import build_server
from server.database.place import Place


async def serve(place: Place, *, host: str, port: int) -> None:
    """Say the address when ready; end in good order on SIGTERM or Ctrl+C."""
    server = build_server(place)
    ending = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ending.set)
    async with server.running(host, port) as address:
        sys.stdout.write(f"Patchbay serves on {address}\n")
        sys.stdout.flush()
        await ending.wait()
