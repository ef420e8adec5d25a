"""Rows, columns and framed areas without ceremony."""

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget
from typing_extensions import override

Margins = int | tuple[int, int] | tuple[int, int, int, int]  # all; vertical and horizontal; top, right, bottom, left
Item = QWidget | QLayout | int | None  # a widget, a layout, a space in pixels, or a stretch
MIDDLE = Qt.AlignmentFlag.AlignVCenter


def _margins(margins: Margins) -> tuple[int, int, int, int]:
    if isinstance(margins, int):
        return (margins,) * 4
    if len(margins) == 2:
        return margins[1], margins[0], margins[1], margins[0]
    top, right, bottom, left = margins
    return left, top, right, bottom


def fill(layout: QBoxLayout, items: Iterable[Item]) -> None:
    """Put these into it, after what is there."""
    for item in items:
        if item is None:
            layout.addStretch(1)
        elif isinstance(item, int):
            layout.addSpacing(item)
        elif isinstance(item, QLayout):
            layout.addLayout(item)
        else:
            layout.addWidget(item)


def _laid_out(layout: QBoxLayout, items: Iterable[Item], spacing: int, margins: Margins) -> None:
    layout.setSpacing(spacing)
    layout.setContentsMargins(*_margins(margins))
    fill(layout, items)


def row(*items: Item, spacing: int = 8, margins: Margins = 0) -> QHBoxLayout:
    """Side by side, each in the middle of the height."""
    layout = QHBoxLayout()
    _laid_out(layout, items, spacing, margins)
    for item in items:
        if isinstance(item, QWidget) and item.sizePolicy().verticalPolicy().name == "Fixed":
            layout.setAlignment(item, MIDDLE)
    return layout


def column(*items: Item, spacing: int = 8, margins: Margins = 0) -> QVBoxLayout:
    """One below the other."""
    layout = QVBoxLayout()
    _laid_out(layout, items, spacing, margins)
    return layout


def framed(layout: QLayout, role: str = "", *, width: int = 0, height: int = 0) -> QFrame:
    """An area with a role in the style sheet."""
    frame = QFrame()
    if role:
        frame.setProperty("role", role)
    frame.setLayout(layout)
    if width:
        frame.setFixedWidth(width)
    if height:
        frame.setFixedHeight(height)
    return frame


def rule(*, is_vertical: bool = False) -> QFrame:
    """A hairline."""
    line = QFrame()
    line.setProperty("role", "rule")
    if is_vertical:
        line.setFixedWidth(1)
    else:
        line.setFixedHeight(1)
        line.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    return line


class EvenScroll(QScrollArea):
    """What it holds ends `side` before its right edge, whether the bar takes its place or not."""

    def __init__(self, side: int = 0) -> None:
        super().__init__()
        self._side = side

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.even()

    def even(self) -> None:
        """Take the bar's width off the margin at the right."""
        layout = inner.layout() if (inner := self.widget()) is not None else None
        if layout is not None and self._side:
            margins = layout.contentsMargins()
            margins.setRight(max(0, self._side - (self.width() - self.viewport().width())))
            layout.setContentsMargins(margins)


def scrolling(inner: QWidget, *, side: int = 0) -> QScrollArea:
    """An area that scrolls up and down; with `side`, `inner` keeps this margin at the right."""
    area = EvenScroll(side)
    inner.setProperty("role", "clear")
    area.setWidgetResizable(True)
    area.setWidget(inner)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return area


def set_role(widget: QWidget, name: str, value: object) -> None:
    """Change a property that the style sheet looks at."""
    if widget.property(name) != value:
        widget.setProperty(name, value)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


def clear(layout: QLayout) -> None:
    """Take everything out of a layout and let it go."""
    while layout.count():
        item = layout.takeAt(0)
        if item is None:
            break
        widget, inner = item.widget(), item.layout()
        if widget is not None:
            widget.hide()
            widget.setParent(None)
            widget.deleteLater()
        elif inner is not None:
            clear(inner)
