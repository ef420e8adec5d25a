"""A level meter: green, amber over −9 dB, red over −3 dB, with a peak that is held and then falls."""

import math

from PySide6.QtCore import QRectF, QTimer
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from ui.theme.paint import painter_on, rounded

STEPS, FLOOR_DB = 44, -60.0
TICK_MS = 50
HOLD_TICKS = 24  # how long the peak stands
FALL = 0.012  # of the scale, each tick after that


class LevelMeter(QWidget):
    """Shows a level from 0 to 1 of full scale."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._level = self._peak = 0.0
        self._held = 0
        self.setFixedHeight(12)
        self.setMinimumWidth(160)
        self.setAccessibleName(name)
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._fall)

    def show_level(self, level: float) -> None:
        """The newest level; the peak stands a while and falls slowly after that."""
        decibels = 20 * math.log10(level) if level > 0 else FLOOR_DB
        self._level = max(0.0, min(1.0, 1 - decibels / FLOOR_DB))
        if self._level >= self._peak:
            self._peak, self._held = self._level, 0
        self.setAccessibleDescription(self.tr("{0} dB").replace("{0}", f"{decibels:.0f}"))
        self._timer.start()
        self.update()

    def _fall(self) -> None:
        self._held += 1
        if self._held <= HOLD_TICKS:
            return
        self._peak = max(self._level, self._peak - FALL)
        if self._peak <= self._level:
            self._timer.stop()
        self.update()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painter_on(self)
        width = (self.width() + 2) / STEPS
        for step in range(STEPS):
            place = step / STEPS
            is_on = place < self._level or (self._peak > 0.01 and abs(place - self._peak) < 0.5 / STEPS)
            tone = "success_dot" if place < 0.85 else "warning_dot" if place < 0.95 else "danger_dot"
            rounded(painter, QRectF(step * width, 0, width - 2, self.height()), 1.5, tone if is_on else "press")
