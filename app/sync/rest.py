"""The server's REST API for what is no record: devices, files."""

from typing import Any, TypeVar

import msgspec

from app.sync.server import ServerLink

T = TypeVar("T")
PREFIX = "/api/v1"
JSON = "application/json"


class Rest:
    """Speaks for the person who is signed in; raises what the server refuses with, and `ServerAway` when it is out of reach."""

    def __init__(self, link: ServerLink) -> None:
        self.link = link

    async def get(self, path: str, kind: type[T]) -> T:
        """Ask something."""
        async with self.link.asked("GET", PREFIX + path, is_told=True) as response:
            return msgspec.json.decode(await response.aread(), type=kind)

    async def post(self, path: str, body: Any, kind: Any = None) -> Any:
        """Have something done."""
        sent = msgspec.json.encode(body)
        async with self.link.asked("POST", PREFIX + path, content=sent, headers={"Content-Type": JSON}, is_told=True) as response:
            said = await response.aread()
            return msgspec.json.decode(said, type=kind) if kind is not None else None

    async def delete(self, path: str) -> None:
        """Have something taken away."""
        async with self.link.asked("DELETE", PREFIX + path, is_told=True):
            pass
