"""People as a section of the settings: everybody as a table, and one of them with their roles, manager and access."""

from uuid import UUID

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QListView, QScrollArea, QWidget
from typing_extensions import override

from app.kernel.reader import Slice
from app.kernel.tasks import TaskRunner
from ui.bridge.acts import Run
from ui.bridge.bind import bind
from ui.bridge.messages import Messages
from ui.bridge.rows import RowsModel
from ui.features.users.person_view import PersonPage
from ui.features.users.viewmodel import Person, Rules, UsersPanel
from ui.theme.tokens import theme
from ui.widgets.fields import SearchField
from ui.widgets.layout import column, framed, row
from ui.widgets.states import EmptyState, LoadingRows
from ui.widgets.table import Cell, Column, TableDelegate, TableHead
from ui.widgets.text import label

ROW, SEARCH_WIDTH = 42, 280


class UsersSection(QWidget):
    """The table gives way to the page of the one who is chosen."""

    def __init__(self, panel: UsersPanel, run: Run, messages: Messages, tasks: TaskRunner) -> None:
        super().__init__()
        self._panel, self._run = panel, run
        self._model = RowsModel(self._page, tasks, self)
        self.search, self.list = SearchField(self.tr("Find by name, role or team")), QListView()
        self.search.setFixedWidth(SEARCH_WIDTH)
        self._count, self._told = label("", "small", "muted", tabular=True), label("", "small", "muted", wraps=True)
        self._empty, self._loading = EmptyState(self.tr("Nobody has these words."), self.tr("Show everybody")), LoadingRows(ROW)
        self._table, self.page = self._laid_out(), PersonPage(panel, run, messages)
        self.setLayout(column(self._table, self.page, spacing=0))
        self._follow()

    def _columns(self) -> list[Column]:
        def name(person: Person) -> Cell:
            return Cell(text=person.name, avatar=person.name, is_strong=True, tone="text" if person.is_active else "muted")

        def said(words: str, tone: str = "text2") -> Cell:
            return Cell(text=words, tone=tone)

        return [
            Column(id="name", title=self.tr("Name"), cell=name, width=0.32),
            Column(id="roles", title=self.tr("Roles"), cell=lambda each: said(each.role_words), width=0.26),
            Column(id="teams", title=self.tr("Teams"), cell=lambda each: said(", ".join(each.teams), "muted"), width=0.24),
            Column(id="manager", title=self.tr("Manager"), cell=lambda each: said(each.manager, "muted"), width=0.18),
            Column(id="state", title=self.tr("State"), cell=lambda each: said(each.state_words, "muted"), width=104),
        ]

    def _laid_out(self) -> QWidget:
        columns = self._columns()
        head = TableHead(columns)
        head.stand_over(self.list)
        self.list.setModel(self._model)
        self.list.setItemDelegate(TableDelegate(columns, self.list))
        self.list.setAccessibleName(self.tr("People"))
        self.list.setUniformItemSizes(True)
        self.list.setMouseTracking(True)
        for policy in (self.list.setHorizontalScrollBarPolicy, self.list.setVerticalScrollBarPolicy):
            policy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)  # the whole section scrolls
        self._empty.setMinimumHeight(140)
        self._loading.setMinimumHeight(4 * ROW)
        rows = framed(column(head, self._loading, self._empty, self.list, spacing=0, margins=(4, 0)), "card")
        tools = row(self.search, self._count, None, spacing=12)
        return framed(column(tools, rows, self._told, spacing=10))

    def _follow(self) -> None:
        panel = self._panel
        self._loading.begin()
        self.search.textChanged.connect(panel.find)
        self._empty.pressed.connect(self.search.clear)
        self.list.activated.connect(self._open_index)
        self.list.clicked.connect(self._open_index)
        self.list.selectionModel().currentChanged.connect(self._keep_in_sight)
        self._model.loaded.connect(self._loaded)
        bind(self, panel.people, lambda people: self._model.reload() if people is not None else None)
        bind(self, panel.rules, self._show_rules)
        bind(self, panel.person, self._show_person)

    async def _page(self, _after: str | None, _limit: int) -> Slice:
        return Slice(rows=list(self._panel.people.value or ()))

    def _loaded(self) -> None:
        count = self._model.rowCount()
        self._loading.hide()
        self._empty.setVisible(count == 0)
        self.list.setVisible(count > 0)
        self.list.setFixedHeight(count * max(1, self.list.sizeHintForRow(0)) + 2)
        words = self.tr("1 person") if count == 1 else self.tr("{0} people")
        self._count.setText(words.replace("{0}", f"{count:,}"))

    def _keep_in_sight(self, index: QModelIndex) -> None:
        area = self._around()
        inner = area.widget() if area is not None else None
        if area is not None and inner is not None:
            at = self.list.mapTo(inner, self.list.visualRect(index).center())
            area.ensureVisible(at.x(), at.y(), 0, theme.scaled(ROW))

    def _around(self) -> QScrollArea | None:
        area = self.parent()
        while area is not None and not isinstance(area, QScrollArea):
            area = area.parent()
        return area

    def _show_rules(self, rules: Rules) -> None:
        self._told.setText(rules.why_not)
        self._told.setVisible(bool(rules.why_not))

    def _show_person(self, person: Person | None) -> None:
        if self.page.isVisible() and person is None and self._table.isHidden():
            self.list.setFocus()
        self._table.setVisible(person is None)
        self.page.setVisible(person is not None)

    def _open_index(self, index: QModelIndex) -> None:
        person = self._model.row_at(index)
        if person is not None:
            self.open(person.id)

    def open(self, user_id: UUID) -> None:
        """Somebody's page."""
        self._run(self._panel.open(user_id))
        self.page.setFocus()
        if (area := self._around()) is not None:
            area.verticalScrollBar().setValue(0)

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._run(self._panel.refresh())
