"""Writes a large file anew when nobody has written for a moment, so that nothing is left in it of what has gone."""

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from threading import Lock, Timer
from typing import Protocol

log = logging.getLogger(__name__)
IDLE_S, LONGEST_IDLE_S = 3.0, 300.0  # the longer, the more often somebody came in between


class Wiped(Protocol):
    """What a replica must be able to do for it."""

    @property
    def is_unwiped(self) -> bool:
        """Whether there is anything to do: it is known after a crash, too."""

    def wipe(self, *, whatever_size: bool, is_hurried: Callable[[], bool]) -> None:
        """Do it, or give up when it is hurried."""


class IdleWiping:
    """Waits for an idle moment of the writing thread, and gives way as soon as somebody wants that thread."""

    def __init__(self, replica: Wiped, writer: Executor) -> None:
        self._replica, self._writer = replica, writer
        self._wanting: set[object] = set()
        self._lock, self._is_closed = Lock(), False
        self._idle_s = IDLE_S
        self._timer: Timer | None = None

    @contextmanager
    def giving_way(self) -> Iterator[None]:
        """While somebody waits for the writing thread or works on it."""
        somebody = object()
        self._wanting.add(somebody)
        try:
            yield
        finally:
            self._wanting.discard(somebody)
            self.soon()

    def soon(self) -> None:
        """After a moment, if there is anything to do; on any thread."""
        with self._lock:
            if self._replica.is_unwiped and self._timer is None and not self._is_closed:
                self._timer = Timer(self._idle_s, self._begin)
                self._timer.daemon = True
                self._timer.start()

    def close(self) -> None:
        """Begin nothing more."""
        with self._lock:
            self._is_closed = True
            if self._timer is not None:
                self._timer.cancel()

    def _begin(self) -> None:
        with self._lock:
            self._timer = None
            if not self._is_closed:
                self._writer.submit(self._wipe)

    def _wipe(self) -> None:
        """On the writing thread."""
        try:
            if not self._is_in_the_way():
                self._replica.wipe(whatever_size=True, is_hurried=self._is_in_the_way)
        except Exception:  # the replica goes on; what is left is tried again
            log.exception("what was deleted could not be wiped")
        self._idle_s = min(self._idle_s * 2, LONGEST_IDLE_S) if self._replica.is_unwiped else IDLE_S
        self.soon()

    def _is_in_the_way(self) -> bool:
        return bool(self._wanting) or self._is_closed
