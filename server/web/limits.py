"""Rate limits: a bucket that fills again with time, for each address and each account, shared by all server processes."""

import math

from app.protocol.sign_in import TooManyTries
from server.database.store import Stores

US = 1_000_000


class RateLimit:
    """`burst` tries at once, then one each `refill_s` seconds. `name` tells its keys from those of other limits."""

    def __init__(self, stores: Stores, name: str, *, burst: int, refill_s: float) -> None:
        self._stores, self._name, self._burst, self._refill_us = stores, name, burst, round(refill_s * US)

    async def take(self, key: str) -> None:
        """Count one try; `TooManyTries` says how long to wait."""
        wait_us = await self._stores.aside(lambda: self._stores.tries.take(self._key(key), self._burst, self._refill_us))
        if wait_us:
            raise TooManyTries(retry_after_s=math.ceil(wait_us / US))

    async def give_back(self, key: str) -> None:
        """The try was a good one and does not count."""
        await self._stores.aside(lambda: self._stores.tries.give_back(self._key(key), self._refill_us))

    def _key(self, key: str) -> str:
        return f"{self._name}\x1f{key}"
