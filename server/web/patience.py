"""How long the server waits for a caller: whoever is slower than anybody would be holds a connection for nothing."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler
from typing_extensions import override

HEAD_S = 15.0  # from the connection to the end of its first request's head; between requests it is aiohttp's keep-alive
NEVER_S = 1e9  # aiohttp would have whatever is due within the same second be due at its end: thousands of sockets' heartbeats
LET_IN_S = 0.5  # until all that the system had accepted by the end of the listening are here
LAST_WORDS_S = 10.0  # for the first request of a connection that was let in just before that


class Patience:
    """The connections that have not asked for anything yet."""

    def __init__(self) -> None:
        self._silent: dict[Any, asyncio.TimerHandle] = {}

    def accept(self, make: Callable[[], Any]) -> Any:
        """What aiohttp makes for a new connection, with the clock started."""
        protocol = make()
        later = asyncio.get_running_loop().call_later(HEAD_S, self._cut, protocol)
        self._silent[protocol] = later
        return protocol

    def heard(self, protocol: asyncio.BaseProtocol) -> None:
        """A request's head is whole."""
        if (later := self._silent.pop(protocol, None)) is not None:
            later.cancel()

    async def have_spoken(self, most_s: float) -> None:
        """Until all who are connected have asked for something."""
        loop = asyncio.get_running_loop()
        end_s = loop.time() + most_s
        while any(each.transport is not None for each in self._silent) and loop.time() < end_s:  # noqa: ASYNC110
            await asyncio.sleep(0.05)

    def _cut(self, protocol: Any) -> None:
        self._silent.pop(protocol, None)
        if protocol.transport is not None:
            protocol.transport.abort()


PATIENCE = web.AppKey("patience", Patience)


@web.middleware
async def patient(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The outermost: the connection has said what it wants."""
    request.app[PATIENCE].heard(request.protocol)
    return await handler(request)


class PatientRunner(web.AppRunner):
    """Runs an application whose connections must say within `HEAD_S` what they want."""

    def __init__(self, app: web.Application, **options: Any) -> None:
        super().__init__(app, timeout_ceil_threshold=NEVER_S, **options)

    @property
    @override
    def server(self) -> Any:
        """What makes a connection's protocol; every kind of site asks for it here."""
        made = super().server
        return None if made is None else partial(self.app[PATIENCE].accept, made)

    async def stop_listening(self) -> None:
        """Let nobody in any more, and hear what those who were let in last have to say: they are answered, not cut off."""
        for site in list(self.sites):
            await site.stop()
        await asyncio.sleep(LET_IN_S)
        await self.app[PATIENCE].have_spoken(LAST_WORDS_S)
