"""The section for devices: which there are, and taking the data off one that was lost or given away."""

from functools import partial
from uuid import UUID

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget
from typing_extensions import override

from app.desk.devices import Reason
from ui.bridge.acts import Run
from ui.bridge.bind import bind
from ui.features.settings.devices_panel import DeviceLine, DevicesPanel, HoldLine
from ui.features.settings.section import card, named
from ui.widgets.buttons import Button
from ui.widgets.fields import Choice
from ui.widgets.layout import clear, column, framed, row
from ui.widgets.marks import Chip, IconView
from ui.widgets.menus import Menu
from ui.widgets.text import ElidedLabel, label

MINE = "mine"


class DevicesSection(QWidget):
    """Every shown line is what the server said last; it is asked again whenever the section comes up."""

    def __init__(self, panel: DevicesPanel, run: Run) -> None:
        super().__init__()
        self._panel, self._run = panel, run
        self._whose = Choice(self.tr("Whose devices"))
        self._whose_box = named(self.tr("Whose devices"), self._whose)
        self._whose_box.setMaximumWidth(320)
        self._whose_box.hide()
        self._problem = label("", "body", "warning", wraps=True)
        self._problem.hide()
        self._lines: QVBoxLayout = column(spacing=2)
        self._others = Button(self.tr("Remove all others…"), "ghost", height=28)
        self._others.clicked.connect(lambda: self._ask_reason(None, self._others))
        listed = card(
            self.tr("Signed in on"),
            self.tr("A device that you remove is cut off at once. The data on it is erased when it next has a connection."),
            self._problem, self._lines, side=self._others,
        )  # fmt: skip
        self._holds: QVBoxLayout = column(spacing=2)
        self._held = card(
            self.tr("Stopped deletions"),
            self.tr("Very many at once. What you allow, its person can delete within half an hour."), self._holds,
        )  # fmt: skip
        self.setLayout(column(self._held, self._whose_box, listed, spacing=12))
        self._whose.activated.connect(lambda _: run(panel.choose(self._chosen())))
        bind(self, panel.people, self._show_people)
        bind(self, panel.lines, self._show_lines)
        bind(self, panel.problem, self._show_problem)
        bind(self, panel.holds, self._show_holds)

    def _chosen(self) -> UUID | None:
        return None if self._whose.value == MINE else UUID(self._whose.value)

    def _show_people(self, people: tuple[tuple[UUID, str], ...]) -> None:
        self._whose.fill([(MINE, self.tr("My own")), *((str(user_id), name) for user_id, name in people)], MINE)
        self._whose_box.setVisible(bool(people))

    def _show_holds(self, holds: tuple[HoldLine, ...]) -> None:
        clear(self._holds)
        self._held.setVisible(bool(holds))
        for hold in holds:
            words = column(ElidedLabel(hold.title, "strong"), ElidedLabel(hold.detail, "small", "muted"), spacing=1)
            allow = Button(self.tr("Allow"), "dangerline", height=28)
            allow.setAccessibleName(self.tr("Allow the deletions of {0}").replace("{0}", hold.title))
            allow.clicked.connect(partial(self._allow, hold.device))
            line = row(IconView("hand", "danger", 16, box=30, soft="danger_soft"), spacing=10, margins=(6, 0))
            line.addLayout(words, 1)
            line.addWidget(allow)
            self._holds.addWidget(framed(line))

    def _allow(self, device: str) -> None:
        self._run(self._panel.allow(device), self.tr("Allowed. Its person can delete them now."))

    def _show_problem(self, text: str) -> None:
        self._problem.setText(text)
        self._problem.setVisible(bool(text))

    def _show_lines(self, lines: tuple[DeviceLine, ...]) -> None:
        clear(self._lines)
        for line in lines:
            self._lines.addWidget(self._line(line))
        self._others.setVisible(sum(each.can_end for each in lines) > 1)

    def _line(self, line: DeviceLine) -> QWidget:
        words = column(ElidedLabel(line.name, "strong"), ElidedLabel(line.detail, "small", "muted"), spacing=1)
        shown = row(IconView("monitor", "text2", 16, box=30, soft="inset"), spacing=10, margins=(6, 0))
        shown.addLayout(words, 1)
        shown.addWidget(Chip(line.state_text, line.tone))
        if line.can_end:
            end = Button(self.tr("Remove…"), "ghost", height=26)
            end.setAccessibleName(self.tr("Remove {0}").replace("{0}", line.name))
            end.clicked.connect(partial(self._ask_reason, line.id, end))
            shown.addWidget(end)
        return framed(shown)

    def _ask_reason(self, device_id: UUID | None, button: Button, _checked: bool = False) -> None:
        """The reason decides what is said on the device of what it had not sent."""
        menu = Menu(self, button.accessibleName() or button.text())
        choices: tuple[tuple[str, Reason], ...] = (
            (self.tr("Lost or stolen: erase it and show nothing"), "lost"),
            (self.tr("No longer used: erase it, and show what was not sent"), "retired"),
        )
        for text, reason in choices:
            menu.add_choice(text, partial(self._end, device_id, reason))
        menu.open_under(button)

    def _end(self, device_id: UUID | None, reason: Reason) -> None:
        work = self._panel.end_others(reason) if device_id is None else self._panel.end(device_id, reason)
        self._run(work, self.tr("Removed. What it holds is erased at its next contact."))

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._run(self._panel.open())
