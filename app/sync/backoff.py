"""How long to wait before trying again."""

from collections.abc import Callable

FIRST_S = 0.2
LONGEST_AT_FIRST_S = 1.5  # so that whoever was away for a minute is found again within two seconds
AT_FIRST_S = 60.0
LONGEST_S = 10.0


class Backoff:
    """Doubles, each wait shortened at random by up to a half: a thousand consoles must not come back as one."""

    def __init__(self, random: Callable[[], float]) -> None:
        self._random = random
        self._next_s, self._waited_s = FIRST_S, 0.0

    def next_s(self) -> float:
        """The time to wait now."""
        wait_s = self._next_s * (1 - self._random() / 2)
        self._waited_s += wait_s
        self._next_s = min(self._next_s * 2, LONGEST_AT_FIRST_S if self._waited_s < AT_FIRST_S else LONGEST_S)
        return wait_s

    def reset(self) -> None:
        """It worked."""
        self._next_s, self._waited_s = FIRST_S, 0.0
