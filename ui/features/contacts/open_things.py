"""What is open with a person: their tasks and conversations, beside what happened or in its place."""

from PySide6.QtWidgets import QFrame, QLayout, QWidget

from app.desk.desk import Desk
from app.domain.tasks.queries import TaskRow
from ui.bridge.acts import Run
from ui.features.contacts.viewmodel import ContactPanel, Person
from ui.features.when import age_text, moment_text
from ui.theme.tokens import CHANNEL_ICONS
from ui.widgets.choices import Tick
from ui.widgets.layout import Item, clear, column, fill, row, rule, scrolling, set_role
from ui.widgets.marks import IconView
from ui.widgets.text import ElidedLabel, label

WIDTH = 336
WIDEST = 16_777_215  # what Qt takes for no limit


class OpenThings(QFrame):
    """A column at the right where there is room for one."""

    def __init__(self, panel: ContactPanel, desk: Desk, run: Run) -> None:
        super().__init__()
        self._panel, self._desk, self._run = panel, desk, run
        self._parts, inner = column(spacing=10, margins=18), QWidget()
        inner.setLayout(self._parts)
        self.setLayout(column(scrolling(inner), spacing=0))
        self.stand_beside(is_beside=True)

    def stand_beside(self, *, is_beside: bool) -> None:
        """As a column, or over the whole width."""
        set_role(self, "role", "right" if is_beside else "")
        self.setMinimumWidth(WIDTH if is_beside else 0)
        self.setMaximumWidth(WIDTH if is_beside else WIDEST)

    def show_person(self, person: Person | None) -> None:
        """Somebody else's, or nobody's."""
        clear(self._parts)
        if person is not None:
            fill(self._parts, [*self._tasks(person), rule(), *self._conversations(person), None])

    def _tasks(self, person: Person) -> list[Item]:
        lines: list[Item] = [self._task(task) for task in person.open_tasks]
        return [
            label(self.tr("Tasks"), "small_strong", "muted"),
            *(lines or [label(self.tr("Nothing to do."), "small", "muted")]),
        ]

    def _task(self, task: TaskRow) -> QLayout:
        done = Tick(self.tr("Done: {0}").replace("{0}", task.title))
        done.clicked.connect(lambda: self._run(self._panel.set_task_done(task.id, is_done=True), self.tr("Done."), undo=True))
        line = row(done, spacing=6)
        line.addWidget(ElidedLabel(task.title), 1)
        if task.due_at:
            line.addWidget(label(moment_text(task.due_at, self._desk.now()), "small", "muted", tabular=True))
        return line

    def _conversations(self, person: Person) -> list[Item]:
        now, lines = self._desk.now(), list[Item]()
        for conversation in person.open_conversations:
            line = row(IconView(CHANNEL_ICONS.get(conversation.channel, "phone"), conversation.channel, 15), spacing=8)
            line.addWidget(ElidedLabel(conversation.subject or conversation.preview or self.tr("Conversation")), 1)
            line.addWidget(label(age_text(conversation.last_message_at, now), "small", "muted", tabular=True))
            lines.append(line)
        nothing = label(self.tr("None is open."), "small", "muted")
        return [label(self.tr("Open conversations"), "small_strong", "muted"), *(lines or [nothing])]
