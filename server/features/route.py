"""What a noun says of its part of the REST API; server.web turns it into answers and into the OpenAPI document."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from app.kernel.command import Command, Issued, body_of
from app.kernel.ids import new_id
from app.protocol.envelopes import Outcome
from app.protocol.openings import Way
from server.database.openings import Opener
from server.database.sessions import SignedIn
from server.database.store import TenantStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request, read and checked."""

    store: TenantStore
    session: SignedIn
    path: Mapping[str, UUID] = field(default_factory=dict)
    asked: Any = None  # the query parameters, as the route's `query` struct
    body: Any = None  # the body, as the route's `body` struct
    command_id: UUID = field(default_factory=new_id)
    seen: int | None = None  # the version that the caller looked at (If-Match)
    address: str = ""  # the network address that it came from

    async def opened(self, record_id: UUID, *kinds: str, way: Way = "api") -> None:
        """The caller has had this record before them: written down, where the workspace wants to know."""
        opener = Opener(user_id=self.session.user_id, device=self.session.device, address=self.address)
        await self.store.openings.note_one(opener, record_id, kinds, way)

    async def issue(self, command: Command, record_id: UUID | None = None) -> None:
        """Carry a command out as the caller; `Refused` when it cannot be done."""
        seen = {record_id: self.seen} if record_id and self.seen is not None else {}
        await self.store.issue(
            command, self.session.user_id, self.session.device, command_id=self.command_id, seen=seen, address=self.address
        )

    async def give(self, commands: Sequence[tuple[UUID, Command]]) -> list[Outcome]:
        """Carry out, together where that can be, what is one act on many records: each has an id and an answer of its own."""
        issued = [
            Issued(
                id=own_id, name=command.verb, body=body_of(command), actor_id=self.session.user_id, device=self.session.device,
                acted_us=self.store.now_us(), group=self.command_id,
            )
            for own_id, command in commands
        ]  # fmt: skip
        carry_out = self.store.authority.carry_out
        return await self.store.write(lambda: carry_out(issued, address=self.address, device=self.session.device))


class Written(NamedTuple):
    """An answer as it leaves the server."""

    body: bytes
    version: int | None


def written(answer: Any) -> Written:
    """The answer as JSON; on the thread that read it, which has it at hand and keeps nobody waiting."""
    return Written(msgspec.json.encode(answer), getattr(answer, "version", None))


Run = Callable[[Call], Awaitable[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One method of one path below /api/v1."""

    method: str
    path: str
    name: str  # the operation's id in the OpenAPI document
    summary: str
    run: Run
    answers: Any = None  # the type of the answer; nothing: 204
    status: int = 200
    query: type | None = None
    body: Any = None  # a struct, or a union of tagged ones
    writes: bool = False  # takes Idempotency-Key and If-Match

    @property
    def tag(self) -> str:
        """The noun."""
        return self.path.split("/")[1]
