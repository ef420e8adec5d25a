"""The sheet that adds somebody: name, address, roles, teams; then the code that lets them in."""

from uuid import UUID

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeyEvent, Qt
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget
from typing_extensions import override

from ui.bridge.acts import Run
from ui.bridge.bind import bind
from ui.features.users.adding import Adding, AddingPanel, Named
from ui.features.users.code_view import CodeView
from ui.widgets.buttons import Button
from ui.widgets.check import Check
from ui.widgets.fields import TextField
from ui.widgets.layout import clear, column, framed, row, scrolling
from ui.widgets.pane_sheet import PaneSheet
from ui.widgets.text import label

WIDTH, TOP, LIST_HEIGHT = 520, 90, 190
RETURNS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class AddPersonSheet(PaneSheet):
    """`added`: somebody is there. Escape puts the sheet away; before that, nothing was done."""

    added = Signal()

    def __init__(self, window: QWidget, pane: QWidget, panel: AddingPanel, run: Run) -> None:
        super().__init__(window, pane, WIDTH, TOP)
        self._panel, self._run, self._offered = panel, run, Adding()
        self._checks: dict[UUID, Check] = {}
        self.name, self.email = TextField(self.tr("Name")), TextField(self.tr("E-mail"), hint="ana@example.com")
        self._roles, self._teams = column(spacing=0), column(spacing=0)
        self._problem = label("", "body", "danger", wraps=True)
        self._problem.hide()
        self._asking, self._code = self._form(), CodeView(panel.codes)
        self._told = label("", "body", "text", wraps=True)
        self._done = framed(column(self._told, self._code, spacing=12))
        self._done.hide()
        close = self.closing()
        head = row(spacing=8, margins=(16, 14, 4, 20))
        head.addWidget(label(self.tr("Add person"), "title"), 1)
        head.addWidget(close)
        body = framed(column(self._asking, self._done, self._problem, None, spacing=12, margins=(8, 20, 14, 20)))
        whole = column(head, body, self._feet(), spacing=0)
        whole.setStretch(1, 1)  # the feet stay where they are
        self.hold(whole)
        self.setAccessibleName(self.tr("Add person"))
        bind(self, panel.now, self._show)

    def _form(self) -> QFrame:
        pair = row(spacing=16)
        for title, lines in ((self.tr("Roles"), self._roles), (self.tr("Teams"), self._teams)):
            inner = QWidget()
            inner.setLayout(lines)
            area = scrolling(inner)
            area.setFixedHeight(LIST_HEIGHT)
            pair.addLayout(column(label(title, "small_strong", "text2"), area, spacing=4), 1)
        return framed(column(self.name, self.email, pair, spacing=12))

    def _feet(self) -> QFrame:
        self._again = Button(self.tr("Make the code"), height=34)
        self._again.clicked.connect(lambda: self._run(self._panel.make_code()))
        self._again.hide()
        self._cancel = self.cancelling()
        self.add = Button(self.tr("Add person"), "primary", keys=("Ctrl", "↵"), height=34)
        self.add.clicked.connect(self._add)
        return framed(row(None, self._again, self._cancel, self.add, spacing=10, margins=(12, 16)), "foot")

    def open(self) -> None:
        """Show it, with the caret in the name."""
        self.rise()
        self.name.input.setFocus()
        self._run(self._panel.open())

    @override
    def leave(self) -> None:
        self._panel.codes.forget()
        super().leave()

    def _show(self, now: Adding) -> None:
        if (now.roles, now.teams) != (self._offered.roles, self._offered.teams):
            self._offer(now)
        is_asking, fields = now.step != "added", {"name": self.name, "email": self.email}
        if now.step == "adding":
            self.setFocus()  # before the fields give it up to the cross
        for name, field in fields.items():
            field.show_problem(now.problem if now.field == name else "")
            field.input.setEnabled(now.step == "asking")
        self._problem.setText(now.problem)
        self._problem.setVisible(bool(now.problem) and now.field not in fields)
        self._asking.setVisible(is_asking)
        self._done.setVisible(not is_asking)
        self.add.setVisible(is_asking)
        self.add.set_loading(now.step == "adding")
        self._again.setVisible(not is_asking and bool(now.problem))
        self._cancel.set_words(self.tr("Cancel") if is_asking else self.tr("Close"))
        if not is_asking and self._told.text() == "":
            self._told.setText(self.tr("{0} is added.").replace("{0}", now.name))
            self._cancel.setFocus()
            self.added.emit()
        if now.field in fields:
            fields[now.field].input.setFocus()

    def _offer(self, now: Adding) -> None:
        self._offered, self._checks = now, {}
        nothing = (self.tr("Your roles don't let you give any."), self.tr("Your roles don't let you choose any."))
        self._fill(self._roles, now.roles, now.chosen, nothing[0])
        self._fill(self._teams, now.teams, now.chosen, nothing[1])

    def _fill(self, lines: QVBoxLayout, offered: tuple[Named, ...], chosen: frozenset[UUID], nothing: str) -> None:
        clear(lines)
        for own_id, name in offered:
            self._checks[own_id] = Check(name, is_on=own_id in chosen)
            lines.addWidget(self._checks[own_id])
        if not offered:
            lines.addWidget(label(nothing, "small", "muted", wraps=True))
        lines.addStretch(1)

    def _add(self) -> None:
        if self._panel.now.value.step == "asking":
            self._run(
                self._panel.add(
                    name=self.name.text, email=self.email.text, role_ids=self._chosen(self._offered.roles),
                    team_ids=self._chosen(self._offered.teams),
                )
            )  # fmt: skip

    def _chosen(self, offered: tuple[Named, ...]) -> tuple[UUID, ...]:
        return tuple(own_id for own_id, _ in offered if self._checks[own_id].isChecked())

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in RETURNS and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._add()
        else:
            super().keyPressEvent(event)
