"""Floating sheets: a painted shadow kept in a pixmap (an effect would redraw the whole tree at each caret blink)."""

from functools import lru_cache

from PySide6.QtCore import QEvent, QObject, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QLayout, QWidget
from typing_extensions import override

from ui.theme.paint import colour, painter_on, rounded
from ui.theme.tokens import RADIUS_CARD, RADIUS_FLOAT, SCRIM_ALPHA, SHADOW_ALPHA, theme

PAD = 36  # pixels of shadow around the sheet
RINGS = 22
NEAR, LEAST_GAP = 40, 8  # pixels to the edges of the window: what is near stays so, nothing comes nearer


class Raised(QWidget):
    """A sheet over its parent; never a window, so that it cannot take the focus away from another program."""

    def __init__(
        self, parent: QWidget | None, width: int, *, radius: int = RADIUS_FLOAT, line: str = "line2", has_shadow: bool = True
    ) -> None:
        super().__init__(parent)
        self._radius, self._line = radius, line
        self.pad = PAD if has_shadow else 1
        self.setFixedWidth(width + 2 * self.pad)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)

    def follow(self, old: QSize, new: QSize) -> None:
        """In a window of another size: as far from the edge that is near, else with the same shares of room around it."""
        box = self.geometry()
        across = moved(box.left(), old.width() - box.x() - box.width(), new.width() - old.width())
        down = moved(box.top(), old.height() - box.y() - box.height(), new.height() - old.height())
        self.move(max(LEAST_GAP - self.pad, box.x() + across), max(LEAST_GAP - self.pad, box.y() + down))

    def hold(self, layout: QLayout) -> None:
        """Lay the content out inside the sheet."""
        inner = layout.contentsMargins()
        layout.setContentsMargins(
            inner.left() + self.pad, inner.top() + self.pad, inner.right() + self.pad, inner.bottom() + self.pad
        )
        self.setLayout(layout)

    def place(self, x: int, y: int) -> None:
        """Put the sheet's own corner there, over everything else."""
        self.adjustSize()
        self.move(x - self.pad, y - self.pad)
        self.raise_()

    @property
    def sheet_size(self) -> QSize:
        """The sheet without its shadow."""
        return QSize(self.width() - 2 * self.pad, self.height() - 2 * self.pad)

    def keeps(self, key: int) -> bool:
        """Whether a key is the sheet's own while the focus is in it, before any shortcut of the window."""
        return key == Qt.Key.Key_Escape

    @override
    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self.keeps(event.key()):
            event.accept()
            return True
        return super().event(event)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painter_on(self)
        if self.pad > 1:
            _draw_shadow(painter, self.size(), self.pad, self._radius)
        sheet = QRectF(self.rect()).adjusted(self.pad, self.pad, -self.pad, -self.pad)
        rounded(painter, sheet, self._radius, "s3", self._line)


def moved(before: int, after: int, more: int) -> int:
    """How far to go when there is so much more room, with so much before it and so much after it, shadows included."""
    if before < NEAR:
        return 0
    return more if after < NEAR else round(more * before / (before + after))


@lru_cache(maxsize=16)
def _shadow(pad: int, radius: int, scheme: str) -> QPixmap:
    """The shadow of a small sheet: its corners and edges serve for sheets of any size."""
    side = 2 * _corner(pad, radius) + 1
    pixmap = QPixmap(side, side)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    base = QRectF(0, 0, side, side).adjusted(pad, pad, -pad, -pad)
    painter.setPen(Qt.PenStyle.NoPen)
    for ring in range(RINGS):  # from the outside in: the alphas add up to a smooth fall-off
        grow = (RINGS - ring) * 1.25
        alpha = max(1, round(SHADOW_ALPHA[scheme] * 0.25 * ((ring + 1) / RINGS) ** 1.6))
        painter.setBrush(colour("shadow", alpha))
        painter.drawRoundedRect(base.adjusted(-grow, -grow + 8, grow, grow + 6), radius + grow, radius + grow)
    painter.end()
    return pixmap


def _corner(pad: int, radius: int) -> int:
    return pad + radius + 16


def _parts(length: int, corner: int, source: int) -> tuple[tuple[int, int, int, int], ...]:
    """Corner, edge, corner along one side: where and how long, and from where and how much of the source."""
    edge = length - 2 * corner
    return (0, 0, corner, corner), (corner, source // 2, edge, 1), (length - corner, source - corner, corner, corner)


def _draw_shadow(painter: QPainter, size: QSize, pad: int, radius: int) -> None:
    """Four corners as they are, four edges stretched; the sheet itself covers the middle."""
    source, corner = _shadow(pad, radius, theme.name), _corner(pad, radius)
    wide, high = min(corner, size.width() // 2), min(corner, size.height() // 2)  # a toast is lower than two corners
    across = _parts(size.width(), wide, source.width())
    down = _parts(size.height(), high, source.height())
    for column, (x, from_x, width, from_width) in enumerate(across):
        for line, (y, from_y, height, from_height) in enumerate(down):
            if (column, line) != (1, 1) and width > 0 and height > 0:
                painter.drawPixmap(QRectF(x, y, width, height), source, QRectF(from_x, from_y, from_width, from_height))


class Scrim(QWidget):
    """Dims the content pane behind a dialog; phone, state and rail stay live. `pressed`: somebody clicked beside it."""

    pressed = Signal()

    def __init__(self, over: QWidget, root: QWidget) -> None:
        super().__init__(root)
        self._over, self._root = over, root
        self._cover()
        over.installEventFilter(self)

    def _cover(self) -> None:
        self.setGeometry(QRect(self._over.mapTo(self._root, self._over.rect().topLeft()), self._over.size()))

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in {QEvent.Type.Resize, QEvent.Type.Move}:
            self._cover()
        return super().eventFilter(watched, event)

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()
        self.pressed.emit()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        rounded(painter_on(self), self.rect(), RADIUS_CARD, colour("scrim", SCRIM_ALPHA[theme.name]))
