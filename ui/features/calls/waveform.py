"""Both sides of a recording as one sees them: the agent above the line, the customer below, where it was paused, where one is."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from ui.theme.paint import colour, painter_on, rounded, write

BAR, GAP = 2.0, 1.0  # pixels
HEIGHT, FOCUS_ROOM = 52, 3
STEP_S = 5.0
LEAST = 0.04  # of the height: also silence has a line
LOUD = 0.5  # of full scale: a voice seldom is louder
Peaks = Sequence[tuple[float, float]]


class Waveform(QWidget):
    """`moved`: to this second; `toggled`: play or pause. Arrows go five seconds, Home and End to the ends."""

    moved = Signal(float)
    toggled = Signal()

    def __init__(self, name: str) -> None:
        super().__init__()
        self._peaks: Peaks = ()
        self._gaps: Sequence[tuple[float, float]] = ()
        self._seconds = self._at_s = 0.0
        self._name = name
        self.setFixedHeight(HEIGHT)
        self.setMinimumWidth(120)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(name)

    def show_sound(self, peaks: Peaks, gaps: Sequence[tuple[float, float]], seconds: float) -> None:
        """Another recording."""
        if (peaks, gaps, seconds) != (self._peaks, self._gaps, self._seconds):
            self._peaks, self._gaps, self._seconds = peaks, gaps, seconds
            self.update()

    def show_place(self, at_s: float, words: str) -> None:
        """Where one is."""
        if at_s != self._at_s:
            self._at_s = at_s
            self.setAccessibleDescription(words)
            self.update()

    def x_of(self, second: float) -> float:
        """Where a second stands."""
        room = self.width() - 2 * FOCUS_ROOM
        return FOCUS_ROOM + room * min(1.0, second / self._seconds if self._seconds else 0.0)

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._seconds:
            self.moved.emit(self._seconds * (event.position().x() - FOCUS_ROOM) / max(1, self.width() - 2 * FOCUS_ROOM))

    @override
    def event(self, event: QEvent) -> bool:
        """Space and the arrows are this widget's while it has the focus, whatever shortcuts there are."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._place_after(event.key()):
            event.accept()
            return True
        return super().event(event)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space:
            self.toggled.emit()
        elif (place := self._place_after(event.key())) is not None:
            self.moved.emit(place[0])
        else:
            super().keyPressEvent(event)

    def _place_after(self, key: int) -> tuple[float] | None:
        places = {
            Qt.Key.Key_Left: self._at_s - STEP_S, Qt.Key.Key_Right: self._at_s + STEP_S, Qt.Key.Key_Home: 0.0,
            Qt.Key.Key_End: self._seconds, Qt.Key.Key_Space: self._at_s,
        }  # fmt: skip
        found = places.get(Qt.Key(key))
        return None if found is None else (found,)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painter_on(self)
        box = QRectF(self.rect()).adjusted(FOCUS_ROOM, FOCUS_ROOM, -FOCUS_ROOM, -FOCUS_ROOM)
        self._paint_gaps(painter, box)
        middle, half = box.center().y(), box.height() / 2 - 1
        count = int(box.width() / (BAR + GAP))
        for place in range(count):
            agent, customer = self._loudest(place, count)
            x = box.x() + place * (BAR + GAP)
            if any(self.x_of(begin) - BAR < x < self.x_of(begin + length) for begin, length in self._gaps):
                continue
            is_played = x < self.x_of(self._at_s) and self._at_s > 0
            for loud, tone, top in ((agent, "accent", True), (customer, "voice", False)):
                height = half * max(LEAST, min(1.0, loud / LOUD))
                bar = QRectF(x, middle - 0.5 - height if top else middle + 0.5, BAR, height)
                rounded(painter, bar, 1, colour(tone, 255 if is_played else 110))
        if self._seconds:
            painter.fillRect(QRectF(self.x_of(self._at_s) - 0.75, box.y(), 1.5, box.height()), colour("text"))
        if self.hasFocus():
            rounded(painter, self.rect(), 8, None, "focus", 2)

    def _loudest(self, place: int, count: int) -> tuple[float, float]:
        first, last = (
            place * len(self._peaks) // count,
            max(place * len(self._peaks) // count + 1, (place + 1) * len(self._peaks) // count),
        )
        some = self._peaks[first:last]
        return (max((agent for agent, _ in some), default=0.0), max((customer for _, customer in some), default=0.0))

    def _paint_gaps(self, painter: QPainter, box: QRectF) -> None:
        for begin, length in self._gaps:
            left, right = self.x_of(begin), self.x_of(begin + length)
            area = QRectF(left, box.y(), max(3.0, right - left), box.height())
            rounded(painter, area, 3, "warning_soft", "warning_dot")
            if area.width() > 64:
                write(painter, area.adjusted(6, 0, -6, 0), self.tr("paused"), "tiny", "warning")
            else:
                painter.fillRect(QRectF(area.center() - QPointF(2.5, 5), area.center() + QPointF(-0.5, 5)), colour("warning"))
                painter.fillRect(QRectF(area.center() + QPointF(0.5, -5), area.center() + QPointF(2.5, 5)), colour("warning"))
