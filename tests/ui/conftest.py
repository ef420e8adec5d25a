"""What window tests share: a screen, the dressed application, and Qt's event loop under every async test."""

import asyncio
import gc
import signal
from collections.abc import AsyncIterator, Callable, Generator, Iterator, Mapping
from types import FrameType
from typing import Any

import pytest
import qasync
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.kernel.tasks import TaskRunner
from tests.ui.display import screen
from tests.ui.loop import TestLoop, wait_in_steps
from ui.theme.apply import wear

DEADLINE_S = 60.0  # a slow machine is no failure


@pytest.fixture(scope="session")
def display() -> Iterator[str]:
    """The screen that windows are drawn on."""
    with screen() as name:
        yield name


@pytest.fixture(scope="session")
def qapp_args(display: str) -> list[str]:
    """Asked for by pytest-qt before it makes the application: so there is a screen by then."""
    return ["patchbay", "-style", "Fusion"]


@pytest.fixture(scope="session", autouse=True)
def application(qapp: QApplication) -> QApplication:
    """The one application; it outlives each window."""
    qapp.setQuitOnLastWindowClosed(False)
    qapp.setCursorFlashTime(0)
    qasync._QThreadWorker.wait = wait_in_steps
    for wait in (QtBot.waitUntil, QtBot.waitSignal, QtBot.waitSignals, QtBot.waitActive, QtBot.waitExposed, QtBot.waitCallback):
        wait.__kwdefaults__ = {**(wait.__kwdefaults__ or {}), "timeout": int(DEADLINE_S * 1000)}
    return qapp


@pytest.fixture(autouse=True)
def garbage(application: QApplication) -> Iterator[None]:
    """Collected when the test is over, not while Qt walks through widgets (`ui.bridge.garbage`)."""
    gc.freeze()  # what other tests left is looked through no more: seconds after some
    gc.disable()
    yield
    gc.collect()
    gc.freeze()  # a window that something still holds is not destroyed by a collection on another test's thread
    gc.enable()


@pytest.fixture(autouse=True)
def dressed(garbage: None) -> None:
    """Each test begins in light, at the usual size, with nothing that moves."""
    wear("light", is_still=True)


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Async tests of windows run where windows live."""
    return {"qt": TestLoop}


@pytest.hookimpl(wrapper=True)
def pytest_timeout_set_timer(item: pytest.Item, settings: Any) -> Generator[None, object, object]:
    """An alarm ends the loop that is run; only one that is not, or does not end, is ended as others are."""
    del item
    done = yield
    plainly = signal.getsignal(signal.SIGALRM)

    def handler(number: int, frame: FrameType | None) -> None:
        if not TestLoop.give_up(settings.timeout) and callable(plainly):
            plainly(number, frame)

    signal.signal(signal.SIGALRM, handler)
    return done


@pytest.fixture
async def tasks() -> AsyncIterator[TaskRunner]:
    """Starts coroutines; what still runs at the end of the test is ended."""
    runner = TaskRunner()
    yield runner
    await runner.close()


@pytest.fixture
def qloop() -> asyncio.AbstractEventLoop:
    """The running loop, for async tests that need it by name."""
    return asyncio.get_event_loop()


async def until(is_so: Callable[[], object], timeout_s: float = DEADLINE_S) -> None:
    """Wait for something that the loop brings about."""
    async with asyncio.timeout(timeout_s):
        while not is_so():  # noqa: ASYNC110  # widgets tell nobody when they are done
            await asyncio.sleep(0.005)
