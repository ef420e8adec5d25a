"""Territories as a section of the settings: the tree as a table, and one of them."""

from uuid import UUID

from PySide6.QtWidgets import QFrame

from app.desk.access import Leave
from app.kernel.tasks import TaskRunner
from ui.bridge.acts import Run
from ui.bridge.bind import bind
from ui.bridge.table import WholeTable
from ui.bridge.watching import WatchingFrame
from ui.features.territories.viewmodel import TerritoriesPanel, TerritoryLine
from ui.widgets.buttons import Button
from ui.widgets.fields import Choice
from ui.widgets.group_page import GroupPage, GroupWords
from ui.widgets.layout import column, framed, row
from ui.widgets.states import EmptyState
from ui.widgets.table import Cell, Column
from ui.widgets.text import label


class TerritoriesSection(WatchingFrame):
    """The table gives way to the territory that is open."""

    def __init__(self, panel: TerritoriesPanel, run: Run, tasks: TaskRunner) -> None:
        super().__init__(panel, run)
        self._panel, self._run = panel, run
        self.new = Button(self.tr("New territory"), icon_name="plus", height=32)
        self.new.clicked.connect(self._begin)
        self.above, self._told = Choice(self.tr("Below")), label("", "small", "muted", wraps=True)
        self.delete = Button(self.tr("Delete"), "dangerline", "trash-2", height=32)
        none_yet = self.tr(
            "There is no territory yet. Records in one are seen by those who look after it, and after what is above."
        )
        empty = EmptyState(none_yet, self.tr("New territory"))
        empty.pressed.connect(self._begin)
        self.table = WholeTable(self.tr("Territories"), self._columns(), empty, tasks)
        self.page = GroupPage(self._words(), self._place_card(), acts=(self.delete,))
        about = self.tr("Who looks after a territory sees the records in it, and in all below it.")
        tools = row(spacing=12)
        tools.addWidget(label(about, "small", "muted"), 1)
        tools.addWidget(self.new)
        self._all = framed(column(tools, self.table, self._told, spacing=10))
        self.setLayout(column(self._all, self.page, spacing=0))
        self._follow()

    def _words(self) -> GroupWords:
        return GroupWords(
            back=self.tr("Territories"), create=self.tr("Create territory"), members=self.tr("Who looks after it"),
            note=self.tr("They see its records, and those of every territory below it, where a role reaches as far as the team."),
            nobody=self.tr("Nobody looks after it yet."), add=self.tr("Let them look after it"),
            remove=self.tr("{0} looks after it no longer"),
        )  # fmt: skip

    def _place_card(self) -> QFrame:
        note = self.tr("Everything below it moves along. Deleted, its records belong to no territory.")
        line = row(spacing=8)
        line.addWidget(self.above, 1)
        line.addStretch(1)
        words = column(label(self.tr("Below"), "h1"), label(note, "small", "muted", wraps=True), spacing=1)
        return framed(column(words, line, spacing=10, margins=16), "card")

    def _columns(self) -> list[Column]:
        def name(line: TerritoryLine) -> Cell:
            return Cell(text=f"{'      ' * line.depth}{line.name}", is_strong=not line.depth)

        return [
            Column(id="name", title=self.tr("Territory"), cell=name, width=0.4),
            Column(
                id="members", title=self.tr("Looked after by"), cell=lambda each: Cell(text=each.member_words, tone="text2"),
                width=0.6,
            ),
        ]  # fmt: skip

    def _follow(self) -> None:
        panel, page, run = self._panel, self.page, self._run
        page.left.connect(lambda: panel.open(None))
        page.saved.connect(lambda name: run(panel.save(name, self._chosen()), self.tr("Saved."), undo=True))
        page.added.connect(lambda user_id: run(panel.add(UUID(user_id)), self.tr("Added."), undo=True))
        page.removed.connect(lambda user_id: run(panel.remove(UUID(user_id)), self.tr("Removed."), undo=True))
        self.above.activated.connect(lambda _: self._move())
        self.delete.clicked.connect(lambda: run(panel.delete(), self.tr("Territory deleted."), undo=True))
        self.table.opened.connect(lambda line: panel.open(line.id))
        bind(self, panel.lines, self.table.show_rows)
        bind(self, panel.territory, self._show)
        bind(self, panel.leave_of.leave, self._allow)

    def _chosen(self) -> UUID | None:
        return UUID(self.above.value) if self.above.value else None

    def _move(self) -> None:
        shown = self._panel.territory.value
        if shown is not None and shown.id is not None:
            self._run(self._panel.move(self._chosen()), self.tr("Moved."), undo=True)

    def _begin(self) -> None:
        self._panel.begin()
        self.page.name.input.setFocus()

    def _show(self, shown: TerritoryLine | None) -> None:
        is_back, is_on = shown is None and self.page.isVisible(), shown is not None and self._all.isVisible()
        self._all.setVisible(shown is None)
        self.page.setVisible(shown is not None)
        if is_on:
            self.page.setFocus()
        if shown is not None:
            self.above.fill([("", self.tr("Nothing: it is at the top")), *shown.places], str(shown.above_id or ""))
            self.delete.setVisible(shown.id is not None)
            self.page.show_group(shown.name, shown.members, shown.offered, is_new=shown.id is None)
            self._allow(self._panel.leave_of.leave.value)
        elif is_back:
            self.table.setFocus()

    def _allow(self, leave: Leave) -> None:
        shown = self._panel.territory.value
        may_name = leave.may("territory:create" if shown is not None and shown.id is None else "territory:edit")
        self.page.allow(naming=may_name, choosing=leave.may("territory:edit"), why_not=leave.why_not)
        self.above.setEnabled(may_name)
        self.delete.setEnabled(leave.may("territory:delete"))
        self._told.setText(leave.why_not)
        self._told.setVisible(bool(leave.why_not))
        self.new.setEnabled(leave.may("territory:create"))
