"""People as a section of the settings: everybody as a table, and one of them with their roles, manager and access."""

from uuid import UUID

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from typing_extensions import override

from app.desk.access import Leave
from app.kernel.tasks import TaskRunner
from ui.bridge.acts import Run
from ui.bridge.bind import bind
from ui.bridge.messages import Messages
from ui.bridge.table import WholeTable, area_around
from ui.bridge.watching import WatchingFrame
from ui.features.users.codes import CREATE
from ui.features.users.person_view import PersonPage
from ui.features.users.viewmodel import Person, UsersPanel
from ui.widgets.buttons import Button
from ui.widgets.fields import SearchField
from ui.widgets.layout import column, framed, row
from ui.widgets.states import EmptyState
from ui.widgets.table import Cell, Column
from ui.widgets.text import label

SEARCH_WIDTH = 280


class UsersSection(WatchingFrame):
    """The table gives way to the page of the one who is chosen. `add_wanted`: somebody new."""

    add_wanted = Signal()

    def __init__(self, panel: UsersPanel, run: Run, messages: Messages, tasks: TaskRunner) -> None:
        super().__init__(panel, run)
        self._panel, self._run = panel, run
        self.search = SearchField(self.tr("Find by name, role or team"))
        self.search.setFixedWidth(SEARCH_WIDTH)
        self._count, self._told = label("", "small", "muted", tabular=True), label("", "small", "muted", wraps=True)
        empty = EmptyState(self.tr("Nobody of this name, role or team."), self.tr("Show everybody"))
        self.table, self.page = WholeTable(self.tr("People"), self._columns(), empty, tasks), PersonPage(panel, run, messages)
        self.add = Button(self.tr("Add person"), icon_name="user-plus", height=32)
        self.add.clicked.connect(self.add_wanted)
        tools = row(self.search, self._count, None, self.add, spacing=12)
        self._everybody = framed(column(tools, self.table, self._told, spacing=10))
        self.setLayout(column(self._everybody, self.page, spacing=0))
        self.search.textChanged.connect(panel.find)
        empty.pressed.connect(self.search.clear)
        self.table.opened.connect(lambda person: self.open(person.id))
        self.table.shown.connect(self._show_count)
        bind(self, panel.people, self.table.show_rows)
        bind(self, panel.codes.waiting, lambda _: self.table.show_rows(panel.people.value))
        bind(self, panel.leave_of.leave, self._show_leave)
        bind(self, panel.person, self._show_person)

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
            Column(id="state", title=self.tr("State"), cell=lambda each: said(self._state(each), "muted"), width=104),
        ]

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._run(self._panel.codes.refresh())

    def _state(self, person: Person) -> str:
        is_invited = person.is_active and self._panel.codes.is_invited(person.id)
        return self.tr("Invited") if is_invited else person.state_words

    def _show_count(self, count: int) -> None:
        words = self.tr("1 person") if count == 1 else self.tr("{0} people")
        self._count.setText(words.replace("{0}", f"{count:,}"))

    def _show_leave(self, leave: Leave) -> None:
        self._told.setText(leave.why_not)
        self._told.setVisible(bool(leave.why_not))
        self.add.setEnabled(leave.may(CREATE))
        self.add.setAccessibleDescription("" if self.add.isEnabled() else leave.why_not)

    def _show_person(self, person: Person | None) -> None:
        is_back, is_on = person is None and self.page.isVisible(), person is not None and self._everybody.isVisible()
        self._everybody.setVisible(person is None)
        self.page.setVisible(person is not None)
        if is_back:
            self.table.setFocus()
        elif is_on:
            self.page.setFocus()

    def open(self, user_id: UUID) -> None:
        """Somebody's page."""
        self._run(self._panel.open(user_id))
        if (area := area_around(self)) is not None:
            area.verticalScrollBar().setValue(0)
