"""Icons: Lucide's SVG drawn in a colour, at a size and a screen's pixel ratio, and kept."""

from functools import lru_cache
from importlib.resources import files

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from ui.theme.tokens import theme

MOST_KEPT = 1024


def icon(name: str, tone: str = "text2", size: int = 18, stroke: float = 1.75) -> QPixmap:
    """The icon as a pixmap of `size` pixels."""
    return _draw(name, theme.hex(tone), size, stroke, QGuiApplication.primaryScreen().devicePixelRatio())


def as_qicon(name: str, tone: str = "text2", size: int = 18) -> QIcon:
    """The icon for places that want a QIcon: the tray, the window."""
    return QIcon(icon(name, tone, size))


@lru_cache(maxsize=128)
def _source(name: str) -> str:
    return files("resources").joinpath("icons", f"{name}.svg").read_text(encoding="utf-8")


@lru_cache(maxsize=MOST_KEPT)
def _draw(name: str, colour: str, size: int, stroke: float, ratio: float) -> QPixmap:
    svg = _source(name).replace("currentColor", colour).replace('stroke-width="2"', f'stroke-width="{stroke}"')
    pixmap = QPixmap(round(size * ratio), round(size * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    QSvgRenderer(svg.encode()).render(painter, QRectF(0, 0, size, size))
    painter.end()
    return pixmap
