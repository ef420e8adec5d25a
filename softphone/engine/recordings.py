"""Which calls are recorded: begun, paused and ended on the main thread, each told as it goes."""

import asyncio
import contextlib
import importlib
from collections.abc import Callable
from typing import Any, Final

from softphone.api import Event, PhoneError, RecordingChanged, RecordingDone
from softphone.engine.calls import Line
from softphone.engine.recorder import Recorder, Step
from softphone.engine.taps import Taps
from softphone.recording import RecordingState

KEY_BYTES: Final = 32
LAST_WORDS_S: Final = 1.5  # so long a disk has for the end of a recording when the phone ends


class Recordings:
    """Knows the taps of each recorded call; of one that was stopped it waits only until its file is closed."""

    def __init__(
        self, *, emit: Callable[[Event], None], hand_over: Callable[..., None], source_of_agent: Callable[[], Any]
    ) -> None:
        importlib.import_module("cryptography.hazmat.primitives.ciphers.aead")  # on a call it would be heard, so long it takes
        self._emit, self._hand_over, self._source = emit, hand_over, source_of_agent
        self._on: dict[int, tuple[Line, Taps, Recorder]] = {}
        self._free: list[Taps] = []
        self._open: dict[Recorder, list[RecordingChanged] | None] = {}  # what waits until it is told that it began
        self._all_closed = asyncio.Event()

    def start(self, line: Line, path: str, key: bytes) -> None:
        """Record a call from now on."""
        if line.call_id in self._on:
            raise PhoneError("that call is recorded already")
        if not line.was_active or line.is_test:
            raise PhoneError("that call can't be recorded now")
        if len(key) != KEY_BYTES:
            raise PhoneError("the key has another length")
        recorder = Recorder(line.call_id, path, key, lambda told, step: self._hand_over(self._stepped, told, step))
        taps = self._free.pop() if self._free else Taps()
        self._on[line.call_id] = line, taps, recorder
        self._open[recorder] = []
        self._all_closed.clear()
        taps.recorder = recorder
        recorder.begin()
        self.connect(line)

    def connect(self, line: Line) -> None:
        """The taps of a call hear what its two sides hear of each other: called whenever that changes."""
        if line.call_id in self._on:
            _, taps, _ = self._on[line.call_id]
            taps.connect(self._source(), line.audio, is_agent_heard=not (line.is_muted or line.is_held or line.is_on_hold))

    def pause(self, call_id: int, *, is_on: bool) -> None:
        """Leave out what is said from now on, or take it again."""
        recorder = self._recorder(call_id)
        if recorder.is_paused != is_on:
            self._tell(recorder, "paused" if is_on else "recording", recorder.pause(is_on=is_on))

    def stop(self, call_id: int) -> None:
        """Record a call no more."""
        recorder = self._recorder(call_id)
        self._let_go(recorder)
        self._tell(recorder, "stopped", recorder.end())

    def ended(self, call_id: int) -> None:
        """A call is over, and with it its recording."""
        if call_id in self._on:
            self.stop(call_id)

    async def close(self) -> None:
        """End all, and wait a little until they are in their files."""
        for call_id in list(self._on):
            self.stop(call_id)
        if self._open:
            with contextlib.suppress(TimeoutError):  # whole chunks are in the file all the same
                async with asyncio.timeout(LAST_WORDS_S):
                    await self._all_closed.wait()

    def drop(self) -> None:
        """Let the native ports go, before the library ends."""
        for taps in self._free:
            taps.close()
        self._free.clear()

    def _recorder(self, call_id: int) -> Recorder:
        if call_id not in self._on:
            raise PhoneError("that call is not recorded")
        return self._on[call_id][2]

    def _let_go(self, recorder: Recorder) -> None:
        line, taps, _ = self._on.pop(recorder.call_id)
        taps.recorder = None
        taps.disconnect(self._source(), line.audio)
        self._free.append(taps)

    def _stepped(self, recorder: Recorder, step: Step) -> None:
        """What its thread, or the library's, tells of a recording."""
        if step == "began":
            waiting, self._open[recorder] = self._open[recorder] or [], None
            self._tell(recorder, "recording", 0.0)
            for event in waiting:
                self._emit(event)
        elif step == "failed":
            self._failed(recorder)
        else:
            self._closed(recorder)
            self._emit(
                RecordingDone(
                    call_id=recorder.call_id, path=recorder.path, seconds=recorder.written_s, gaps=recorder.gaps
                )
            )  # fmt: skip

    def _failed(self, recorder: Recorder) -> None:
        if recorder.call_id in self._on and self._recorder(recorder.call_id) is recorder:
            self._let_go(recorder)
        has_begun = self._open[recorder] is None
        self._open[recorder] = None
        self._tell(recorder, "failed", recorder.end(), recorder.reason)
        if not has_begun:  # there is no file that could be closed
            self._closed(recorder)

    def _closed(self, recorder: Recorder) -> None:
        self._open.pop(recorder)
        if not self._open:
            self._all_closed.set()

    def _tell(self, recorder: Recorder, state: RecordingState, seconds: float, reason: str = "") -> None:
        event = RecordingChanged(call_id=recorder.call_id, state=state, seconds=seconds, reason=reason)
        if (waiting := self._open[recorder]) is not None:
            waiting.append(event)
        else:
            self._emit(event)
