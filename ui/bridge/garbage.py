"""Python's garbage, collected between events on the windows' thread and nowhere else.

Left to itself Python collects wherever it happens to allocate: on a worker's thread, or while Qt walks through its widgets.
A window that is part of a circle would be destroyed there, and the program with it.
"""

import gc

from PySide6.QtCore import QObject, QTimerEvent
from typing_extensions import override

EVERY_MS = 500


class GarbageCollector(QObject):
    """Collects while its parent lives; the steps and their thresholds are Python's own."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.disable()
        self.startTimer(EVERY_MS)

    @override
    def timerEvent(self, event: QTimerEvent) -> None:
        del event
        for generation in (2, 1, 0):
            if gc.get_count()[generation] > gc.get_threshold()[generation]:
                gc.collect(generation)
                return


def collect_from_here(parent: QObject) -> None:
    """Begin to collect, never looking through what is there already: imports and the first windows stay to the end."""
    gc.freeze()
    if parent.findChild(GarbageCollector) is None:
        GarbageCollector(parent)
