"""A grid of names against names: rows with their names at the left, columns with theirs above, a word or two in each cell."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QEvent, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QFrame, QHeaderView, QStyle, QStyledItemDelegate, QTableView
from typing_extensions import override

from ui.theme.fonts import line_height, wide
from ui.theme.paint import CENTRE, LEFT, colour, rounded, write
from ui.theme.tokens import RADIUS_CHIP, theme
from ui.widgets.marks import SOFT
from ui.widgets.tip import plain_tip

HEAD, LOW, TALL = 30, 34, 50  # pixels: the head, a row of single words, a row with notes below them
NAME_WIDTH, CHIP, PAD = 176, 20, 8
ARROWS = frozenset({Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Right})
Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()


@dataclass(frozen=True, slots=True, kw_only=True)
class Square:
    """One cell; without words there is nothing to say or choose there."""

    text: str = ""
    note: str = ""
    tone: str = "text2"
    fill: str = ""
    sentence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GridRow:
    """A name and its cells."""

    name: str
    squares: tuple[Square, ...]


class GridModel(QAbstractTableModel):
    """Column 0 is the rows' names."""

    def __init__(self, columns: Sequence[str], rows: Sequence[GridRow]) -> None:
        super().__init__()
        self.columns, self.rows = tuple(columns), tuple(rows)

    def take(self, rows: Sequence[GridRow]) -> None:
        """Other words in the same cells."""
        self.rows = tuple(rows)
        self.dataChanged.emit(self.index(0, 0), self.index(self.rowCount() - 1, self.columnCount() - 1))

    def square(self, index: Index) -> Square:
        """What stands there."""
        row = self.rows[index.row()]
        return row.squares[index.column() - 1] if index.column() else Square(text=row.name, sentence=row.name)

    @override
    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self.rows)

    @override
    def columnCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self.columns) + 1

    @override
    def flags(self, index: Index) -> Qt.ItemFlag:
        return super().flags(index) if self.square(index).text else Qt.ItemFlag.NoItemFlags

    @override
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        square = self.square(index)
        if role == Qt.ItemDataRole.DisplayRole:
            return square.text
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(square.sentence) if index.column() else None
        return square.sentence if role == Qt.ItemDataRole.AccessibleTextRole else None

    @override
    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role != Qt.ItemDataRole.DisplayRole or orientation != Qt.Orientation.Horizontal:
            return None
        return self.columns[section - 1] if section else ""


class GridHead(QHeaderView):
    """The columns' names; pressing one chooses its column."""

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setSectionsClickable(True)
        self.setHighlightSections(False)
        self.setFixedHeight(theme.scaled(HEAD))

    @override
    def paintSection(self, painter: QPainter, rect: Any, section: int) -> None:
        area = QRectF(rect)
        painter.fillRect(area, colour("s3"))
        name = self.model().headerData(section, Qt.Orientation.Horizontal)
        write(painter, area.adjusted(PAD, 0, -PAD, 0), str(name or ""), "tiny", "muted", CENTRE if section else LEFT)
        painter.fillRect(QRectF(area.x(), area.bottom() - 1, area.width(), 1), colour("line"))


class GridDelegate(QStyledItemDelegate):
    """Paints the cells: a chip with its note below."""

    @override
    def paint(self, painter: QPainter, option: Any, index: Index) -> None:
        model = index.model()
        if not isinstance(model, GridModel):
            return
        square, area = model.square(index), QRectF(option.rect)
        painter.save()
        painter.setRenderHints(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected and square.text:
            painter.fillRect(area, colour("sel"))
        painter.fillRect(QRectF(area.x(), area.bottom(), area.width(), 1), colour("line"))
        if index.column() == 0:
            write(painter, area.adjusted(PAD, 0, -PAD, 0), square.text, "strong", "text")
        else:
            _draw_square(painter, area, square)
        if option.state & QStyle.StateFlag.State_HasFocus:
            rounded(painter, area.adjusted(1, 1, -1, -1), RADIUS_CHIP, None, "focus", 2)
        painter.restore()


def _draw_square(painter: QPainter, area: QRectF, square: Square) -> None:
    """A word on its soft ground, in the middle; below it the note, as far as there is room."""
    noted = line_height("tiny") + 3 if square.note else 0
    fill = square.fill or SOFT.get(square.tone, "")
    width = wide(square.text, "small_strong") + 2 * PAD
    box = QRectF(area.center().x() - width / 2, area.center().y() - (CHIP + noted) / 2, width, CHIP)
    if fill:
        rounded(painter, box, RADIUS_CHIP, fill)
    write(painter, box, square.text, "small_strong", square.tone, CENTRE, elide=False)
    if square.note:
        below = QRectF(area.x() + 4, box.bottom() + 2, area.width() - 8, noted)
        write(painter, below, square.note, "tiny", "muted", CENTRE)


class Grid(QTableView):
    """As high as its rows: the page scrolls, not the grid. `pressed_key`: a digit, over the cells that are chosen."""

    pressed_key = Signal(int)

    def __init__(self, name: str, *, is_editable: bool = False, is_tall: bool = False) -> None:
        super().__init__()
        self._is_editable, self._row = is_editable, TALL if is_tall else LOW
        self.setAccessibleName(name)
        self.setHorizontalHeader(GridHead())
        self.verticalHeader().hide()
        self.setItemDelegate(GridDelegate(self))
        self.setShowGrid(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTabKeyNavigation(False)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus if not is_editable else Qt.FocusPolicy.StrongFocus)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        mode = QAbstractItemView.SelectionMode
        self.setSelectionMode(mode.ExtendedSelection if is_editable else mode.NoSelection)
        for policy in (self.setVerticalScrollBarPolicy, self.setHorizontalScrollBarPolicy):
            policy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for corner in self.findChildren(QAbstractButton):
            corner.setAccessibleName(self.tr("Choose all cells"))
        self.clicked.connect(self._take_row)

    def show_rows(self, columns: Sequence[str], rows: Sequence[GridRow]) -> None:
        """Fill it; the same columns and as many rows keep what is chosen."""
        model = self.model()
        if isinstance(model, GridModel) and model.columns == tuple(columns) and len(model.rows) == len(rows):
            model.take(rows)
            return
        self.setModel(GridModel(columns, rows))
        head = self.horizontalHeader()
        head.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        head.setSectionResizeMode(0, QHeaderView.ResizeMode.Fixed)
        head.resizeSection(0, theme.scaled(NAME_WIDTH))
        for place in range(len(rows)):
            self.setRowHeight(place, theme.scaled(self._row))
        self.setFixedHeight(theme.scaled(HEAD) + len(rows) * theme.scaled(self._row) + 1)

    def chosen(self) -> tuple[tuple[int, int], ...]:
        """The cells that are chosen, as (row, column) from 0, names left out."""
        return tuple(sorted((each.row(), each.column() - 1) for each in self.selectedIndexes() if each.column()))

    def _take_row(self, index: QModelIndex) -> None:
        if self._is_editable and index.column() == 0:
            self.selectRow(index.row())

    @override
    def sizeHint(self) -> QSize:
        return QSize(480, self.height())

    @override
    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._digit(event) >= 0:
            event.accept()
            return True
        return super().event(event)

    def _digit(self, event: QKeyEvent) -> int:
        """The digit of the key, where digits mean something; else -1."""
        is_plain = self._is_editable and event.modifiers() in {Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier}
        return int(event.text()) if is_plain and event.text() in set("0123") else -1

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        digit = self._digit(event)
        if digit >= 0:
            self.pressed_key.emit(digit)
        elif event.key() in ARROWS or (event.key() == Qt.Key.Key_A and event.modifiers() == Qt.KeyboardModifier.ControlModifier):
            super().keyPressEvent(event)
        else:
            event.ignore()  # Tab, Escape and letters are the window's
