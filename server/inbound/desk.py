"""Where a mail is taken in: the tenant, the inbox, and commands given by the system once however often they are tried."""

from dataclasses import dataclass
from uuid import UUID

from app.kernel.command import Command, Issued, body_of
from app.kernel.errors import AlreadyExists, Refused
from app.kernel.ids import derived_id
from app.kernel.permissions import system_actor
from app.protocol.envelopes import refusal_of
from server.database.inboxes import InboxSettings
from server.database.store import TenantStore

DEVICE = "gateway:email"


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """`attempt` counts how often this mail was settled before: an answer to an earlier attempt is not given again."""

    store: TenantStore
    inbox: InboxSettings
    token_key: bytes
    attempt: int

    @property
    def system(self) -> UUID:
        """Who acts when nobody does."""
        return system_actor(self.store.tenant_id).user_id

    async def once(self, command: Command, about: UUID, *what: str) -> None:
        """Carry it out unless that was done; what exists already was made by an earlier attempt. Raises `Refused`."""
        for refusal in await self.all_once([self.issued(command, about, *what)]):
            raise refusal

    def issued(self, command: Command, about: UUID, *what: str) -> Issued:
        """A command of the system under an id of its own for this thing and this attempt."""
        attempt = (str(self.attempt),) if self.attempt else ()
        return Issued(
            id=derived_id(about, *what, *attempt), name=command.verb, body=body_of(command), actor_id=self.system, device=DEVICE,
            acted_us=self.store.now_us(), seen={},
        )  # fmt: skip

    async def all_once(self, commands: list[Issued]) -> list[Refused]:
        """Carry all of them out, in one transaction where that is possible; what was refused."""
        outcomes = await self.store.write(lambda: self.store.authority.carry_out(commands))
        refusals = [refusal_of(outcome) for outcome in outcomes if outcome.status == "rejected"]
        return [refusal for refusal in refusals if not isinstance(refusal, AlreadyExists)]
