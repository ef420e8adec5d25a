"""From which addresses this machine would send: asked of its routes, which costs some microseconds and sends nothing."""

import asyncio
import socket
from collections.abc import Callable
from typing import Final

LOOK_S: Final = 1.0
FAR: Final = (
    (socket.AF_INET, "192.0.2.1"),
    (socket.AF_INET6, "2001:db8::1"),
)  # of documentation: nobody has them (RFC 5737, 3849)
DISCARD: Final = 9


def sources() -> tuple[str, ...]:
    """The address towards the world, by IPv4 and IPv6; none where there is no way out."""
    return tuple(found for family, far in FAR if (found := _source(family, far)))


def _source(family: socket.AddressFamily, far: str) -> str:
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as wire:
            wire.connect((far, DISCARD))
            return str(wire.getsockname()[0])
    except OSError:  # no such family here, or no route
        return ""


async def watch(changed: Callable[[], None], look: Callable[[], tuple[str, ...]] | None = None) -> None:
    """Tell when there is another way out than before; that there is none any more is left to those who notice."""
    look = look or sources
    before = look()
    while True:
        await asyncio.sleep(LOOK_S)
        now = look()
        if now != before and now:
            changed()
        before = now
