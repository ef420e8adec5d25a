"""A small curve of the last values: a line, its area, and the point of now. It knows no unit."""

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from ui.theme.paint import colour, painter_on

HEIGHT, EDGE, DOT = 44, 4, 3
ROOM = 1.6  # the highest value stands this far below the upper line
LEAST = 2  # values, before there is a line


class Curve(QWidget):
    """From the left edge to the right, whatever their number; the scale begins at nought."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._values: tuple[float, ...] = ()
        self.setFixedHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(name)

    def show_values(self, values: Sequence[float], words: str = "") -> None:
        """Draw these; `words` say the last for who cannot see it."""
        self._values = tuple(values)
        self.setAccessibleDescription(words)
        self.update()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painter_on(self)
        painter.setPen(QPen(colour("line"), 1))
        for share in (0.0, 0.5, 1.0):
            height = 0.5 + share * (self.height() - 1)
            painter.drawLine(QPointF(0, height), QPointF(self.width(), height))
        if len(self._values) < LEAST:
            return
        points = self._points()
        line = QPainterPath(points[0])
        for before, after in pairwise(points):
            middle = (before.x() + after.x()) / 2
            line.cubicTo(QPointF(middle, before.y()), QPointF(middle, after.y()), after)
        area = QPainterPath(line)
        area.lineTo(points[-1].x(), self.height())
        area.lineTo(points[0].x(), self.height())
        painter.fillPath(area, colour("accent", 26))
        painter.setPen(QPen(colour("accent"), 1.75))
        painter.drawPath(line)
        painter.setBrush(colour("accent"))
        painter.drawEllipse(points[-1], DOT, DOT)

    def _points(self) -> list[QPointF]:
        most = max(max(self._values) * ROOM, 1.0)
        step = (self.width() - 2 * EDGE) / (len(self._values) - 1)
        low, span = self.height() - EDGE, self.height() - 2 * EDGE
        return [QPointF(EDGE + place * step, low - value / most * span) for place, value in enumerate(self._values)]
