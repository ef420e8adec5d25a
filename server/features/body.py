"""The body of a request, within bounds of size and time: whoever trickles one holds a connection for nothing."""

import asyncio
from collections.abc import AsyncIterator

from aiohttp import web

from app.kernel.errors import PatchbayError

GRACE_S = 20.0  # for a body of any size
LEAST_BYTES_S = 8_192  # and this much a second beyond: a slow mobile line sends more
CHUNK_BYTES = 256 * 1024


class TooLarge(PatchbayError):
    """The body is longer than the server takes."""

    key = "too_large"
    text = "The request is too large."


class TooSlow(PatchbayError):
    """The body trickles."""

    key = "too_slow"
    text = "The request came too slowly. Send it again on a better line, or in parts."


async def pieces(request: web.Request, most_bytes: int) -> AsyncIterator[bytes]:
    """The body as it comes; `TooLarge` or `TooSlow` when it is, `ConnectionResetError` when whoever sent it went away."""
    if (request.content_length or 0) > most_bytes:
        raise TooLarge
    loop = asyncio.get_running_loop()
    begun_s, size = loop.time(), 0
    chunks = request.content.iter_chunked(CHUNK_BYTES).__aiter__()
    while True:
        try:
            async with asyncio.timeout_at(begun_s + GRACE_S + size / LEAST_BYTES_S):
                piece = await anext(chunks, None)
        except TimeoutError as error:
            raise TooSlow from error
        except RuntimeError as error:  # so aiohttp says it to who reads on
            if request.transport is not None:
                raise
            raise ConnectionResetError from error
        if piece is None:
            return
        size += len(piece)
        if size > most_bytes:
            raise TooLarge
        yield piece


async def whole(request: web.Request, most_bytes: int) -> bytes:
    """The whole body; `TooLarge` or `TooSlow` when it is."""
    return b"".join([piece async for piece in pieces(request, most_bytes)])
