"""A list model that asks for its rows page by page, and never holds more than the person has looked at."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from typing_extensions import override

from app.kernel.tasks import Refresh, TaskRunner

log = logging.getLogger(__name__)
PAGE = 50
MOST_READ_AGAIN = 500
Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()


class Identified(Protocol):
    """A row that can be found again after the list was read anew."""

    @property
    def id(self) -> Any: ...


class Page(Protocol):
    """Some rows, and where those after them begin; no `next` means the end."""

    @property
    def rows(self) -> list[Any]: ...

    @property
    def next(self) -> str | None: ...


class RowsModel(QAbstractListModel):
    """Rows of a keyset list. `UserRole` gives the row object, `AccessibleTextRole` its `sentence`.

    `loaded` comes after each page that was put in; it is not sent for a page that came too late.
    `failed` says that a page could not be read; the error itself goes to the log.
    """

    loaded = Signal()
    failed = Signal()

    def __init__(
        self, fetch: Callable[[str | None, int], Awaitable[Page]], tasks: TaskRunner, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._fetch, self._tasks = fetch, tasks
        self._again = Refresh(tasks, self._read_again, name="list")
        self._rows: list[Any] = []
        self._next: str | None = None
        self._generation = 0
        self._is_fetching = False
        self.is_loaded = False

    def row_at(self, index: Index) -> Any:
        """The row object, or nothing."""
        return self._rows[index.row()] if index.isValid() and index.row() < len(self._rows) else None

    def index_of(self, row_id: Any) -> QModelIndex:
        """Where a row is; an invalid index when it is not among those loaded."""
        for place, row in enumerate(self._rows):
            if row.id == row_id:
                return self.index(place)
        return QModelIndex()

    def reload(self) -> None:
        """Read again as many rows as are there now; rows that stay keep their place and their selection."""
        self._generation += 1
        self._again.ask()

    async def _read_again(self) -> None:
        generation, limit = self._generation, max(PAGE, min(len(self._rows), MOST_READ_AGAIN))
        page = await self._asked(None, limit)
        if generation != self._generation:
            return
        self._take(page.rows)
        self._next = page.next
        self.is_loaded = True
        self.loaded.emit()

    async def _asked(self, after: str | None, limit: int) -> Page:
        try:
            return await self._fetch(after, limit)
        except Exception:
            self.failed.emit()
            raise

    def _take(self, rows: list[Any]) -> None:
        """Change as little as possible: of the same ids in the same order, only those that changed are repainted."""
        if [row.id for row in rows] == [row.id for row in self._rows]:
            before, self._rows = self._rows, rows
            for place, (old, new) in enumerate(zip(before, rows, strict=True)):
                if old != new:
                    self.dataChanged.emit(self.index(place), self.index(place))
            return
        kept = {row.id: place for place, row in enumerate(rows)}
        self.layoutAboutToBeChanged.emit()
        old = self.persistentIndexList()
        moved = [kept.get(self._rows[index.row()].id) if index.row() < len(self._rows) else None for index in old]
        self._rows = rows
        self.changePersistentIndexList(old, [QModelIndex() if place is None else self.index(place) for place in moved])
        self.layoutChanged.emit()

    @override
    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    @override
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.row_at(index)
        if row is None:
            return None
        if role == Qt.ItemDataRole.UserRole:
            return row
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return getattr(row, "sentence", str(row))
        return None

    @override
    def canFetchMore(self, parent: Index) -> bool:
        return not parent.isValid() and self._next is not None and not self._is_fetching

    @override
    def fetchMore(self, parent: Index) -> None:
        if self.canFetchMore(parent):
            self._is_fetching = True
            self._tasks.start(self._read_more(self._generation, self._next), name="list")

    async def _read_more(self, generation: int, after: str | None) -> None:
        try:
            page = await self._asked(after, PAGE)
        finally:
            self._is_fetching = False
        if generation != self._generation or not page.rows:
            self._next = self._next if generation != self._generation else None
            return
        known = {row.id for row in self._rows}
        fresh = [row for row in page.rows if row.id not in known]
        if fresh:
            self.beginInsertRows(QModelIndex(), len(self._rows), len(self._rows) + len(fresh) - 1)
            self._rows += fresh
            self.endInsertRows()
        self._next = page.next
        self.loaded.emit()
