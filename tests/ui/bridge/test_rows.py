"""Lists that ask for their rows page by page."""

from dataclasses import dataclass

from PySide6.QtCore import QItemSelectionModel, QModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QListView
from pytestqt.qtbot import QtBot

from app.kernel.reader import Slice
from app.kernel.tasks import TaskRunner
from tests.ui.conftest import until
from ui.bridge.rows import PAGE, RowsModel


@dataclass(frozen=True)
class Line:
    """A row of the test's list."""

    id: int
    text: str

    @property
    def sentence(self) -> str:
        """How a screen reader says it."""
        return f"line {self.id}, {self.text}"


class Source:
    """A keyset list of a million lines, of which only what is asked for is made."""

    def __init__(self, total: int) -> None:
        self.ids = range(total)
        self.word = "first"
        self.asked: list[tuple[str | None, int]] = []

    async def page(self, after: str | None, limit: int) -> Slice:
        """The lines after a place."""
        self.asked.append((after, limit))
        start = 0 if after is None else next((place + 1 for place, each in enumerate(self.ids) if each == int(after)), 0)
        ids = list(self.ids[start : start + limit])
        more = start + limit < len(self.ids)
        return Slice(rows=[Line(each, self.word) for each in ids], next=str(ids[-1]) if more else None)


def model_of(source: Source, tasks: TaskRunner) -> tuple[RowsModel, QAbstractItemModelTester]:
    """A model under Qt's own eyes: any broken promise to a view fails the test."""
    model = RowsModel(source.page, tasks)
    return model, QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Warning)


async def test_a_list_of_a_million_rows_holds_one_page_until_somebody_scrolls(tasks: TaskRunner) -> None:
    source = Source(1_000_000)
    model = RowsModel(source.page, tasks)  # without the tester, which scrolls by itself
    model.reload()
    await until(lambda: model.is_loaded)
    assert model.rowCount() == PAGE
    assert model.canFetchMore(QModelIndex())
    model.fetchMore(QModelIndex())
    model.fetchMore(QModelIndex())  # asked for twice while the first is on its way: read once
    await until(lambda: model.rowCount() == 2 * PAGE)
    assert source.asked == [(None, PAGE), (str(PAGE - 1), PAGE)]


async def test_the_last_page_is_the_end(tasks: TaskRunner) -> None:
    model, _tester = model_of(Source(PAGE + 3), tasks)
    model.reload()
    await until(lambda: model.is_loaded)
    model.fetchMore(QModelIndex())
    await until(lambda: model.rowCount() == PAGE + 3)
    assert not model.canFetchMore(QModelIndex())


async def test_the_selection_follows_its_row_when_the_order_changes(tasks: TaskRunner, qtbot: QtBot) -> None:
    source = Source(20)
    model, _tester = model_of(source, tasks)
    view = QListView()
    qtbot.addWidget(view)
    view.setModel(model)
    model.reload()
    await until(lambda: model.is_loaded)
    view.selectionModel().setCurrentIndex(model.index_of(7), QItemSelectionModel.SelectionFlag.ClearAndSelect)
    source.ids = [7, *[each for each in range(20) if each != 7]]  # type: ignore[assignment]  # a list will do
    model.reload()
    await until(lambda: model.row_at(model.index(0)).id == 7)
    assert view.currentIndex().row() == 0
    assert [index.row() for index in view.selectionModel().selectedIndexes()] == [0]


async def test_a_row_that_leaves_takes_its_selection_with_it(tasks: TaskRunner, qtbot: QtBot) -> None:
    source = Source(5)
    model, _tester = model_of(source, tasks)
    view = QListView()
    qtbot.addWidget(view)
    view.setModel(model)
    model.reload()
    await until(lambda: model.is_loaded)
    view.setCurrentIndex(model.index_of(2))
    source.ids = [0, 1, 3, 4]  # type: ignore[assignment]  # a list will do
    model.reload()
    await until(lambda: model.rowCount() == 4)
    assert not model.index_of(2).isValid()
    assert 2 not in [model.row_at(index).id for index in view.selectionModel().selectedIndexes()]


async def test_rows_with_the_same_ids_are_only_repainted(tasks: TaskRunner, qtbot: QtBot) -> None:
    source = Source(5)
    model, _tester = model_of(source, tasks)
    model.reload()
    await until(lambda: model.is_loaded)
    source.word = "second"
    with qtbot.assertNotEmitted(model.layoutChanged):
        model.reload()
        await until(lambda: model.row_at(model.index(0)).text == "second")


async def test_a_row_is_read_aloud_as_a_sentence(tasks: TaskRunner) -> None:
    model, _tester = model_of(Source(3), tasks)
    model.reload()
    await until(lambda: model.is_loaded)
    index = model.index(1)
    assert index.data(Qt.ItemDataRole.AccessibleTextRole) == "line 1, first"
    assert index.data(Qt.ItemDataRole.UserRole) == Line(1, "first")
