"""Roles as a section of the settings: all of them as a table, and one of them to be changed."""

from collections.abc import Callable

from app.desk.access import Leave
from app.kernel.tasks import TaskRunner
from ui.bridge.acts import Run
from ui.bridge.bind import bind
from ui.bridge.messages import Messages
from ui.bridge.table import WholeTable, area_around
from ui.bridge.watching import WatchingFrame
from ui.features.roles.editor import RoleEditor
from ui.features.roles.viewmodel import Draft, RoleLine, RolesPanel
from ui.widgets.buttons import Button
from ui.widgets.layout import column, framed, row
from ui.widgets.states import EmptyState
from ui.widgets.table import Cell, Column
from ui.widgets.text import label


class RolesSection(WatchingFrame):
    """The table gives way to the role that is open."""

    def __init__(self, panel: RolesPanel, run: Run, messages: Messages, tasks: TaskRunner) -> None:
        super().__init__(panel, run)
        self._panel, self._run = panel, run
        self.new = Button(self.tr("New role"), icon_name="plus", height=32)
        self.new.clicked.connect(lambda: self._open(panel.create))
        self._told = label("", "small", "muted", wraps=True)
        empty = EmptyState(self.tr("There is no role yet."), self.tr("New role"))
        empty.pressed.connect(self.new.click)
        self.table = WholeTable(self.tr("Roles"), self._columns(), empty, tasks)
        self.table.opened.connect(lambda line: self._open(lambda: panel.open(line.id)))
        self.editor = RoleEditor(panel, run, messages)
        tools = row(spacing=12)
        tools.addWidget(label(self.tr("Of several roles the one that gives most counts."), "small", "muted"), 1)
        tools.addWidget(self.new)
        self._all = framed(column(tools, self.table, self._told, spacing=10))
        self.setLayout(column(self._all, self.editor, spacing=0))
        bind(self, panel.lines, self.table.show_rows)
        bind(self, panel.leave_of.leave, self._show_leave)
        bind(self, panel.draft, self._show_draft)

    def _columns(self) -> list[Column]:
        def name(line: RoleLine) -> Cell:
            return Cell(text=line.name, icon="users" if line.is_baseline else "shield-check", is_strong=True)

        def said(words: str, tone: str = "text2") -> Cell:
            return Cell(text=words, tone=tone)

        return [
            Column(id="name", title=self.tr("Role"), cell=name, width=0.2),
            Column(id="holders", title=self.tr("Held by"), cell=lambda each: said(each.held_by), width=0.4),
            Column(id="gives", title=self.tr("Gives"), cell=lambda each: said(each.gives, "muted"), width=0.26),
            Column(id="fields", title=self.tr("Fields"), cell=lambda each: said(each.withholds, "muted"), width=0.14),
        ]

    def _open(self, act: Callable[[], object]) -> None:
        act()
        self.editor.begin()
        if (area := area_around(self)) is not None:
            area.verticalScrollBar().setValue(0)

    def _show_leave(self, leave: Leave) -> None:
        self._told.setText(leave.why_not)
        self._told.setVisible(bool(leave.why_not))
        self.new.setEnabled(leave.may("role:create"))
        self.new.setAccessibleDescription("" if self.new.isEnabled() else leave.why_not)

    def _show_draft(self, draft: Draft | None) -> None:
        is_back = draft is None and self.editor.isVisible()
        self._all.setVisible(draft is None)
        self.editor.setVisible(draft is not None)
        if is_back:
            self.table.setFocus()
