"""One recording: the library's clock gives it ticks of sound, a thread of its own seals and writes them."""

import logging
import threading
from collections.abc import Callable
from errno import EACCES, EDQUOT, EEXIST, EFBIG, ENOSPC, EPERM, EROFS
from pathlib import Path
from queue import SimpleQueue
from typing import Final, Literal

from softphone.api import Gap
from softphone.recorded import CALL, TICKS_A_SECOND, RecordingWriter, interleaved

log = logging.getLogger(__name__)
MOST_WAITING: Final = 60  # chunks, a minute: so late a disk may be
WHY: Final = {
    ENOSPC: "the disk is full", EDQUOT: "the disk is full", EFBIG: "the disk takes no larger file",
    EEXIST: "there is such a file", EACCES: "the file may not be written", EPERM: "the file may not be written",
    EROFS: "the disk may not be written",
}  # fmt: skip
Sides = tuple[bytes, bytes] | None  # what the agent and the customer said in a tick; None: paused
Step = Literal["began", "failed", "done"]


class Recorder:
    """Ticks come on the library's thread, acts on the main thread; `tell` is called on any thread, at most once a step."""

    def __init__(self, call_id: int, path: str, key: bytes, tell: Callable[["Recorder", Step], None]) -> None:
        self.call_id, self.path = call_id, path
        self.reason = ""  # why it failed
        self.written_s, self.gaps = 0.0, list[Gap]()  # once it is done
        self._key, self._tell = key, tell
        self._filled: SimpleQueue[list[Sides] | None] = SimpleQueue()  # chunks; None: no more come
        self._lock = threading.Lock()  # never held by the thread that writes
        self._ticks: list[Sides] = []
        self._count = 0
        self._is_paused = self._is_over = self._has_begun = False
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)

    def begin(self) -> None:
        """From now on it takes ticks."""
        self._thread.start()

    def join(self) -> None:
        """Until nothing is written any more."""
        self._thread.join()

    def tick(self, agent: bytes, customer: bytes) -> None:
        """What both said in the same 20 ms."""
        with self._lock:
            if self._is_over:
                return
            self._ticks.append(None if self._is_paused else (agent, customer))
            self._count += 1
            if len(self._ticks) < CALL.ticks_a_chunk:
                return
            self._hand_on()
            if self._filled.qsize() <= MOST_WAITING:
                return
            self._is_over, self.reason = True, "the disk is too slow"
            self._filled.put(None)
        self._tell(self, "failed")

    @property
    def is_paused(self) -> bool:
        """Whether nothing is recorded now."""
        return self._is_paused

    def pause(self, *, is_on: bool) -> float:
        """From this second on, which is returned, record nothing; or something again."""
        with self._lock:
            self._is_paused = is_on
            return self._count / TICKS_A_SECOND

    def end(self) -> float:
        """No tick is taken any more; after so many seconds, which are returned."""
        with self._lock:
            if not self._is_over:
                self._is_over = True
                self._hand_on()
                self._filled.put(None)
            return self._count / TICKS_A_SECOND

    def _hand_on(self) -> None:
        self._filled.put(self._ticks)
        self._ticks = []

    # ── on the thread that writes ─────────────────────────────────────────────────────────────────────────────────────

    def _run(self) -> None:
        writer = None
        try:
            writer = RecordingWriter(Path(self.path), self._key)
            self._begun()
            while (chunk := self._filled.get()) is not None:
                writer.write([interleaved(*sides) if sides is not None else None for sides in chunk])
            writer.finish()
        except OSError as error:
            log.warning("a recording failed: %s", error)
            self._give_up(writer, WHY.get(error.errno or 0, error.strerror or str(error)))
        except Exception:  # a recording that has stopped must be said, whatever stopped it
            log.exception("a recording failed")
            self._give_up(writer, "something went wrong")
        if writer is not None and self._has_begun:
            self.written_s, self.gaps = writer.seconds, list(writer.gaps)
            self._tell(self, "done")

    def _begun(self) -> None:
        """It may have failed before: to open a file can take for ever."""
        with self._lock:
            self._has_begun = not self.reason
        if self._has_begun:
            self._tell(self, "began")

    def _give_up(self, writer: RecordingWriter | None, reason: str) -> None:
        if writer is not None:
            self._leave(writer)
        with self._lock:
            is_told, self._is_over, self.reason = bool(self.reason), True, self.reason or reason
        if not is_told:
            self._tell(self, "failed")

    def _leave(self, writer: RecordingWriter) -> None:
        try:
            writer.leave()
        except OSError as error:  # what it still held has no room either
            log.info("%s: %s", self.path, error)
