"""The outbox as a float above the strip: what waits, and what needs a person."""

from PySide6.QtGui import QKeyEvent, Qt
from PySide6.QtWidgets import QLayout, QWidget
from typing_extensions import override

from ui.bridge.acts import Run
from ui.bridge.bind import bind
from ui.features.outbox.viewmodel import OutboxPanel, Waiting
from ui.widgets.buttons import Button, IconButton
from ui.widgets.layout import Item, clear, column, framed, row, rule, scrolling
from ui.widgets.marks import Chip, IconView
from ui.widgets.raised import Raised
from ui.widgets.text import ElidedLabel, label

WIDTH, HEIGHT = 400, 380


class OutboxView(Raised):
    """Escape puts it away."""

    def __init__(self, window: QWidget, panel: OutboxPanel, run: Run) -> None:
        super().__init__(window, WIDTH)
        self._panel, self._run = panel, run
        self._count = label("", "small", "muted", tabular=True)
        close = IconButton("x", self.tr("Close"), "Esc", size=16, box=28)
        close.clicked.connect(self.leave)
        self._items = column(spacing=2, margins=8)
        inner = QWidget()
        inner.setLayout(self._items)
        area = scrolling(inner)
        area.setFixedHeight(HEIGHT - 100)
        head = row(label(self.tr("Outbox"), "h1"), self._count, None, close, margins=(12, 12, 10, 16))
        foot = framed(row(label(self.tr("Kept safe on this device."), "small", "muted"), None, margins=(10, 16)), "foot")
        self.hold(column(head, rule(), area, foot, spacing=0))
        bind(self, panel.rows, self._show)

    def leave(self) -> None:
        """Put it away."""
        self.hide()
        self.deleteLater()

    def _show(self, rows: tuple[Waiting, ...]) -> None:
        clear(self._items)
        refused = sum(each.state == "refused" for each in rows)
        words = self.tr("{0} waiting").replace("{0}", str(len(rows) - refused))
        needs = self.tr("{0} need you").replace("{0}", str(refused))
        self._count.setText(f"{words} · {needs}" if refused else words)
        for each in rows:
            self._items.addWidget(framed(self._row(each)))
        if not rows:
            self._items.addWidget(label(self.tr("Everything was sent."), "body", "muted"))
        self._items.addStretch(1)

    def _row(self, waiting: Waiting) -> QLayout:
        chips = {"waiting": (self.tr("Waiting"), "muted", "clock"), "sending": (self.tr("Sent"), "success", "check")}
        text, tone, mark = chips.get(waiting.state, (self.tr("Refused"), "danger", "triangle-alert"))
        right: list[Item] = [label(waiting.when_text, "tiny", "muted", tabular=True), Chip(text, tone, mark)]
        if waiting.state == "refused":
            discard = Button(self.tr("Discard"), "ghost", height=24)
            discard.clicked.connect(lambda: self._run(self._panel.discard(waiting.id)))
            right.append(discard)
        words = column(
            ElidedLabel(waiting.what, "strong"),
            ElidedLabel(waiting.problem or waiting.detail or " ", "small", "muted"),
            spacing=1,
        )
        line = row(IconView(waiting.icon, "text2", 16, box=30, soft="inset"), spacing=10, margins=(7, 8))
        line.addLayout(words, 1)
        line.addLayout(column(*right, spacing=3))
        return line

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
        else:
            super().keyPressEvent(event)
