"""Commits of several processes in the order in which they were made, though they are heard in another."""

from collections.abc import Callable
from typing import Protocol

from server.database.batch import Committed

HOLE_S = 0.25  # how long to wait for a commit of another process that must have been made; then everybody has to look


class Later(Protocol):
    """Calls something after so many seconds."""

    def __call__(self, delay_s: float, what: Callable[[], None], /) -> object:
        """Once."""
        ...


class InOrder:
    """Passes on what follows the last one, holds what is too early, drops what is known.

    Each commit begins where the one before it ended, whoever made it.
    """

    def __init__(self, pass_on: Callable[[Committed], None], later: Later) -> None:
        self.last: int | None = None  # up to here everything was passed on, or is said to have been missed
        self._pass_on, self._later = pass_on, later
        self._early: dict[int, Committed] = {}
        self._waits = False

    def take(self, told: Committed) -> None:
        """A commit was heard of."""
        if self.last is not None and told.to_version <= self.last:
            return
        self._early[told.from_version] = told
        self._pass_on_what_follows()
        if self._early and not self._waits:
            self._waits = True
            self._later(HOLE_S, self._give_up)

    def skip_to(self, version: int) -> None:
        """Everybody has been told to look, and sees all up to here."""
        if self.last is None or version > self.last:
            self.last = version
            self._early = {begin: told for begin, told in self._early.items() if told.to_version > version}
            self._pass_on_what_follows()

    def _pass_on_what_follows(self) -> None:
        while self._early:
            begin = min(self._early) if self.last is None else self.last
            told = self._early.pop(begin, None)
            if told is None:
                return
            self.last = told.to_version
            self._pass_on(told)

    def _give_up(self) -> None:
        """The hole stays one; whoever hears what comes after it sees that something is missing."""
        self._waits = False
        if self._early:
            told = self._early.pop(min(self._early))
            self.last = told.to_version
            self._pass_on(told)
            self._pass_on_what_follows()
            if self._early:
                self._waits = True
                self._later(HOLE_S, self._give_up)
