"""Floating sheets: a painted shadow kept in a pixmap (an effect would redraw the whole tree at each caret blink)."""

from PySide6.QtCore import QEvent, QObject, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QLayout, QWidget
from typing_extensions import override

from ui.theme.paint import colour, painter_on, rounded
from ui.theme.tokens import RADIUS_CARD, RADIUS_FLOAT, SCRIM_ALPHA, SHADOW_ALPHA, theme

PAD = 36  # pixels of shadow around the sheet
RINGS = 22


class Raised(QWidget):
    """A sheet over its parent; never a window, so that it cannot take the focus away from another program."""

    def __init__(
        self, parent: QWidget | None, width: int, *, radius: int = RADIUS_FLOAT, line: str = "line2", has_shadow: bool = True
    ) -> None:
        super().__init__(parent)
        self._radius, self._line = radius, line
        self.pad = PAD if has_shadow else 1
        self._cache: QPixmap | None = None
        self._cached_for = ""
        self.setFixedWidth(width + 2 * self.pad)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)

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

    def set_line(self, line: str) -> None:
        """Another colour of the edge."""
        self._line = line
        self.update()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painter_on(self)
        if self.pad > 1:
            if self._cache is None or self._cache.size() != self.size() or self._cached_for != theme.name:
                self._cache, self._cached_for = _shadow(self.size(), self.pad, self._radius), theme.name
            painter.drawPixmap(0, 0, self._cache)
        sheet = QRectF(self.rect()).adjusted(self.pad, self.pad, -self.pad, -self.pad)
        rounded(painter, sheet, self._radius, "s3", self._line)


def _shadow(size: QSize, pad: int, radius: int) -> QPixmap:
    pixmap = QPixmap(size)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    base = QRectF(0, 0, size.width(), size.height()).adjusted(pad, pad, -pad, -pad)
    painter.setPen(Qt.PenStyle.NoPen)
    for ring in range(RINGS):  # from the outside in: the alphas add up to a smooth fall-off
        grow = (RINGS - ring) * 1.25
        alpha = max(1, round(SHADOW_ALPHA[theme.name] * 0.25 * ((ring + 1) / RINGS) ** 1.6))
        painter.setBrush(colour("shadow", alpha))
        painter.drawRoundedRect(base.adjusted(-grow, -grow + 8, grow, grow + 6), radius + grow, radius + grow)
    painter.end()
    return pixmap


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
