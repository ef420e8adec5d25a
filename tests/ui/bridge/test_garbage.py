"""Circles with a window in them go on the windows' thread."""

import gc
import threading
import weakref

from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from ui.bridge.garbage import GarbageCollector


class Circle:
    """Holds itself: only a collection lets it go."""

    def __init__(self) -> None:
        self.itself = self
        self.pad = [[] for _ in range(10)]  # type: ignore[var-annotated]


def test_a_thread_that_makes_much_garbage_collects_none_of_it(qtbot: QtBot) -> None:
    parent, went = QObject(), []
    gc.enable()
    GarbageCollector(parent)

    def litter() -> None:
        for _ in range(2_000):
            weakref.finalize(Circle(), lambda: went.append(threading.current_thread()))

    thread = threading.Thread(target=litter)
    thread.start()
    thread.join()
    assert not went, "collected on the thread that made it"
    qtbot.wait_until(lambda: len(went) == 2_000)
    assert set(went) == {threading.main_thread()}
