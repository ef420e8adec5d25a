"""Tables of painted rows: a head, columns that give way, numbers in tabular figures, rules between rows only."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget
from typing_extensions import override

from ui.theme.fonts import wide
from ui.theme.icons import icon
from ui.theme.paint import RIGHT, colour, draw_avatar, draw_check, painter_on, rounded, write
from ui.theme.tokens import RADIUS_ROW, theme

TALL, SHORT, HEAD_HEIGHT, PAD = 42, 34, 32, 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What stands in one column of one row."""

    text: str
    tone: str = "text"
    icon: str = ""
    avatar: str = ""
    presence: str = ""  # of whose avatar it is
    is_company: bool = False
    is_strong: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column: its head, how to read it from a row, and its width: pixels, or a share of what is left when below 1."""

    id: str
    title: str
    cell: Callable[[Any], Cell]
    width: float
    is_number: bool = False
    is_sortable: bool = False


def spread(columns: Sequence[Column], width: float) -> list[tuple[Column, QRectF]]:
    """Where each column stands; on narrow tables the last fixed ones are left out."""
    room = width - 2 * PAD
    shown = list(columns)
    while len(shown) > 2 and sum(column.width if column.width > 1 else 140 for column in shown) > room:
        shown.pop()
    left_over = room - sum(column.width for column in shown if column.width > 1)
    shares = sum(column.width for column in shown if column.width <= 1)
    placed, x = [], float(PAD)
    for column in shown:
        each = column.width if column.width > 1 else left_over * column.width / shares
        placed.append((column, QRectF(x, 0, each - 12, 0)))
        x += each
    return placed


class TableHead(QWidget):
    """The titles; a sortable one can be pressed and shows which way. `sorted_by`: its id and whether descending."""

    sorted_by = Signal(str, bool)

    def __init__(self, columns: Sequence[Column], *, sorted_by: str = "", is_descending: bool = False) -> None:
        super().__init__()
        self._rows: QListView | None = None
        self._columns, self._sorted, self._is_descending = columns, sorted_by, is_descending
        self.setFixedHeight(HEAD_HEIGHT)

    def stand_over(self, rows: QListView) -> None:
        """Each title over its column: the bar at the rows' right is no column."""
        self._rows = rows
        rows.verticalScrollBar().rangeChanged.connect(self.update)

    def _wide(self) -> int:
        return self._rows.viewport().width() if self._rows is not None and self._rows.isVisible() else self.width()

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        for column, area in spread(self._columns, self._wide()):
            if column.is_sortable and area.left() <= event.position().x() <= area.right():
                self._is_descending = not self._is_descending if self._sorted == column.id else False
                self._sorted = column.id
                self.sorted_by.emit(column.id, self._is_descending)
                self.update()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painter_on(self)
        for column, area in spread(self._columns, self._wide()):
            box = QRectF(area.x(), 0, area.width(), HEAD_HEIGHT)
            write(painter, box, column.title, "tiny", "muted", RIGHT if column.is_number else Qt.AlignmentFlag.AlignVCenter)
            if column.id == self._sorted:
                mark = icon("chevron-down" if self._is_descending else "chevron-up", "muted", 12, 2)
                painter.drawPixmap(QPointF(box.x() + wide(column.title, "tiny") + 4, 10), mark)
        painter.fillRect(QRectF(0, HEAD_HEIGHT - 1, self.width(), 1), colour("line"))


class TableDelegate(QStyledItemDelegate):
    """Paints a row object by the columns."""

    def __init__(self, columns: Sequence[Column], view: QListView) -> None:
        super().__init__(view)
        self._columns = columns

    @override
    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(200, theme.scaled(SHORT if theme.is_compact else TALL))

    @override
    def paint(self, painter: QPainter, option: Any, index: QModelIndex | QPersistentModelIndex) -> None:
        row = index.data(Qt.ItemDataRole.UserRole)
        if row is None:
            return
        painter.save()
        painter.setRenderHints(QPainter.RenderHint.Antialiasing)
        box = QRectF(option.rect)
        ground = box.adjusted(8, 1, -8, -1)
        if option.state & QStyle.StateFlag.State_Selected:
            rounded(painter, ground, RADIUS_ROW, "sel")
        elif option.state & QStyle.StateFlag.State_MouseOver:
            rounded(painter, ground, RADIUS_ROW, "hover")
        if index.row() < index.model().rowCount() - 1:  # between rows only: what frames the table ends it
            painter.fillRect(QRectF(box.x() + PAD, box.bottom(), box.width() - 2 * PAD, 1), colour("line"))
        is_checked = bool(option.state & QStyle.StateFlag.State_Selected) and getattr(option.widget, "has_many", False)
        for column, area in spread(self._columns, box.width()):
            cell = column.cell(row)
            at = QRectF(area.x(), box.y(), area.width(), box.height())
            if is_checked and cell.avatar:
                draw_check(painter, QRectF(at.x(), at.center().y() - 13, 26, 26))
                cell, at = replace(cell, avatar=""), at.adjusted(36, 0, 0, 0)
            self._paint_cell(painter, column, cell, at)
        painter.restore()

    def _paint_cell(self, painter: QPainter, column: Column, cell: Cell, area: QRectF) -> None:
        if cell.avatar:
            avatar = QRectF(area.x(), area.center().y() - 13, 26, 26)
            draw_avatar(painter, avatar, cell.avatar, presence=cell.presence, is_company=cell.is_company)
            area = area.adjusted(36, 0, 0, 0)
        if cell.icon:
            painter.drawPixmap(QPointF(area.x(), area.center().y() - 8), icon(cell.icon, cell.tone, 16))
            area = area.adjusted(24, 0, 0, 0)
        align = RIGHT if column.is_number else Qt.AlignmentFlag.AlignVCenter
        write(painter, area, cell.text, "strong" if cell.is_strong else "body", cell.tone, align, tabular=True)
