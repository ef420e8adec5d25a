"""Where a mail is taken in: the tenant, the inbox, and commands given by the system once however often they are tried."""

from dataclasses import dataclass
from uuid import UUID

from app.kernel.command import Command
from app.kernel.errors import AlreadyExists
from app.kernel.ids import derived_id
from app.kernel.permissions import system_actor
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
        """Carry it out unless that was done; what exists already was made by an earlier attempt."""
        attempt = (str(self.attempt),) if self.attempt else ()
        try:
            await self.store.issue(command, self.system, DEVICE, command_id=derived_id(about, *what, *attempt))
        except AlreadyExists:
            return
