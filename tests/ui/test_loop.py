"""The loop that window tests run on: no limit is overslept, and no task is without its loop."""

import asyncio
import os
import signal
import threading
from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication

from tests.ui import loop as loops
from tests.ui.loop import TestLoop


@pytest.fixture
def loop(monkeypatch: pytest.MonkeyPatch) -> Iterator[TestLoop]:
    monkeypatch.setattr(loops, "BEAT_MS", 10)
    made = TestLoop()
    yield made
    made.close()


def test_an_alarm_ends_the_wait_for_what_never_comes_and_says_where_it_was(loop: TestLoop) -> None:
    async def waits_in_vain() -> None:
        await asyncio.Event().wait()

    before = signal.signal(signal.SIGUSR1, lambda *_: TestLoop.give_up(1) and None)
    try:
        alarm = threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGUSR1))
        waiting = loop.create_task(waits_in_vain())
        loop.call_later(0, alarm.start)
        with pytest.raises(pytest.fail.Exception, match=r"(?s)Timeout.*in waits_in_vain"):
            loop.run_until_complete(waiting)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            loop.run_until_complete(waiting)
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert not TestLoop.give_up(1), "nothing is run"


def test_a_task_finds_its_loop_also_where_qt_works_between_the_phases_of_a_test(
    loop: TestLoop, application: QApplication
) -> None:
    async def goes_on() -> None:
        for _ in range(3):
            await asyncio.sleep(0)
            found.append(asyncio.get_running_loop())

    found: list[asyncio.AbstractEventLoop] = []
    going = loop.create_task(goes_on())
    while not going.done():
        application.processEvents()
    assert found == [loop] * 3
