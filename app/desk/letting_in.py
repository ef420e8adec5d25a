"""Passwords as people come to them: a code for somebody new or who has lost theirs, and changing one's own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Protocol, TypeVar
from uuid import UUID

import msgspec

from app.desk.sign_in import SignIn
from app.kernel.errors import NeedsServer
from app.protocol.password_codes import CodeCard, NewCode
from app.sync.errors import ServerAway, SignedOut

T = TypeVar("T")


class Line(Protocol):
    """What this needs of the connection; each raises what the server refuses with, and `ServerAway` when it is out of reach."""

    async def get(self, path: str, kind: type[T]) -> T:
        """Ask something."""

    async def post(self, path: str, body: Any, kind: Any = None) -> Any:
        """Have something done."""

    async def delete(self, path: str) -> None:
        """Have something taken away."""


class PasswordWish(msgspec.Struct, frozen=True, kw_only=True):
    """The password as it is and as it shall be."""

    old: str
    new: str


class LettingIn:
    """Asks the server; `NeedsServer` when it is out of reach, `NotAllowed` for who may not."""

    def __init__(self, rest: Line) -> None:
        self._rest = rest

    async def waiting(self) -> list[CodeCard]:
        """Everybody who was given a code and has not used it."""
        async with _asking():
            return await self._rest.get("/password-codes", list[CodeCard])

    async def code_for(self, user_id: UUID) -> NewCode:
        """A new code; one from before is good no more."""
        async with _asking():
            made: NewCode = await self._rest.post(f"/users/{user_id}/password-code", {}, NewCode)
            return made

    async def cancel(self, user_id: UUID) -> None:
        """Their code is good no more."""
        async with _asking():
            await self._rest.delete(f"/users/{user_id}/password-code")

    async def change_own(self, sign_in: SignIn, old: str, new: str) -> None:
        """Another password; where this computer keeps its keys in a file, that opens with it from now on."""
        async with _asking():
            await self._rest.post("/password", PasswordWish(old=old, new=new))
        await asyncio.to_thread(sign_in.change_passphrase, new)


@asynccontextmanager
async def _asking() -> AsyncIterator[None]:
    try:
        yield
    except (ServerAway, SignedOut) as error:
        raise NeedsServer from error
