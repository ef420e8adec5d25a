"""The audit as a section of the settings: filters above, what was done below, each change in words."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QLabel, QWidget
from typing_extensions import override

from app.desk.wording import kind_word
from ui.bridge.acts import Run
from ui.bridge.bind import bind
from ui.bridge.exports import choose_file
from ui.bridge.messages import Messages
from ui.features.audit.lines import Line
from ui.features.audit.retention import Retention
from ui.features.audit.viewmodel import KINDS, AuditPanel, Filters, State, verbs
from ui.features.audit.watching import Watching
from ui.widgets.buttons import Button
from ui.widgets.fields import Choice, SearchField
from ui.widgets.layout import Item, clear, column, framed, row, rule
from ui.widgets.marks import AvatarView, Chip
from ui.widgets.states import EmptyState, ErrorState, LoadingRows
from ui.widgets.text import ElidedLabel, label

FIELD_WIDTH, MOST_CHANGES, SHORT, LEAST = 128, 8, 40, 120  # SHORT: letters that need no second line


class AuditSection(QFrame):
    """Asks when it is shown, and again when another filter is chosen."""

    def __init__(self, panel: AuditPanel, run: Run, messages: Messages) -> None:
        super().__init__()
        self._panel, self._run = panel, run
        self._who, self._kind = Choice(self.tr("Who")), Choice(self.tr("Kind"))
        self._how, self._span = Choice(self.tr("What")), Choice(self.tr("Time"))
        self._verb, self._narrowed = Choice(self.tr("Act")), row(spacing=8)
        self._field = SearchField(self.tr("Field, such as job title"))
        self._export = Button(self.tr("Export"), icon_name="download", height=32)
        self._export.clicked.connect(self._choose_file)
        self._progress = label("", "small", "muted", tabular=True)
        self._items = column(spacing=0)
        self._loading = LoadingRows(58)
        self._loading.setMinimumHeight(240)
        self._more = Button(self.tr("Show earlier"), height=30)
        self._more.clicked.connect(lambda: run(panel.more()))
        self._none = column()
        self._lay_out(messages)
        self._offer()
        self._follow()

    def _lay_out(self, messages: Messages) -> None:
        chosen = row(spacing=8)
        for each in (self._who, self._kind, self._how, self._span, self._verb):
            each.setMinimumWidth(LEAST)  # the longest of them all would push the rest out of a narrow window
        for each in (self._who, self._kind, self._how, self._span):
            chosen.addWidget(each, 1)
        second = row(spacing=8)
        second.addWidget(self._verb, 1)
        second.addWidget(self._field, 1)
        second.addWidget(self._progress)
        second.addWidget(self._export)
        rows = framed(column(self._loading, self._none, self._items, row(None, self._more, None), spacing=8, margins=12), "card")
        kept = column(Retention(self._panel, self._run, messages), Watching(self._panel, self._run), spacing=10)
        self.setLayout(column(chosen, second, self._narrowed, rows, kept, None, spacing=10))

    def _offer(self) -> None:
        self._verb.fill([("", self.tr("Every act")), *verbs()], "")
        self._kind.fill([("", self.tr("Every kind")), *((each, kind_word(each).capitalize()) for each in KINDS)], "")
        self._how.fill(
            [
                ("", self.tr("Everything")), ("update", self.tr("Changes")), ("insert", self.tr("New records")),
                ("refused", self.tr("Refused")), ("event", self.tr("Sign-ins and exports")),
            ], "",
        )  # fmt: skip
        self._span.fill(
            [
                ("day", self.tr("Last day")), ("week", self.tr("Last week")), ("month", self.tr("Last month")),
                ("year", self.tr("Last year")), ("", self.tr("All time")),
            ], self._panel.filters.value.span,
        )  # fmt: skip

    def _follow(self) -> None:
        panel, run = self._panel, self._run
        asked = (
            (self._who, "actor_id"), (self._kind, "kind"), (self._how, "operation"), (self._span, "span"), (self._verb, "verb"),
        )  # fmt: skip
        for choice, name in asked:
            choice.activated.connect(lambda _=0, choice=choice, name=name: run(panel.choose(**{name: choice.value})))
        self._field.returnPressed.connect(lambda: run(panel.choose(field=self._field.text())))
        bind(self, panel.filters, self._show_narrowed)
        bind(self, panel.people, self._offer_people)
        bind(self, panel.lines, self._show)
        bind(self, panel.state, self._show_state)
        bind(self, panel.has_more, self._more.setVisible)
        bind(self, panel.exporting, self._show_progress)

    def _offer_people(self, people: tuple[tuple[str, str], ...]) -> None:
        self._who.fill([("", self.tr("Everybody")), *people], self._panel.filters.value.actor_id)

    def _show_narrowed(self, chosen: Filters) -> None:
        """One record, device or address alone, each with its way back."""
        clear(self._narrowed)
        for text, back in (
            (chosen.about if chosen.record_id else "", {"record_id": "", "about": ""}),
            (self.tr("Device {0}").replace("{0}", chosen.device) if chosen.device else "", {"device": ""}),
            (self.tr("Address {0}").replace("{0}", chosen.address) if chosen.address else "", {"address": ""}),
        ):
            if text:
                only = Button(self.tr("Only: {0}").replace("{0}", text), "soft", "x", height=26)
                only.clicked.connect(lambda _=False, back=back: self._run(self._panel.choose(**back)))
                self._narrowed.addWidget(only)
        self._narrowed.addStretch(1)

    def _show_progress(self, text: str) -> None:
        self._progress.setText(text)
        self._export.setEnabled(not text)

    def _show_state(self, state: State) -> None:
        self._loading.setVisible(state == "loading" and not self._panel.lines.value)
        if state == "loading":
            self._loading.begin()
        clear(self._none)
        words = {
            "empty": (self.tr("Nothing of this kind was done in this time."), ""),
            "needs_server": (self.tr("This needs the server: the audit is kept there and nowhere else."), self.tr("Try again")),
            "refused": (self.tr("Your roles don't let you read the audit. Ask an administrator."), ""),
            "failed": (self._panel.problem, self.tr("Try again")),
        }  # fmt: skip
        if state not in words:
            return
        text, act = words[state]
        icon_name = {"needs_server": "cloud", "refused": "lock"}.get(state, "")
        shown = ErrorState(text, act) if state == "failed" else EmptyState(text, act, icon_name=icon_name)
        shown.setMinimumHeight(160)
        shown.pressed.connect(lambda: self._run(self._panel.load()))
        self._none.addWidget(shown)
        self._export.setEnabled(state not in {"needs_server", "refused"})

    def _show(self, lines: tuple[Line, ...]) -> None:
        clear(self._items)
        for place, line in enumerate(lines):
            if place:
                self._items.addWidget(rule())
            self._items.addWidget(line_view(line, self._narrow))

    def _narrow(self, changes: dict[str, str]) -> None:
        self._run(self._panel.choose(**changes))

    def _choose_file(self) -> None:
        choose_file(self, self.tr("Export the audit"), "audit", lambda path: self._run.telling(self._panel.export(path)))

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._run(self._panel.open())


def line_view(line: Line, narrow: Callable[[dict[str, str]], None]) -> QWidget:
    """One row: who and what, when and from where, and the changes below; `narrow` to its record, device or address alone."""
    head = row(AvatarView(line.who, 24), label(line.who, "strong"), label(line.what, "body", line.tone), spacing=8)
    head.addWidget(ElidedLabel(line.about, "body", "text2"), 1)
    if line.tone == "danger":
        head.addWidget(Chip(line.changes[0][0] if line.changes else line.what, "danger", "circle-alert"))
    head.addWidget(label(line.when, "small", "muted", tabular=True))
    parts: list[Item] = [head]
    parts += [change_view(*change) for change in line.changes[:MOST_CHANGES]]
    where = row(32, spacing=4)
    where.addWidget(ElidedLabel(line.where, "tiny", "muted"), 1)
    for text, changes in line.narrower:
        only = Button(text, "ghost", height=22)
        only.setAccessibleName(f"{text}: {line.sentence}")
        only.clicked.connect(lambda _=False, changes=changes: narrow(changes))
        where.addWidget(only)
    parts.append(where)
    frame = framed(column(*parts, spacing=3, margins=(8, 4)))
    frame.setAccessibleName(line.sentence)
    return frame


def change_view(field: str, before: str, after: str) -> QFrame:
    """A field with what it was and what it became."""
    name = label(field[:1].upper() + field[1:], "small", "muted")
    name.setFixedWidth(FIELD_WIDTH)
    line = row(32, name, spacing=8)
    line.setAlignment(name, Qt.AlignmentFlag.AlignTop)  # beside the first line of a long value
    if before:
        is_short = len(before) <= SHORT
        line.addWidget(_value(before, "muted") if not is_short else label(before, "small", "muted"), 0 if is_short else 2)
        line.addWidget(label("→", "small", "muted"))
    line.addWidget(_value(after, "text"), 3)
    return framed(line)


def _value(text: str, tone: str) -> QLabel:
    """Wrapped; a long word without a break makes the page no wider."""
    made = label(text, "small", tone, wraps=True)
    made.setMinimumWidth(LEAST)
    return made
