"""A table of rows that are all there already: as high as they are, so that what is around it scrolls."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtWidgets import QFrame, QListView, QScrollArea
from typing_extensions import override

from app.kernel.reader import Slice
from app.kernel.tasks import TaskRunner
from ui.bridge.rows import RowsModel
from ui.theme.tokens import theme
from ui.widgets.layout import column
from ui.widgets.states import EmptyState, LoadingRows
from ui.widgets.table import TALL, Column, TableDelegate, TableHead

EMPTY_HEIGHT, LOADING_ROWS = 140, 4


class WholeTable(QFrame):
    """`opened`: the row that was chosen; `shown`: new rows stand there."""

    opened = Signal(object)
    shown = Signal(int)

    def __init__(self, name: str, columns: Sequence[Column], empty: EmptyState, tasks: TaskRunner) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self._rows: list[Any] = []
        self._model = RowsModel(self._page, tasks, self)
        self.list, self.empty, self._loading = QListView(), empty, LoadingRows(TALL)
        head = TableHead(columns)
        head.stand_over(self.list)
        self.list.setModel(self._model)
        self.list.setItemDelegate(TableDelegate(columns, self.list))
        self.list.setAccessibleName(name)
        self.list.setUniformItemSizes(True)
        self.list.setMouseTracking(True)
        for policy in (self.list.setHorizontalScrollBarPolicy, self.list.setVerticalScrollBarPolicy):
            policy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        empty.setMinimumHeight(EMPTY_HEIGHT)
        empty.hide()
        self._loading.setMinimumHeight(LOADING_ROWS * TALL)
        self._loading.begin()
        self.setLayout(column(head, self._loading, empty, self.list, spacing=0, margins=(4, 0)))
        self.list.activated.connect(self._open)
        self.list.clicked.connect(self._open)
        self.list.selectionModel().currentChanged.connect(self._keep_in_sight)
        self._model.loaded.connect(self._loaded)

    def show_rows(self, rows: Sequence[Any] | None) -> None:
        """These, in this order; nothing: they are not known yet."""
        if rows is not None:
            self._rows = list(rows)
            self._model.reload()

    async def _page(self, _after: str | None, _limit: int) -> Slice:
        return Slice(rows=self._rows)

    def _loaded(self) -> None:
        count = self._model.rowCount()
        self._loading.hide()
        self.empty.setVisible(count == 0)
        self.list.setVisible(count > 0)
        self.list.setFixedHeight(count * max(1, self.list.sizeHintForRow(0)) + 2)
        self.shown.emit(count)

    def _open(self, index: QModelIndex) -> None:
        if (row := self._model.row_at(index)) is not None:
            self.opened.emit(row)

    def _keep_in_sight(self, index: QModelIndex) -> None:
        area = area_around(self)
        inner = area.widget() if area is not None else None
        if area is not None and inner is not None:
            at = self.list.mapTo(inner, self.list.visualRect(index).center())
            area.ensureVisible(at.x(), at.y(), 0, theme.scaled(TALL))

    @override
    def setFocus(self, *_: object) -> None:
        self.list.setFocus()


def area_around(widget: QFrame) -> QScrollArea | None:
    """The area that scrolls a widget, if one does."""
    area = widget.parent()
    while area is not None and not isinstance(area, QScrollArea):
        area = area.parent()
    return area
