"""The tasks page: what the person has to do, late ones first."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QLineEdit, QWidget

from app.desk.desk import Desk
from app.domain.tasks.queries import TaskRow
from ui.bridge.acts import Run
from ui.bridge.bind import bind
from ui.bridge.fresh import as_of
from ui.bridge.lines import ChosenLines, Line
from ui.features.tasks.viewmodel import TasksPanel
from ui.features.when import deadline_text, moment_text
from ui.theme.fonts import elided, font
from ui.widgets.bulk_bar import BulkBar
from ui.widgets.buttons import Button, IconButton
from ui.widgets.choices import Option, Tabs, Tick
from ui.widgets.layout import Item, clear, column, framed, row, rule, scrolling
from ui.widgets.marks import Chip
from ui.widgets.states import EmptyState
from ui.widgets.text import ElidedLabel, label
from ui.widgets.tip import set_tip

WHO_WIDTH, NAME_WIDTH, DUE_WIDTH = 230, 178, 132


class TasksPage(QFrame):
    """`contact_wanted`: whom a task is about."""

    contact_wanted = Signal(object)
    history_wanted = Signal(object)  # the task

    def __init__(self, panel: TasksPanel, desk: Desk, run: Run) -> None:
        super().__init__()
        self._panel, self._desk, self._run = panel, desk, run
        self._tabs = Tabs(
            [Option(id="open", text=self.tr("Open")), Option(id="done", text=self.tr("Done"))], self.tr("Show"), height=40
        )
        self._tabs.chosen.connect(lambda which: panel.shows_done.set(which == "done"))
        self.new = QLineEdit()
        self.new.setFont(font())
        self.new.setPlaceholderText(self.tr("What has to be done?"))
        self.new.setAccessibleName(self.tr("New task"))
        self.new.returnPressed.connect(self._add)
        self.chosen, self.bar = ChosenLines(panel.everything, run, self), BulkBar()
        panel.shows_done.subscribe(lambda _: self.chosen.clear())
        self._items = column(spacing=0, margins=(0, 20, 20, 20))
        inner = QWidget()
        inner.setLayout(self._items)
        top = framed(row(label(self.tr("Tasks"), "h1"), as_of(desk), 20, self._tabs, None, margins=(0, 20)), "head", height=62)
        layout = column(top, self.bar, row(self.new, margins=(14, 20, 8, 20)), spacing=0)
        layout.addWidget(scrolling(inner, side=20), 1)
        self.setLayout(layout)
        bind(self, panel.rows, self._show)

    def _add(self) -> None:
        title = self.new.text().strip()
        if title:
            self._run(self._panel.add(title), self.tr("Task added."), undo=True)
            self.new.clear()

    def _show(self, rows: tuple[TaskRow, ...] | None) -> None:
        clear(self._items)
        if rows is None:
            return
        lines = [self._line(task) for task in rows]
        for line in lines:
            self._items.addWidget(line)
            self._items.addWidget(rule())
        self.chosen.show(lines)
        if not rows:
            done = self._panel.shows_done.value
            self._items.addWidget(EmptyState(self.tr("Nothing was done yet.") if done else self.tr("Nothing to do.")))
        self._items.addStretch(1)

    def _line(self, task: TaskRow) -> Line:
        done = Tick(self.tr("Done: {0}").replace("{0}", task.title), is_on=task.done_at is not None)
        done.clicked.connect(
            lambda is_on: self._run(
                self._panel.set_done(task.id, is_done=is_on), self.tr("Done.") if is_on else "", undo=bool(is_on)
            )
        )
        line = row(done, spacing=12, margins=(9, 8))
        line.addWidget(ElidedLabel(task.title, "strong"), 1)
        line.addWidget(_cell(WHO_WIDTH, *self._who(task)))
        line.addWidget(_cell(DUE_WIDTH, *self._due(task)))
        history = IconButton("history", self.tr("History of {0}").replace("{0}", task.title), size=15, box=28)
        history.clicked.connect(lambda: self.history_wanted.emit(task))
        line.addWidget(history)
        remove = IconButton("trash-2", self.tr("Delete"), size=15, box=28)
        remove.clicked.connect(lambda: self._run(self._panel.delete(task.id), self.tr("Task deleted."), undo=True))
        line.addWidget(remove)
        return Line(task.id, task.title, self.chosen, line)

    def _who(self, task: TaskRow) -> list[Item]:
        if not (task.contact_id and task.contact_name):
            return []
        who = Button(elided(task.contact_name, NAME_WIDTH, "strong"), "ghost", "user-round", height=28)
        who.setAccessibleName(task.contact_name)
        set_tip(who, task.contact_name if who.text() != task.contact_name else "")
        who.clicked.connect(lambda: self.contact_wanted.emit(task.contact_id))
        return [who]

    def _due(self, task: TaskRow) -> list[Item]:
        if not task.due_at:
            return []
        tone = "danger" if self._panel.is_late(task) else "muted"
        due = Chip(deadline_text(task.due_at, self._desk.now()), tone, "timer")
        set_tip(due, moment_text(task.due_at, self._desk.now()))
        return [due]


def _cell(width: int, *items: Item) -> QFrame:
    """As wide in every line, also with nothing in it: one stands below the other."""
    return framed(row(*items, None, spacing=0), width=width)
