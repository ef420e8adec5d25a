"""The time: of the device, and of the server as the device knows it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from app.kernel.columns import moment_from_us

NowUs = Callable[[], int]


def system_now_us() -> int:
    """Microseconds since 1970, UTC, by this machine's clock."""
    return time.time_ns() // 1000


class Skew(NamedTuple):
    """What a device's clock lacks to the server's, and how long the exchange took that told: it errs by at most half of that.

    Cristian, 1989.
    """

    skew_us: int = 0
    round_trip_us: int = 1 << 60

    def learned(self, *, sent_us: int, server_us: int, received_us: int) -> "Skew":
        """The better of this and one exchange more: the quicker, unless both can't be right: a clock was set, or has drifted."""
        fresh = Skew(server_us - (sent_us + received_us) // 2, received_us - sent_us)
        if fresh.round_trip_us < 0:  # it was set in the middle
            return self
        is_set = abs(fresh.skew_us - self.skew_us) > (fresh.round_trip_us + self.round_trip_us) // 2 + 1
        return fresh if is_set or fresh.round_trip_us < self.round_trip_us else self


@dataclass(slots=True)
class ServerClock:
    """The server's time on this device: its own clock plus the skew."""

    now_us: NowUs = system_now_us
    skew_us: int = 0

    def now(self) -> datetime:
        """The server's time as an aware UTC moment."""
        return moment_from_us(self.now_us() + self.skew_us)
