"""The history of a record as a float over its page: each change of each field, and the way back to the old value."""

from PySide6.QtWidgets import QFrame, QWidget

from ui.bridge.acts import Run
from ui.bridge.bind import bind
from ui.features.audit.history import HistoryPanel, Reach, Step
from ui.widgets.buttons import Button
from ui.widgets.fields import Choice
from ui.widgets.floating import Floating
from ui.widgets.layout import Item, clear, column, framed, row, rule, scrolling
from ui.widgets.marks import IconView
from ui.widgets.states import EmptyState, LoadingRows
from ui.widgets.text import ElidedLabel, label
from ui.widgets.tip import set_tip

WIDTH, HEIGHT, ONE_LINE = 560, 460, 48  # ONE_LINE: letters of what it was and is


class HistoryView(Floating):
    """Escape puts it away."""

    def __init__(self, window: QWidget, panel: HistoryPanel, run: Run) -> None:
        super().__init__(window, WIDTH)
        self._panel, self._run = panel, run
        close = self.closing()
        self._field = Choice(self.tr("Field"))
        self._field.setMinimumWidth(150)
        self._field.activated.connect(lambda _: run(panel.choose(self._field.value)))
        self._items = column(spacing=0, margins=(4, 12))
        inner = QWidget()
        inner.setLayout(self._items)
        area = scrolling(inner)
        area.setFixedHeight(HEIGHT - 110)
        self._told = label("", "small", "muted", wraps=True)
        self._again = Button(self.tr("Try again"), "ghost", height=28)
        self._again.clicked.connect(lambda: run(panel.load()))
        self._lay_out(close, area)
        bind(self, panel.fields, self._offer)
        bind(self, panel.steps, self._show)
        bind(self, panel.reach, self._show_reach)

    def _lay_out(self, close: QWidget, area: QWidget) -> None:
        head = row(label(self.tr("History"), "h1"), spacing=8, margins=(12, 12, 10, 16))
        head.addWidget(ElidedLabel(self._panel.title, "body", "muted"), 1)
        head.addWidget(self._field)
        head.addWidget(close)
        foot = row(spacing=8, margins=(8, 16))
        foot.addWidget(self._told, 1)
        foot.addWidget(self._again)
        self.hold(column(head, rule(), area, framed(foot, "foot"), spacing=0))

    def _offer(self, fields: tuple[tuple[str, str], ...]) -> None:
        self._field.fill([("", self.tr("Every field")), *fields], self._panel.field)

    def _show_reach(self, reach: Reach) -> None:
        words = {
            "loading": self.tr("Asking the server…"),
            "whole": self.tr("Restoring is a change of its own; the history keeps both."),
            "here_only": self.tr("Only what you did on this device. The server has more: connect, and try again."),
            "failed": self._panel.problem,
        }  # fmt: skip
        self._told.setText(words[reach])
        self._again.setVisible(reach in {"here_only", "failed"})
        self._show(self._panel.steps.value)

    def _show(self, steps: tuple[Step, ...]) -> None:
        clear(self._items)
        reach = self._panel.reach.value
        for place, step in enumerate(steps):
            if place:
                self._items.addWidget(rule())
            self._items.addWidget(self._step(step))
        if not steps and reach == "loading":
            bars = LoadingRows(58)
            bars.setMinimumHeight(180)
            bars.begin()
            self._items.addWidget(bars)
        elif not steps:
            self._items.addWidget(EmptyState(self.tr("Nothing of it is known here.")))
        if self._panel.has_more.value:
            more = Button(self.tr("Show earlier"), height=28)
            more.clicked.connect(lambda: self._run(self._panel.more()))
            self._items.addLayout(row(None, more, None, margins=(8, 0)))
        self._items.addStretch(1)

    @staticmethod
    def _change(step: Step) -> list[Item]:
        """On one line; long texts each on their own, so that both are seen."""
        change = row(label(step.name[:1].upper() + step.name[1:], "strong"), spacing=8)
        after = ElidedLabel(step.after, "body", "text", hugs=True)
        if not step.before:
            change.addWidget(after)
            change.addStretch(1)
            return [change]
        change.addWidget(ElidedLabel(step.before, "body", "muted", hugs=True))
        below = row(IconView("arrow-right", "muted", 14), after, None, spacing=8)
        if len(step.before) + len(step.after) > ONE_LINE:
            change.addStretch(1)
            return [change, below]
        change.addLayout(below, 1)
        return [change]

    def _step(self, step: Step) -> QFrame:
        under = label(" · ".join((step.who, step.what, step.when)), "small", "muted", tabular=True)
        line = row(spacing=8, margins=(8, 4))
        line.addLayout(column(*self._change(step), under, spacing=1), 1)
        if step.can_restore:
            back = Button(self.tr("Restore"), "ghost", "undo-2", height=28)
            said = self.tr("Make it “{0}” again").replace("{0}", step.was)
            set_tip(back, said)
            back.setAccessibleName(f"{step.name}: {said}")
            back.clicked.connect(lambda: self._run(self._panel.restore(step), self.tr("Restored."), undo=True))
            line.addWidget(back)
        frame = framed(line)
        frame.setAccessibleName(step.sentence)
        return frame
