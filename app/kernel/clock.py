"""The time: of the device, and of the server as the device knows it."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from app.kernel.columns import moment_from_us

NowUs = Callable[[], int]


def system_now_us() -> int:
    """Microseconds since 1970, UTC, by this machine's clock."""
    return time.time_ns() // 1000


@dataclass(slots=True)
class ServerClock:
    """The server's time on this device: its own clock plus the skew of the quickest exchange.

    The skew's error is at most half that exchange's round trip (Cristian, 1989).
    """

    now_us: NowUs = system_now_us
    skew_us: int = 0
    best_round_trip_us: int = field(default=1 << 60)

    def measure(self, *, sent_us: int, server_us: int, received_us: int) -> bool:
        """Learn from one exchange; true when it was quicker than all before and moved the skew."""
        round_trip_us = received_us - sent_us
        if round_trip_us >= self.best_round_trip_us:
            return False
        self.best_round_trip_us = round_trip_us
        self.skew_us = server_us - (sent_us + received_us) // 2
        return True

    def server_us(self) -> int:
        """Microseconds since 1970 as the server would say now."""
        return self.now_us() + self.skew_us

    def now(self) -> datetime:
        """The server's time as an aware UTC moment."""
        return moment_from_us(self.server_us())
