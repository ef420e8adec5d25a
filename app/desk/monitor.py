"""Who is here, as the server tells those who may watch; without it nothing is known of what others do now."""

from app.desk.access import Asks
from app.kernel.errors import NeedsServer
from app.protocol.monitor import WhoIsHere
from app.sync.errors import ServerAway, SignedOut


class MonitorDesk:
    """Asks the server; `NeedsServer` when it is out of reach, `NotAllowed` for who may not watch."""

    def __init__(self, rest: Asks) -> None:
        self._rest = rest

    async def who_is_here(self) -> WhoIsHere:
        """Everybody whom one may watch, now."""
        try:
            return await self._rest.get("/presences", WhoIsHere)
        except (ServerAway, SignedOut) as error:
            raise NeedsServer from error
