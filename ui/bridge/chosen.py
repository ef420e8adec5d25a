"""Which records of a list are chosen: those that are loaded, and those that are not yet."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QObject, Signal

from ui.bridge.acts import Run
from ui.bridge.rows import RowsModel
from ui.widgets.choosing_list import ChoosingList

ADD = QItemSelectionModel.SelectionFlag.Select


class Chosen(QObject):
    """Follows the list's selection. `everything` tells the ids of all that the list would show, were it loaded to its end."""

    changed = Signal()

    def __init__(
        self, view: ChoosingList, model: RowsModel, everything: Callable[[], Awaitable[Sequence[UUID]]], run: Run
    ) -> None:
        super().__init__(view)
        self._view, self._model, self._everything, self._run = view, model, everything, run
        self._loaded: dict[UUID, Any] = {}  # in the list's order
        self._beyond: dict[UUID, None] = {}  # chosen by "all", and not loaded
        self._is_setting = False
        view.selectionModel().selectionChanged.connect(self._selected)
        model.loaded.connect(self._read_more)
        view.all_wanted.connect(lambda: run(self.choose_all()))
        view.none_wanted.connect(self.clear)

    @property
    def ids(self) -> list[UUID]:
        """All that is chosen."""
        return [*self._loaded, *self._beyond]

    @property
    def count(self) -> int:
        """How many are chosen; one is what is open, and no choice of many."""
        return len(self._loaded) + len(self._beyond)

    @property
    def is_many(self) -> bool:
        """Whether more than one is chosen."""
        return self.count > 1

    def clear(self) -> None:
        """None but the current one."""
        self._beyond = {}
        self._is_setting = True
        selection, current = self._view.selectionModel(), self._view.currentIndex()
        selection.clearSelection()
        if current.isValid():
            selection.select(current, ADD)
        self._is_setting = False
        self._take()

    async def choose_all(self) -> None:
        """Everything that the list would show, also what is not loaded."""
        wanted = dict.fromkeys(await self._everything())
        self._choose(wanted)

    def _choose(self, wanted: dict[UUID, None]) -> None:
        """Those of them that are loaded are selected in the list; the others are as soon as they are loaded."""
        found = QItemSelection()
        for place in range(self._model.rowCount()):
            index = self._model.index(place)
            if self._model.row_at(index).id in wanted:
                found.select(index, index)
        self._is_setting = True
        self._view.selectionModel().select(found, ADD)
        self._is_setting = False
        self._beyond = wanted
        self._take()

    def _selected(self, _selected: QItemSelection, _deselected: QItemSelection) -> None:
        """By hand: what is beyond stays only while the hand adds to what is chosen."""
        if self._is_setting:
            return
        if not self._view.is_extending:
            self._beyond = {}
        self._take()

    def _read_more(self) -> None:
        """More rows were loaded, or all of them anew."""
        self._beyond |= dict.fromkeys(self._loaded) if self.is_many else {}
        if self._beyond:
            self._choose(self._beyond)
        else:
            self._take()

    def _take(self) -> None:
        indexes = sorted(index.row() for index in self._view.selectionModel().selectedIndexes())
        rows = [self._model.row_at(self._model.index(place)) for place in indexes]
        self._loaded = {row.id: row for row in rows if row is not None}
        self._beyond = {each: None for each in self._beyond if each not in self._loaded}
        self._view.show_many(has_many=self.is_many)
        self.changed.emit()
