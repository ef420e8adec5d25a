"""Sound made shorter without making voices higher: waveform-similarity overlap-add (WSOLA, Verhelst and Roelands 1993).

Pieces of some hundredths of a second are laid over each other at the new pace; each is taken where it goes on best from the one
before. Both channels are cut at the same places, so that they stay aligned.
"""

from typing import Any

FRAME_S, SEARCH_S = 0.030, 0.008


class Stretcher:
    """Takes sound piece by piece (int16, two columns) and gives it back `speed` times as fast."""

    def __init__(self, rate: int, speed: float) -> None:
        import numpy as np

        self._np: Any = np
        self._half = int(rate * FRAME_S / 2)
        self._search = int(rate * SEARCH_S)
        self._step = self._half * speed  # how far one goes on in what came for each half frame that is given
        self._held: Any = np.zeros((0, 2), np.int16)
        self._begin = 0  # of what is held, in all that came
        self._wanted = 0.0  # where the next frame should begin, in all that came
        self._fade: Any = np.linspace(0.0, 1.0, self._half, dtype=np.float32)[:, None]
        self._tail: Any = None  # what the last frame would go on with

    def take(self, sound: Any) -> Any:
        """What can be given back by now."""
        self._held = self._np.concatenate((self._held, sound))
        given = []
        while (piece := self._next()) is not None:
            given.append(piece)
        return self._np.concatenate(given) if given else self._np.zeros((0, 2), self._np.int16)

    def _next(self) -> Any:
        at, half = int(self._wanted) - self._begin, self._half
        if at + self._search + 2 * half > len(self._held):
            return None
        if self._tail is not None:
            at += self._best(at)
        frame = self._held[at : at + half].astype(self._np.float32)
        piece = frame if self._tail is None else self._tail * (1 - self._fade) + frame * self._fade
        self._tail = self._held[at + half : at + 2 * half].astype(self._np.float32)
        self._wanted += self._step
        self._forget(int(self._wanted) - self._search)
        return self._np.rint(piece).astype(self._np.int16)

    def _best(self, at: int) -> int:
        """How far from its place the next frame should be taken: where it is most like what would have come."""
        first = max(0, at - self._search)
        around = self._held[first : at + self._search + self._half].astype(self._np.float32).sum(axis=1)
        like = self._np.correlate(around, self._tail.sum(axis=1), mode="valid")
        return first + int(like.argmax()) - at

    def _forget(self, until: int) -> None:
        count = max(0, min(until - self._begin, len(self._held)))
        self._held = self._held[count:]
        self._begin += count
