"""The section for offline data: what this device keeps, what is pinned to it, and the room that all of it takes."""

from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QWidget
from typing_extensions import override

from app.desk.desk import Desk
from app.protocol.ondemand import Size
from ui.bridge.acts import Run
from ui.bridge.bind import bind
from ui.features.settings.offline_panel import GroupLine, Keeping, OfflinePanel, PinLine, Room, lines_of
from ui.features.settings.section import TwoColumns, card, setting
from ui.features.when import moment_text
from ui.widgets.buttons import Button
from ui.widgets.choices import Option, Segmented, Tick
from ui.widgets.fields import Choice
from ui.widgets.layout import clear, column, framed, row, rule
from ui.widgets.marks import IconView
from ui.widgets.sizes import size_text
from ui.widgets.text import ElidedLabel, label

DAYS = (0, 30, 90, 180, 365)
ALL, CHOSEN = "all", "chosen"
KIND_ICONS = {"contact": "user-round", "account": "building-2", "conversation": "message-square-text", "call": "phone"}


class OfflineSection(TwoColumns):
    """Draws the panel; measured whenever the section comes up. `beside`: what else is told of the data here."""

    def __init__(self, panel: OfflinePanel, desk: Desk, run: Run, beside: QWidget) -> None:
        super().__init__()
        self._panel, self._desk, self._run = panel, desk, run
        self._which = Segmented(
            [Option(id=ALL, text=self.tr("All I may see")), Option(id=CHOSEN, text=self.tr("What I choose"))],
            self.tr("What this device keeps"),
        )
        self._which.chosen.connect(lambda which: panel.keep_all(is_all=which == ALL))
        self._groups, self._table, self._pins = column(spacing=2), QGridLayout(), column(spacing=2)
        self._days = Choice(self.tr("Days of conversations and calls"))
        self._days.activated.connect(lambda _: panel.keep_days(int(self._days.value)))
        self._problem = label("", "small", "warning", wraps=True)
        self._total = label("", "strong", tabular=True)
        self._contact, self._file, self._cached = (label("", "body", "text2", tabular=True) for _ in range(3))
        self.add_column(column(self._rules(), self._pinned(), None, spacing=12), 3)
        self.add_column(column(self._room(), beside, None, spacing=12), 2)
        bind(self, panel.keeping, self._show_rules)
        bind(self, panel.sizes, lambda sizes: self._show_sizes(*sizes))
        bind(self, panel.problem, self._show_problem)
        bind(self, panel.pins, self._show_pins)
        bind(self, panel.room, self._show_room)

    # ── laid out ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _rules(self) -> QFrame:
        always = label(
            self.tr("Always here: what is yours, what belongs to everybody, and what you pin."), "small", "muted", wraps=True
        )
        inner = framed(column(always, self._groups, spacing=6))
        self._chosen = inner
        days = setting(
            self.tr("Conversations and calls"), self.tr("Older ones stay on the server, where search finds them."),
            self._days,
        )  # fmt: skip
        self._table.setContentsMargins(0, 0, 0, 0)
        self._table.setHorizontalSpacing(18)
        self._table.setVerticalSpacing(5)
        self._table.setColumnStretch(0, 1)
        return card(
            self.tr("What this device keeps"),
            self.tr("All of it works without a network. What is left out stays on the server."),
            inner, rule(), days, rule(), self._table, self._problem, self._feet(), side=self._which,
        )  # fmt: skip

    def _feet(self) -> QHBoxLayout:
        self._apply = Button(self.tr("Keep this"), "primary", height=32)
        self._apply.clicked.connect(
            lambda: self._run(self._panel.apply(), self.tr("Kept like this from the next contact on."), undo=True)
        )
        self._back = Button(self.tr("Put back"), "ghost", height=32)
        self._back.clicked.connect(lambda: self._run(self._panel.put_back()))
        return row(self._total, None, self._back, self._apply)

    def _pinned(self) -> QFrame:
        return card(self.tr("Pinned"), self.tr("Kept on this device whatever the rules say."), self._pins)

    def _room(self) -> QFrame:
        empty = Button(self.tr("Empty"), "default", height=28)
        empty.setAccessibleName(self.tr("Empty the files"))
        empty.clicked.connect(
            lambda: self._run(self._panel.empty_files(), self.tr("Files are fetched again when you open them."))
        )
        cached = row(self._cached, empty, spacing=12)
        return card(
            self.tr("On this computer"), "",
            setting(self.tr("Last contact"), self.tr("Until then everything here is complete."), self._contact), rule(),
            setting(self.tr("Data"), self.tr("Encrypted, with the search index."), self._file), rule(),
            setting(self.tr("Opened files"), self.tr("At most 2 GB: those used longest ago give way."), framed(cached)),
        )  # fmt: skip

    # ── shown ──────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _show_rules(self, keeping: Keeping) -> None:
        self._which.choose(ALL if keeping.is_all else CHOSEN)
        self._chosen.setVisible(not keeping.is_all)
        clear(self._groups)
        for group in keeping.groups:
            self._groups.addWidget(self._group(group))
        self._days.fill([(str(days), self._days_words(days)) for days in sorted({*DAYS, keeping.days})], str(keeping.days))
        self._apply.setEnabled(keeping.is_changed)
        self._back.setVisible(keeping.is_changed)

    def _days_words(self, days: int) -> str:
        return self.tr("All of them") if not days else self.tr("The last {0} days").replace("{0}", str(days))

    def _group(self, group: GroupLine) -> QWidget:
        tick = Tick(group.name, is_on=group.is_kept)
        tick.clicked.connect(lambda is_on: self._panel.keep_group(group.id, is_kept=is_on))
        mark = IconView("users" if group.is_team else "globe", "muted", 15)
        line = row(tick, mark, spacing=8, margins=(3, 0))
        line.addWidget(ElidedLabel(group.name, "body"), 1)
        line.addWidget(label(self.tr("Team") if group.is_team else self.tr("Territory"), "small", "muted"))
        return framed(line)

    def _show_sizes(self, now: Size | None, after: Size | None) -> None:
        clear(self._table)
        if now is None:
            return
        heads = [self.tr("Records"), self.tr("Now"), *([self.tr("Then")] if after is not None else [])]
        for place, head in enumerate(heads):
            self._table.addWidget(self._figure(head, "muted", place), 0, place)
        for number, line in enumerate(lines_of(now, after), 1):
            is_other = line.after is not None and line.after != line.now
            self._table.addWidget(label(line.name, "body", "text2"), number, 0)
            self._table.addWidget(self._figure(f"{line.now:,}", "text2", 1), number, 1)
            if line.after is not None:
                self._table.addWidget(self._figure(f"{line.after:,}", "accent_text" if is_other else "text2", 2), number, 2)
        told = f"{size_text(now.size_bytes)}" if after is None else f"{size_text(now.size_bytes)} → {size_text(after.size_bytes)}"
        self._total.setText(self.tr("About {0} of records").replace("{0}", told))

    @staticmethod
    def _figure(text: str, tone: str, place: int) -> QWidget:
        shown = label(text, "small" if tone == "muted" else "body", tone, tabular=True)
        if place:
            shown.setAlignment(shown.alignment().AlignRight)
        return shown

    def _show_problem(self, problem: str) -> None:
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))

    def _show_pins(self, pins: tuple[PinLine, ...]) -> None:
        clear(self._pins)
        for pin in pins:
            self._pins.addWidget(self._pin(pin))
        if not pins:
            none = self.tr("Nothing is pinned. “Keep on this device” stands in the palette (Ctrl K) of every record.")
            self._pins.addWidget(label(none, "small", "muted", wraps=True))

    def _pin(self, pin: PinLine) -> QWidget:
        line = row(IconView(KIND_ICONS.get(pin.kind, "pin"), "text2", 16, box=30, soft="inset"), spacing=10, margins=(4, 0))
        line.addLayout(column(ElidedLabel(pin.title, "strong"), ElidedLabel(pin.detail, "small", "muted"), spacing=1), 1)
        unpin = Button(self.tr("Unpin"), "ghost", height=26)
        unpin.setAccessibleName(self.tr("Unpin {0}").replace("{0}", pin.title))
        unpin.clicked.connect(lambda: self._run(self._panel.unpin(pin), self.tr("Unpinned."), undo=True))
        line.addWidget(unpin)
        return framed(line)

    def _show_room(self, room: Room) -> None:
        contact = moment_text(room.contact, self._desk.now()) if room.contact is not None else self.tr("Not yet")
        self._contact.setText(contact)
        self._file.setText(size_text(room.file_bytes))
        self._cached.setText(size_text(room.cached_bytes) if room.cached_bytes else self.tr("None"))

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._panel.show(is_shown=True)

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._panel.show(is_shown=False)
