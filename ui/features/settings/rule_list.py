"""The list of rules, in the order in which they run; a rule is moved by dragging it."""

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QByteArray,
    QMimeData,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QDragLeaveEvent, QDragMoveEvent, QDropEvent, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem
from typing_extensions import override

from ui.features.settings.dialling_panel import RuleLine
from ui.theme.fonts import wide
from ui.theme.icons import icon
from ui.theme.paint import CENTRE, RIGHT, painter_on, rounded, write
from ui.theme.tokens import RADIUS_ROW, theme

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
KIND = "application/x-patchbay-dial-rule"
ROW = 52
ON = QStyle.StateFlag
STEPS = frozenset({Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown})


class RuleRows(QAbstractListModel):
    """`UserRole` gives the line; what is dropped is moved by whoever keeps the rules, never here."""

    def __init__(self, move: Callable[[int, int], None]) -> None:
        super().__init__()
        self._move = move
        self._lines: list[RuleLine] = []

    def take(self, lines: Sequence[RuleLine]) -> None:
        """Other rules."""
        self.beginResetModel()
        self._lines = list(lines)
        self.endResetModel()

    @override
    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self._lines)

    @override
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        line = self._lines[index.row()]
        if role == Qt.ItemDataRole.UserRole:
            return line
        return line.sentence if role in {Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.DisplayRole} else None

    @override
    def flags(self, index: Index) -> Qt.ItemFlag:
        usual = super().flags(index)
        return usual | (Qt.ItemFlag.ItemIsDragEnabled if index.isValid() else Qt.ItemFlag.ItemIsDropEnabled)

    @override
    def supportedDropActions(self) -> Qt.DropAction:
        return Qt.DropAction.MoveAction

    @override
    def mimeTypes(self) -> list[str]:
        return [KIND]

    @override
    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        held = QMimeData()
        held.setData(KIND, QByteArray(str(indexes[0].row()).encode()))
        return held

    @override
    def dropMimeData(self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: Index) -> bool:
        if not data.hasFormat(KIND):
            return False
        start = int(bytes(data.data(KIND).data()))
        to = row if row <= start else row - 1
        if to != start:
            self._move(start + 1, to + 1)
        return False  # or the view would take the dragged row out


class RuleDelegate(QStyledItemDelegate):
    """Grip, number, name and what it does; at the right the account."""

    @override
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(0, theme.scaled(ROW))

    @override
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        line = index.data(Qt.ItemDataRole.UserRole)
        state, area = option.state, QRectF(option.rect).adjusted(0, 1, 0, -1)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if state & ON.State_Selected:
            rounded(painter, area, RADIUS_ROW, "sel" if state & ON.State_HasFocus or state & ON.State_Active else "press")
        elif state & ON.State_MouseOver:
            rounded(painter, area, RADIUS_ROW, "hover")
        self._draw(painter, area, line)
        painter.restore()

    def _draw(self, painter: QPainter, area: QRectF, line: RuleLine) -> None:
        middle = area.center().y()
        painter.drawPixmap(int(area.x()) + 8, int(middle) - 8, icon("grip-vertical", "muted", 16))
        number = QRectF(area.x() + 30, middle - 11, 22, 22)
        rounded(painter, number, 6, "inset")
        write(painter, number, str(line.place), "tiny", "text2", CENTRE, elide=False, tabular=True)
        right = wide(line.account, "small") + 16 if line.account else 0.0
        text = QRectF(area.x() + 64, area.y(), area.width() - 64 - 12 - right, area.height())
        write(painter, text.adjusted(0, 6, 0, -area.height() / 2 + 1), line.title, "strong")
        write(painter, text.adjusted(0, area.height() / 2 - 1, 0, -6), line.detail, "small", "muted", tabular=True)
        write(painter, area.adjusted(0, 0, -12, 0), line.account, "small", "text2", RIGHT, elide=False)


class RuleList(QListView):
    """`picked`: another rule is chosen."""

    picked = Signal()

    def __init__(self, move: Callable[[int, int], None]) -> None:
        super().__init__()
        self._rows = RuleRows(move)
        self.setModel(self._rows)
        self.setItemDelegate(RuleDelegate(self))
        self.setAccessibleName(self.tr("Rules"))
        self.setMouseTracking(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.setDropIndicatorShown(False)  # Qt's is a black hairline
        self._gap = -1
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setViewportMargins(12, 2, 12, 2)
        self.selectionModel().currentChanged.connect(lambda *_: self.picked.emit())

    @property
    def place(self) -> int:
        """The chosen rule's place from 1; 0 is none."""
        return self.currentIndex().row() + 1

    def choose(self, place: int) -> None:
        """This one."""
        self.setCurrentIndex(self._rows.index(place - 1))

    # ── dragged ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _show_gap(self, gap: int) -> None:
        self._gap = gap
        self.viewport().update()

    def _gap_at(self, place: QPoint) -> int:
        """Before which row a drop here goes."""
        index = self.indexAt(place)
        if not index.isValid():
            return self._rows.rowCount()
        return index.row() + (place.y() > self.visualRect(index).center().y())

    @override
    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        super().dragMoveEvent(event)
        self._show_gap(self._gap_at(event.position().toPoint()))

    @override
    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        super().dragLeaveEvent(event)
        self._show_gap(-1)

    @override
    def dropEvent(self, event: QDropEvent) -> None:
        gap = self._gap_at(event.position().toPoint())
        self._show_gap(-1)
        self._rows.dropMimeData(event.mimeData(), Qt.DropAction.MoveAction, gap, 0, ROOT)
        event.acceptProposedAction()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._gap >= 0:
            before = self._gap < self._rows.rowCount()
            row = self.visualRect(self._rows.index(self._gap if before else self._gap - 1))
            line = QRectF(row.x() + 2, (row.top() if before else row.bottom()) - 1, row.width() - 4, 2)
            rounded(painter_on(self.viewport()), line, 1, "accent")

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Only what goes through the list: letters and acts are the sheet's."""
        if event.key() in STEPS and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            super().keyPressEvent(event)
        else:
            event.ignore()

    def show_lines(self, lines: Sequence[RuleLine]) -> None:
        """Other rules; the same place stays chosen."""
        place = self.place
        self._rows.take(lines)
        if lines:
            self.choose(max(1, min(place, len(lines))))
        self.picked.emit()
