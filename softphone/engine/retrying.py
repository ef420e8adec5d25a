"""When an account is tried again: soon at first, then ever more seldom, and hardly at all once it was refused."""

import random
from dataclasses import dataclass
from typing import Final

FIRST_S: Final = 1.0
MOST_S: Final = 60.0
JITTER: Final = 0.2  # a share: a server that comes back is not asked by everybody in the same instant
REFUSED: Final = frozenset({401, 403, 404, 407})  # asking again would bring the same answer
MOST_REFUSED: Final = 2  # in a row; phone systems lock an account that goes on
REFUSED_AGAIN_S = 60.0  # a server that has just started may not know anybody yet


@dataclass(slots=True)
class Tries:
    """What went wrong in a row with one account since it was let in, or since a person asked."""

    failed: int = 0
    refused: int = 0

    def pause_s(self, code: int) -> float | None:
        """One more went wrong: seconds until the next try; nothing when only a person can help."""
        if code in REFUSED:
            self.refused += 1
            return REFUSED_AGAIN_S if self.refused < MOST_REFUSED else None
        pause_s = min(MOST_S, FIRST_S * 2.0 ** min(self.failed, 10))
        self.failed += 1
        return min(MOST_S, pause_s * random.uniform(1 - JITTER, 1 + JITTER))  # noqa: S311 - no secret

    @property
    def is_given_up(self) -> bool:
        """Whether it was refused as often as may be."""
        return self.refused >= MOST_REFUSED
