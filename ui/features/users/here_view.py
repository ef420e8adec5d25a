"""Who is here as a section of the settings: a live table of colleagues, and the page of one to set their state."""

from uuid import UUID

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from typing_extensions import override

from app.kernel.tasks import TaskRunner
from ui.bridge.acts import Run
from ui.bridge.bind import bind
from ui.bridge.table import WholeTable
from ui.bridge.watching import WatchingFrame
from ui.features.users.here import HereLine, HerePanel, HereState
from ui.widgets.buttons import Button
from ui.widgets.fields import Choice, TextField
from ui.widgets.layout import column, framed, row
from ui.widgets.marks import AvatarView, IconView
from ui.widgets.states import EmptyState, ErrorState
from ui.widgets.sub_page import SubPage
from ui.widgets.table import Cell, Column
from ui.widgets.text import ElidedLabel, label

TICK_MS, REASON_WIDTH = 1000, 200


class HereSection(WatchingFrame):
    """`conversation_wanted`: show it."""

    conversation_wanted = Signal(UUID)

    def __init__(self, panel: HerePanel, run: Run, tasks: TaskRunner) -> None:
        super().__init__(panel, run)
        self._panel, self._run = panel, run
        self._tick = QTimer(self)
        self._tick.setInterval(TICK_MS)
        self._tick.timeout.connect(lambda: run(panel.tick()))
        self._stamp = label("", "small", "muted", tabular=True)
        self._away = IconView("cloud-off", "warning", 16)
        self._fresh = framed(row(self._away, self._stamp, None, spacing=8))
        empty = EmptyState(self.tr("Nobody is here whom your roles let you watch."), self.tr("Look again"), icon_name="users")
        empty.pressed.connect(lambda: run(panel.refresh()))
        self.table = WholeTable(self.tr("Who is here"), self._columns(), empty, tasks)
        self.trouble = ErrorState("", self.tr("Try again"))
        self.trouble.pressed.connect(lambda: run(panel.refresh()))
        self.trouble.setMinimumHeight(220)
        self.page = ColleaguePage(panel, run)
        self.page.conversation_wanted.connect(self.conversation_wanted)
        self._all = framed(column(self._fresh, self.table, self.trouble, spacing=10))
        self.setLayout(column(self._all, self.page, spacing=0))
        self.table.opened.connect(lambda line: self.open(line.id))
        bind(self, panel.lines, self.table.show_rows)
        bind(self, panel.stamp, self._show_stamp)
        bind(self, panel.state, self._show_state)
        bind(self, panel.person, self._show_person)

    def _columns(self) -> list[Column]:
        def name(line: HereLine) -> Cell:
            return Cell(text=line.name, avatar=line.name, presence=line.state, is_strong=True)

        return [
            Column(id="name", title=self.tr("Name"), cell=name, width=0.34),
            Column(id="state", title=self.tr("State"), cell=lambda each: Cell(text=each.state_words), width=104),
            Column(id="since", title=self.tr("For"), cell=lambda each: Cell(text=each.since, tone="muted"), width=110),
            Column(id="work", title=self.tr("Works on"), cell=lambda each: Cell(text=each.work, tone="text2"), width=0.66),
        ]

    def _show_stamp(self, stamp: tuple[str, bool]) -> None:
        words, is_away = stamp
        self._stamp.setText(words)
        self._fresh.setVisible(bool(words))
        self._away.setVisible(is_away)

    def _show_state(self, state: HereState) -> None:
        words = {
            "needs_server": self.tr("Who is here is known to the server, and it is out of reach."),
            "refused": self.tr("Your roles don't let you see who is here."), "failed": self._panel.problem,
        }  # fmt: skip
        self.trouble.setVisible(state in words)
        self.table.setVisible(state not in words)
        if state in words:
            self._fresh.hide()
            self.trouble.show_text(words[state], self.tr("Try again"))
            self.trouble.setAccessibleName(words[state])

    def _show_person(self, line: HereLine | None) -> None:
        is_back, is_on = line is None and self.page.isVisible(), line is not None and self._all.isVisible()
        self._all.setVisible(line is None)
        self.page.setVisible(line is not None)
        if is_back:
            self.table.setFocus()
        elif is_on:
            self.page.setFocus()

    def open(self, user_id: UUID) -> None:
        """Somebody's page."""
        self._panel.open(user_id)

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._tick.start()

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._tick.stop()


class ColleaguePage(SubPage):
    """Leads back to everybody."""

    conversation_wanted = Signal(UUID)

    def __init__(self, panel: HerePanel, run: Run) -> None:
        super().__init__()
        self._panel, self._run = panel, run
        self._avatar, self._name = AvatarView(size=44, presence="offline"), ElidedLabel("", "title")
        self._state, self._work = ElidedLabel("", "body", "text2"), label("", "body", "text", wraps=True)
        self._open = Button(self.tr("Open the conversation"), icon_name="message-square", height=32)
        self._open.clicked.connect(self._open_conversation)
        self.choice, self.reason = Choice(self.tr("State")), TextField(self.tr("Why"), hint=self.tr("They read it"))
        self.choice.fill(panel.states(), "away")
        self.reason.input.setMaxLength(REASON_WIDTH)
        self.set = Button(self.tr("Set their state"), "primary", height=32)
        self.set.clicked.connect(self._force)
        self._told = label("", "small", "muted", wraps=True)
        self._lay_out()
        bind(self, panel.person, self._show)

    def _lay_out(self) -> None:
        back = self.way_back(self.tr("Everybody"))
        who = row(self._avatar, spacing=14)
        who.addLayout(column(None, self._name, self._state, None, spacing=1), 1)
        works = framed(column(label(self.tr("Works on"), "h1"), self._work, row(self._open, None), spacing=8, margins=16), "card")
        chosen = row(spacing=12)
        chosen.addWidget(framed(column(label(self.tr("State"), "small_strong", "text2"), self.choice, None, spacing=4)))
        chosen.addWidget(self.reason, 1)
        note = self.tr("Their console changes at once and says who did it, and why. They can choose another state.")
        force = column(
            label(self.tr("Set their state"), "h1"), label(note, "small", "muted", wraps=True), chosen, self._told,
            row(self.set, None), spacing=10, margins=16,
        )  # fmt: skip
        self.setLayout(column(row(back, None), who, works, framed(force, "card"), spacing=14))

    def _show(self, line: HereLine | None) -> None:
        if line is None:
            return
        self.setAccessibleName(line.sentence)
        self._avatar.show_person(line.name, presence=line.state)
        self._name.set_text(line.name)
        since = self.tr("for {0}").replace("{0}", line.since) if line.since else ""
        self._state.set_text(" ".join(part for part in (line.state_words, since) if part))
        self._work.setText(line.work or self.tr("Nothing that is in your sight."))
        self._open.setVisible(line.conversation_id is not None)
        for widget in (self.choice, self.reason, self.set):
            widget.setEnabled(line.may_force)
        self._told.setText("" if line.may_force else self.tr("Your roles don't let you set this person's state."))
        self._told.setVisible(not line.may_force)

    def _open_conversation(self) -> None:
        line = self._panel.person.value
        if line is not None and line.conversation_id is not None:
            self.conversation_wanted.emit(line.conversation_id)

    def _force(self) -> None:
        line = self._panel.person.value
        if line is not None:
            said = self.tr("{0} is told.").replace("{0}", line.name)
            self._run(self._panel.force(self.choice.value, self.reason.text), said)
            self.reason.set_text("")

    @override
    def leave(self) -> None:
        self._panel.open(None)
