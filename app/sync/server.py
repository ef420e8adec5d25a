"""The server as the console reaches it: requests with a token that renews itself, and the live socket."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from app.kernel.errors import REGISTRY, Refused
from app.protocol.codec import CONTENT_TYPE, Frames, pack, unpack
from app.protocol.cursor import Cursor, MustResnapshot, cursor_to_text
from app.protocol.envelopes import Answer, Block, Page, Push
from app.protocol.ondemand import Rules, Size
from app.protocol.version import PROTOCOL, ProgramTooOld
from app.sync.errors import ServerAway, ServerTrouble

if TYPE_CHECKING:
    import httpx

Token = Callable[[], Awaitable[str]]
TIMEOUT_S, CONNECT_S = 20.0, 5.0
LONGEST_QUERY = 4_000  # characters; a cursor with very many keys goes in the body
LARGEST_MESSAGE = 64 << 20
FILLED_S = 5.0  # a pull of which something came so lately fills the line
UNAUTHORISED, NOT_FOUND = 401, 404


class ServerLink:
    """Speaks for one signed-in person on one device."""

    def __init__(self, url: str, token: Token, refresh: Token, *, verify: Any = True) -> None:
        self._url, self._token, self._refresh, self._verify = url.rstrip("/"), token, refresh, verify
        self._http: httpx.AsyncClient | None = None
        self._opening = asyncio.Lock()
        self._page_s = 0.0  # when something of a pull came last

    async def close(self) -> None:
        """Let every connection go."""
        if self._http is not None:
            await self._http.aclose()

    async def push(self, push: Push) -> Answer:
        """Hand commands over; raises `ServerAway` and may then have been heard all the same: push them again."""
        async with self.asked("POST", "/sync/push", content=pack(push)) as response:
            return unpack(await response.aread(), Answer)

    async def pages(self, cursor: Cursor) -> AsyncGenerator[Page, None]:
        """What is new since the cursor, as it comes."""
        text = cursor_to_text(cursor)
        in_body = len(text) > LONGEST_QUERY
        query: dict[str, str] = {"protocol": str(PROTOCOL)} | ({} if in_body else {"cursor": text})
        frames = Frames()
        method = "POST" if in_body else "GET"
        async with self.asked(method, "/sync/pull", params=query, content=text.encode() if in_body else None) as response:
            async for piece in response.aiter_raw():
                self._page_s = time.monotonic()
                for frame in frames.feed(piece):
                    yield unpack(frame, Page)

    def is_filled(self) -> bool:
        """Whether pages come just now: what else comes may stand behind them."""
        return time.monotonic() - self._page_s < FILLED_S

    async def ask(self, path: str, query: dict[str, str]) -> bytes:
        """One question to the API, as it answers it."""
        async with self.asked("GET", f"/api/v1{path}", params=query) as response:
            return await response.aread()

    async def download(self, path: str, query: dict[str, str]) -> AsyncGenerator[bytes, None]:
        """The same, piece by piece as it comes."""
        async with self.asked("GET", f"/api/v1{path}", params=query) as response:
            async for piece in response.aiter_bytes():
                yield piece

    async def record(self, kind: str, record_id: UUID) -> list[Block]:
        """A record that is not on this device, with what is below it; none when there is none in sight."""
        try:
            async with self.asked("GET", f"/sync/record/{kind}/{record_id}") as response:
                return unpack(await response.aread(), list[Block])
        except ServerTrouble as error:
            if error.values["status"] == NOT_FOUND:
                return []
            raise

    async def size(self, rules: Rules) -> Size:
        """How much this device would hold under these rules."""
        async with self.asked("POST", "/sync/size", content=msgspec.json.encode(rules)) as response:
            return msgspec.json.decode(await response.aread(), type=Size)

    async def allow_deletions(self, device: str) -> None:
        """Say that what the server holds of this device is meant."""
        async with self.asked("POST", "/sync/holds/allow", content=msgspec.json.encode({"device": device})):
            pass

    @asynccontextmanager
    async def live(self) -> AsyncIterator[ClientConnection]:
        """The live socket."""
        try:
            socket = await self._connected(await self._token())
        except InvalidStatus as error:
            if error.response.status_code != UNAUTHORISED:
                raise ServerTrouble(status=error.response.status_code) from error
            socket = await self._connected(await self._refresh())
        async with socket:
            yield socket

    async def _connected(self, token: str) -> ClientConnection:
        address = f"ws{self._url.removeprefix('http')}/sync/live"
        options: dict[str, Any] = {} if self._verify is True or not address.startswith("wss") else {"ssl": self._verify}
        return await connect(
            address, additional_headers={"Authorization": f"Bearer {token}"}, compression=None, max_size=LARGEST_MESSAGE,
            open_timeout=5.0, ping_interval=None, close_timeout=1.0, proxy=None, **options,
        )  # fmt: skip

    @asynccontextmanager
    async def asked(self, method: str, path: str, *, is_told: bool = False, **options: Any) -> "AsyncIterator[httpx.Response]":
        """One request; with `is_told` what the server refuses with is raised as it is, not as trouble."""
        http = await self._client()
        import httpx

        try:
            response = await self._send(http, method, path, await self._token(), options)
            if response.status_code == UNAUTHORISED:
                await response.aclose()
                response = await self._send(http, method, path, await self._refresh(), options)
            try:
                await _check(response, is_told=is_told)
                yield response
            finally:
                await response.aclose()
        except httpx.TransportError as error:
            raise ServerAway(hint=type(error).__name__) from error

    async def _client(self) -> "httpx.AsyncClient":
        """Opened at the first request and beside the event loop: the library and the authorities it trusts take 0.1 s to load."""
        async with self._opening:
            if self._http is None:
                self._http = await asyncio.to_thread(self._open)
        return self._http

    def _open(self) -> "httpx.AsyncClient":
        import httpx

        return httpx.AsyncClient(base_url=self._url, timeout=httpx.Timeout(TIMEOUT_S, connect=CONNECT_S), verify=self._verify)

    @staticmethod
    async def _send(http: "httpx.AsyncClient", method: str, path: str, token: str, options: dict[str, Any]) -> "httpx.Response":
        if http.is_closed:  # the program ends while something asks
            raise ServerAway(hint="closed")
        own = {"Authorization": f"Bearer {token}", "Content-Type": CONTENT_TYPE, "Accept-Encoding": "identity"}
        headers = own | options.get("headers", {})
        return await http.send(http.build_request(method, path, **{**options, "headers": headers}), stream=True)


class Said(msgspec.Struct, frozen=True):
    """What a problem document says to programs."""

    key: str = ""
    values: dict[str, Any] = {}


async def _check(response: "httpx.Response", *, is_told: bool) -> None:
    if response.is_success:
        return
    said = await response.aread()
    if MustResnapshot.key.encode() in said:
        raise MustResnapshot
    if ProgramTooOld.key.encode() in said:
        raise ProgramTooOld(spoken=PROTOCOL, lowest="a newer one")
    raise (refusal_in(said) if is_told else None) or ServerTrouble(status=response.status_code)


def refusal_in(content: bytes) -> Refused | None:
    """The error that a problem document stands for, where this program knows it."""
    try:
        said = msgspec.json.decode(content, type=Said)
    except msgspec.MsgspecError:
        return None
    kind = REGISTRY.get(said.key)
    return kind(**said.values) if kind is not None and issubclass(kind, Refused) else None
