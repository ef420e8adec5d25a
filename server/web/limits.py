"""Rate limits in memory: a bucket that fills again with time, for each address and each account."""

import math
import time
from collections import OrderedDict
from collections.abc import Callable

from app.protocol.sign_in import TooManyTries

MOST_BUCKETS = 50_000


class RateLimit:
    """`burst` tries at once, then one each `refill_s` seconds; the longest unused buckets are forgotten."""

    def __init__(self, *, burst: int, refill_s: float, now_s: Callable[[], float] = time.monotonic) -> None:
        self._burst, self._refill_s, self._now_s = burst, refill_s, now_s
        self._full_at: OrderedDict[str, float] = OrderedDict()  # key → when the bucket is full again

    def take(self, key: str) -> None:
        """Count one try; `TooManyTries` says how long to wait."""
        now = self._now_s()
        full_at = max(self._full_at.get(key, now), now)
        wait_s = full_at + self._refill_s - now - self._burst * self._refill_s
        if wait_s > 1e-9:
            raise TooManyTries(retry_after_s=math.ceil(wait_s))
        self._full_at[key] = full_at + self._refill_s
        self._full_at.move_to_end(key)
        if len(self._full_at) > MOST_BUCKETS:
            self._full_at.popitem(last=False)

    def give_back(self, key: str) -> None:
        """The try was a good one and does not count."""
        if key in self._full_at:
            self._full_at[key] -= self._refill_s
