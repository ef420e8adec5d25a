"""The outbox as a float above the strip: those that need a person first, each with what happened and its ways out."""

from collections.abc import Callable
from functools import partial
from uuid import UUID

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeyEvent, QPaintEvent, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget
from typing_extensions import override

from ui.bridge.acts import Run
from ui.bridge.bind import bind
from ui.features.outbox.viewmodel import OutboxPanel, Waiting
from ui.theme.paint import painter_on, rounded
from ui.widgets.buttons import Button, IconButton
from ui.widgets.floating import Floating
from ui.widgets.layout import clear, column, framed, row, rule, scrolling
from ui.widgets.marks import Chip, IconView
from ui.widgets.text import ElidedLabel, label
from ui.widgets.tip import set_tip

WIDTH, LEAST, MOST, SCROLL_BAR = 440, 72, 460, 14
TONES = {
    "conflict": "danger",
    "refused": "danger",
    "held": "danger",
    "needs_server": "info",
    "sending": "info",
    "sent": "success",
}
MARKS = {
    "conflict": "git-merge", "refused": "triangle-alert", "held": "hand", "needs_server": "cloud", "sent": "check",
    "waiting": "clock",
}  # fmt: skip


class OutboxView(Floating):
    """Escape puts it away. The signals carry the row: the console knows the screens that open it again."""

    decide_wanted = Signal(object)  # the conflict's id
    held_wanted = Signal()
    known_wanted = Signal(object)  # somebody's id
    reopen_wanted = Signal(object)
    open_wanted = Signal(object)
    copy_wanted = Signal(object)
    discarded = Signal(object)  # what brings it back

    def __init__(self, window: QWidget, panel: OutboxPanel, run: Run) -> None:
        super().__init__(window, WIDTH)
        self._panel, self._run = panel, run
        self._corner = (0, 0)
        self._count, self._age = label("", "small", "muted", tabular=True), label("", "small", "muted")
        self._rows = column(spacing=2, margins=8)
        inner = QWidget()
        inner.setLayout(self._rows)
        self._area = scrolling(inner)
        close = self.closing()
        self._all = Button(self.tr("Send all now"), height=30)
        self._all.clicked.connect(lambda: run(panel.retry_all()))
        head = row(label(self.tr("Outbox"), "h1"), self._count, None, close, margins=(12, 12, 10, 16))
        foot = framed(row(self._age, None, self._all, margins=(10, 12, 10, 16)), "foot")
        self.hold(column(head, rule(), self._area, foot, spacing=0))
        bind(self, panel.rows, self._show)

    def sit(self, left: int, bottom: int) -> None:
        """Keep its lower left corner there, however high it is."""
        self._corner = (left, bottom)
        self._fit()

    @property
    def right(self) -> int:
        """Where its sheet ends."""
        return self._corner[0] + self.sheet_size.width()

    def _fit(self) -> None:
        self._rows.activate()
        wanted = (
            self._rows.totalHeightForWidth(WIDTH - SCROLL_BAR)
            if self._rows.hasHeightForWidth()
            else self._rows.sizeHint().height()
        )
        self._area.setFixedHeight(max(LEAST, min(MOST, wanted)))
        self.adjustSize()
        left, bottom = self._corner
        self.place(left, bottom - self.sheet_size.height())

    def _show(self, rows: tuple[Waiting, ...]) -> None:
        focused = next((each.row_id for each in self.findChildren(OutboxRow) if each.hasFocus()), None)
        clear(self._rows)
        needing = sum(each.needs_person for each in rows)
        waiting = sum(each.count for each in rows if not each.needs_person and each.state != "sent")
        words = self.tr("{0} waiting").replace("{0}", f"{waiting:,}")
        needs = (self.tr("{0} needs you") if needing == 1 else self.tr("{0} need you")).replace("{0}", str(needing))
        self._count.setText(f"{words} · {needs}" if needing else words)
        oldest = self._panel.oldest_text
        kept = self.tr("Kept safe on this device.")
        self._age.setText(f"{self.tr('Oldest {0}.').replace('{0}', oldest)} {kept}" if oldest else kept)
        self._all.setEnabled(len(rows) > needing)
        for each in rows:
            made = OutboxRow(each, partial(self._go, each))
            self._rows.addWidget(made)
            made.show()  # else it has no height yet
            if each.id == focused:
                made.setFocus()
        if not rows:
            self._rows.addWidget(label(self.tr("Everything was sent."), "body", "muted"))
        self._rows.addStretch(1)
        if self._corner != (0, 0):
            self._fit()

    def _go(self, waiting: Waiting, way: str) -> None:
        """One of the ways out."""
        panel = self._panel
        ways: dict[str, Callable[[], object]] = {
            "decide": lambda: self.decide_wanted.emit(waiting.id), "edit": lambda: self.reopen_wanted.emit(waiting),
            "open": lambda: self.open_wanted.emit(waiting), "copy": lambda: self.copy_wanted.emit(waiting),
            "retry": lambda: self._run(panel.retry(waiting)), "restore": lambda: self._run(panel.restore(waiting)),
            "apply": lambda: self._run(panel.apply_to_survivor(waiting)), "base": lambda: self._to_base(waiting),
            "remove": lambda: self._run(panel.remove_file(waiting)), "held": self.held_wanted.emit,
            "open_known": lambda: self._open_known(waiting), "anyway": lambda: self._run(panel.create_anyway(waiting)),
            "discard": lambda: self._run(self._discard(waiting)),
        }  # fmt: skip
        ways[way]()

    def _open_known(self, waiting: Waiting) -> None:
        if waiting.entry is not None and (known := waiting.entry.values.get("id")):
            self.known_wanted.emit(UUID(hex=str(known)))

    async def _discard(self, waiting: Waiting) -> None:
        self.discarded.emit(await self._panel.discard(waiting))

    def _to_base(self, waiting: Waiting) -> None:
        """What it builds on comes into sight and takes the focus."""
        base = next((each for each in self._panel.rows.value if waiting.id in each.below), None)
        shown = next((each for each in self.findChildren(OutboxRow) if base is not None and each.row_id == base.id), None)
        if shown is not None:
            self._area.ensureWidgetVisible(shown)
            shown.setFocus()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Down, Qt.Key.Key_Up}:
            self._step(1 if event.key() == Qt.Key.Key_Down else -1)
        else:
            super().keyPressEvent(event)

    def _step(self, by: int) -> None:
        shown = self.findChildren(OutboxRow)
        here = next((place for place, each in enumerate(shown) if each.hasFocus()), -1 if by > 0 else 0)
        if shown:
            shown[(here + by) % len(shown)].setFocus()
            self._area.ensureWidgetVisible(shown[(here + by) % len(shown)])


class OutboxRow(QFrame):
    """What, detail, time and state; what happened and the ways out below. Return takes the first way."""

    def __init__(self, waiting: Waiting, go: Callable[[str], None]) -> None:
        super().__init__()
        self.row_id = waiting.id
        self._waiting, self._go = waiting, go
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(waiting.sentence)
        tone = TONES.get(waiting.state, "muted")
        mark = IconView(waiting.icon, "danger" if waiting.needs_person else "text2", 16, box=30, soft="inset")
        words = column(ElidedLabel(waiting.what, "strong"), ElidedLabel(waiting.detail or " ", "small", "muted"), spacing=1)
        chip = Chip(self._words()[waiting.state], tone, MARKS.get(waiting.state, ""))
        when = row(None, label(waiting.when_text, "tiny", "muted", tabular=True), spacing=0)
        head = row(column(mark, None), spacing=10)
        head.addLayout(words, 1)
        if not waiting.needs_person:
            head.addLayout(self._small_ways())
        head.addLayout(column(when, chip, spacing=3))
        self._body = column(head, spacing=8, margins=(7, 8))
        if waiting.trouble is not None:
            self._body.addWidget(self._trouble(waiting.trouble.title, waiting.trouble.text, is_bad=waiting.needs_person))
        if waiting.needs_person:
            self._body.addLayout(self._ways())
        self.setLayout(self._body)

    def _words(self) -> dict[str, str]:
        return {
            "conflict": self.tr("Conflict"), "refused": self.tr("Refused"), "held": self.tr("Stopped"),
            "needs_server": self.tr("Needs server"), "waiting": self.tr("Waiting"), "sending": self.tr("Sending"),
            "sent": self.tr("Sent"),
        }  # fmt: skip

    @staticmethod
    def _trouble(title: str, text: str, *, is_bad: bool) -> QFrame:
        title_line = label(title, "small_strong", "danger" if is_bad else "info")
        return framed(column(title_line, label(text, "small", "text2", wraps=True), spacing=1, margins=(0, 0, 0, 40)))

    def _small_ways(self) -> QHBoxLayout:
        """Of one that goes by itself: few will want them."""
        line = row(spacing=0)
        for way in self._waiting.ways:
            button = IconButton("pencil" if way.id == "edit" else "trash-2", way.text, size=15, box=28)
            if below := self._below(way.id):
                set_tip(button, f"{way.text}. {below}")
                button.setAccessibleDescription(below)
            button.clicked.connect(lambda _=False, way_id=way.id: self._go(way_id))
            line.addWidget(button)
        return line

    def _below(self, way_id: str) -> str:
        count = len(self._waiting.below) if way_id == "discard" else 0
        return self.tr("{0} more build on it and go with it.").replace("{0}", str(count)) if count else ""

    def _ways(self) -> QHBoxLayout:
        line = row(spacing=6, margins=(0, 0, 0, 40))
        for way in self._waiting.ways:
            below = self._below(way.id)
            count = f" ({len(self._waiting.below) + 1})" if below else ""
            button = Button(f"{way.text}{count}", "soft" if way.is_first else "default", height=26)
            set_tip(button, below)
            button.setAccessibleDescription(below)
            button.clicked.connect(lambda _=False, way_id=way.id: self._go(way_id))
            line.addWidget(button)
        line.addStretch(1)
        return line

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and self._waiting.ways:
            self._go(next((way.id for way in self._waiting.ways if way.is_first), self._waiting.ways[0].id))
        elif event.key() == Qt.Key.Key_Delete and any(way.id == "discard" for way in self._waiting.ways):
            self._go("discard")
        else:
            super().keyPressEvent(event)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        if self.hasFocus():
            rounded(painter_on(self), self.rect(), 8, "sel", "accent")
        elif self._waiting.needs_person:
            rounded(painter_on(self), self.rect(), 8, None, "line")
