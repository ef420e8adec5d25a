"""Qt's event loop as tests need it: an alarm is seen and ends the test, and a task finds its loop at any time.

Where Qt waits no Python runs, and with it no handler of a signal: an `await` of what never comes would outlast every limit. What
an alarm raises while Qt calls would be swallowed there. And pytest-qt has Qt work between the phases of a test, while no loop
counts as running: a task that goes on then would end with "no running event loop", and who waits for it would wait for ever.
"""

import asyncio
import sys
import threading
import traceback
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
import qasync
from PySide6.QtCore import QObject, QThread, QTimerEvent
from PySide6.QtWidgets import QApplication
from typing_extensions import override

BEAT_MS = 1_000  # so late an alarm is seen at the most
WAIT_MS = 1_000
DEEP = 12  # as many calls of each thread are told


class Heart(QObject):
    """Python runs at each beat, and whatever signal came is handled."""

    def __init__(self) -> None:
        super().__init__()
        self.startTimer(BEAT_MS)

    @override
    def timerEvent(self, event: QTimerEvent) -> None:
        del event


class Callbacks(qasync._SimpleTimer):  # type: ignore[misc]  # it has no types
    """Runs what is due as the loop's also where Qt works without it being run."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._loop = loop

    @override
    def timerEvent(self, event: QTimerEvent) -> None:
        if asyncio._get_running_loop() is not None:
            super().timerEvent(event)
            return
        asyncio._set_running_loop(self._loop)
        try:
            super().timerEvent(event)
        finally:
            asyncio._set_running_loop(None)


class TestLoop(qasync.QEventLoop):  # type: ignore[misc]  # it has no types
    """The loop of one test."""

    __test__ = False
    run: ClassVar["TestLoop | None"] = None  # the one that is run now

    def __init__(self) -> None:
        super().__init__(QApplication.instance())
        self._timer = Callbacks(self)
        self._heart = Heart()
        self._given_up = ""

    @classmethod
    def give_up(cls, timeout_s: float) -> bool:
        """End what is run now, without raising anything; False when nothing is, or it did not end when it was told so before."""
        loop = cls.run
        if loop is None or loop._given_up:
            return False
        loop._given_up = "\n".join([f"Timeout (>{timeout_s}s)", *_threads(), *_tasks(loop)])
        loop.stop()
        return True

    @override
    def run_until_complete(self, future: Any) -> Any:
        TestLoop.run, self._given_up = self, ""
        try:
            return super().run_until_complete(future)
        except RuntimeError:
            if self._given_up:
                pytest.fail(self._given_up, pytrace=False)
            raise
        finally:
            TestLoop.run = None


def wait_in_steps(thread: QThread) -> None:
    """For the end of a worker; an alarm is seen between the steps."""
    while not QThread.wait(thread, WAIT_MS):
        pass


def _threads() -> Iterator[str]:
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    for ident, frame in sys._current_frames().items():
        yield f"Thread {names.get(ident, ident)}:\n{''.join(traceback.format_stack(frame, limit=DEEP))}"


def _tasks(loop: asyncio.AbstractEventLoop) -> Iterator[str]:
    for task in asyncio.all_tasks(loop):
        yield f"Task {task.get_name()}:"
        waits: Any = task.get_coro()
        while (frame := getattr(waits, "cr_frame", None) or getattr(waits, "gi_frame", None)) is not None:
            yield f"  {frame.f_code.co_filename}:{frame.f_lineno} in {frame.f_code.co_name}"
            waits = getattr(waits, "cr_await", None) or getattr(waits, "gi_yieldfrom", None)
        yield f"  {waits!r}"
