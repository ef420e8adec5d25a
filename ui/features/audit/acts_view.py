"""What one did, as a float above the strip: the latest acts, each with Undo or the reason why not."""

from PySide6.QtWidgets import QWidget

from ui.bridge.acts import Run
from ui.bridge.bind import bind
from ui.features.audit.acts import ActsPanel, Done
from ui.widgets.buttons import Button
from ui.widgets.floating import Floating
from ui.widgets.layout import Item, clear, column, framed, row, rule, scrolling
from ui.widgets.states import EmptyState
from ui.widgets.text import ElidedLabel, label
from ui.widgets.tip import set_tip

WIDTH, HEIGHT = 460, 440


class ActsView(Floating):
    """Escape puts it away."""

    def __init__(self, window: QWidget, panel: ActsPanel, run: Run) -> None:
        super().__init__(window, WIDTH)
        self._panel, self._run = panel, run
        close = self.closing()
        self._items = column(spacing=2, margins=8)
        inner = QWidget()
        inner.setLayout(self._items)
        area = scrolling(inner)
        area.setFixedHeight(HEIGHT - 100)
        head = row(label(self.tr("What I did"), "h1"), None, close, margins=(12, 12, 10, 16))
        told = label(self.tr("On this device. Ctrl Z takes the latest back."), "small", "muted", wraps=True)
        self.hold(column(head, rule(), area, framed(row(told, margins=(10, 16)), "foot"), spacing=0))
        bind(self, panel.rows, self._show)
        bind(self, panel.note, lambda note: told.setText(note) if note else None)
        self.destroyed.connect(panel.stop)

    def _show(self, rows: tuple[Done, ...]) -> None:
        clear(self._items)
        for each in rows:
            self._items.addWidget(self._row(each))
        if not rows:
            self._items.addWidget(EmptyState(self.tr("Nothing yet on this device.")))
        if self._panel.has_more.value:
            more = Button(self.tr("Show earlier"), height=28)
            more.clicked.connect(lambda: self._run(self._panel.more()))
            self._items.addLayout(row(None, more, None, margins=(8, 0)))
        self._items.addStretch(1)

    def _row(self, done: Done) -> QWidget:
        under = " · ".join(part for part in (done.when, done.state) if part)
        said: list[Item] = [ElidedLabel(done.detail, "small", "text2")] if done.detail else []
        line = row(spacing=10, margins=(7, 8))
        line.addLayout(column(ElidedLabel(done.what, "strong"), *said, ElidedLabel(under, "small", "muted"), spacing=1), 1)
        right: Item = self._undo(done)
        if isinstance(right, QWidget):
            line.addWidget(right)
        frame = framed(line)
        frame.setAccessibleName(done.sentence)
        return frame

    def _undo(self, done: Done) -> Button:
        undo = Button(self.tr("Undo"), "ghost", "undo-2", height=28)
        undo.setEnabled(not done.why_not)
        set_tip(undo, done.why_not)
        undo.setAccessibleDescription(done.why_not)
        undo.clicked.connect(lambda: self._run.telling(self._panel.undo(done.id)))
        return undo
