"""Teams as a section of the settings: all of them as a table, and who is in one."""

from uuid import UUID

from app.desk.access import Leave
from app.kernel.tasks import TaskRunner
from ui.bridge.acts import Run
from ui.bridge.bind import bind
from ui.bridge.table import WholeTable
from ui.bridge.watching import WatchingFrame
from ui.features.teams.viewmodel import TeamLine, TeamsPanel
from ui.widgets.buttons import Button
from ui.widgets.group_page import GroupPage, GroupWords
from ui.widgets.layout import column, framed, row
from ui.widgets.states import EmptyState
from ui.widgets.table import Cell, Column
from ui.widgets.text import label


class TeamsSection(WatchingFrame):
    """The table gives way to the team that is open."""

    def __init__(self, panel: TeamsPanel, run: Run, tasks: TaskRunner) -> None:
        super().__init__(panel, run)
        self._panel, self._run = panel, run
        self.new = Button(self.tr("New team"), icon_name="plus", height=32)
        self.new.clicked.connect(self._begin)
        self._told = label("", "small", "muted", wraps=True)
        empty = EmptyState(self.tr("There is no team yet. Records of a team are seen by everybody in it."), self.tr("New team"))
        empty.pressed.connect(self._begin)
        self.delete = Button(self.tr("Delete"), "dangerline", "trash-2", height=32)
        self.table = WholeTable(self.tr("Teams"), self._columns(), empty, tasks)
        self.page = GroupPage(self._words(), acts=(self.delete,))
        self.table.opened.connect(lambda line: panel.open(line.id))
        tools = row(spacing=12)
        tools.addWidget(label(self.tr("What belongs to a team is in sight of everybody in it."), "small", "muted"), 1)
        tools.addWidget(self.new)
        self._all = framed(column(tools, self.table, self._told, spacing=10))
        self.setLayout(column(self._all, self.page, spacing=0))
        self._follow()

    def _words(self) -> GroupWords:
        return GroupWords(
            back=self.tr("Teams"), create=self.tr("Create team"), members=self.tr("Members"),
            note=self.tr("Their consoles get what belongs to the team at once, and lose it when they leave."),
            nobody=self.tr("Nobody is in it yet."), add=self.tr("Add to the team"), remove=self.tr("Remove {0} from the team"),
        )  # fmt: skip

    def _columns(self) -> list[Column]:
        def name(line: TeamLine) -> Cell:
            return Cell(text=line.name, icon="users", is_strong=True)

        def members(line: TeamLine) -> Cell:
            return Cell(text=line.member_words, tone="text2")

        return [
            Column(id="name", title=self.tr("Team"), cell=name, width=0.3),
            Column(id="members", title=self.tr("Members"), cell=members, width=0.7),
            Column(
                id="count", title=self.tr("People"), cell=lambda each: Cell(text=str(len(each.members)), tone="muted"), width=80,
                is_number=True,
            ),
        ]  # fmt: skip

    def _follow(self) -> None:
        panel, page, run = self._panel, self.page, self._run
        page.left.connect(lambda: panel.open(None))
        page.saved.connect(lambda name: run(panel.save(name), self.tr("Saved."), undo=True))
        page.added.connect(lambda user_id: run(panel.add(UUID(user_id)), self.tr("Added."), undo=True))
        page.removed.connect(lambda user_id: run(panel.remove(UUID(user_id)), self.tr("Removed."), undo=True))
        self.delete.clicked.connect(lambda: run(panel.delete(), self.tr("Team deleted."), undo=True))
        bind(self, panel.lines, self.table.show_rows)
        bind(self, panel.team, self._show)
        bind(self, panel.leave_of.leave, self._allow)

    def _begin(self) -> None:
        self._panel.begin()
        self.page.name.input.setFocus()

    def _show(self, team: TeamLine | None) -> None:
        is_back, is_on = team is None and self.page.isVisible(), team is not None and self._all.isVisible()
        self._all.setVisible(team is None)
        self.page.setVisible(team is not None)
        if is_on:
            self.page.setFocus()
        if team is not None:
            self.delete.setVisible(team.id is not None)
            self.page.show_group(team.name, team.members, team.offered, is_new=team.id is None)
            self._allow(self._panel.leave_of.leave.value)
        elif is_back:
            self.table.setFocus()

    def _allow(self, leave: Leave) -> None:
        team = self._panel.team.value
        is_new = team is not None and team.id is None
        self.page.allow(
            naming=leave.may("team:create" if is_new else "team:edit"), choosing=leave.may("team:edit"), why_not=leave.why_not
        )
        self.delete.setEnabled(leave.may("team:delete"))
        self._told.setText(leave.why_not)
        self._told.setVisible(bool(leave.why_not))
        self.new.setEnabled(leave.may("team:create"))
