"""A sheet over the pane with a record that only the server has: to read, and to keep."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QWidget
from typing_extensions import override

from app.desk.desk import Desk
from ui.bridge.acts import Run
from ui.bridge.bind import bind
from ui.features.away.viewmodel import Away, AwayPanel, Said
from ui.features.when import moment_text
from ui.widgets.buttons import Button
from ui.widgets.layout import clear, column, framed, row, rule, scrolling
from ui.widgets.marks import AvatarView, Chip
from ui.widgets.pane_sheet import PaneSheet
from ui.widgets.states import EmptyState, LoadingRows
from ui.widgets.text import ElidedLabel, label

WIDTH, BODY_HEIGHT, TOP = 560, 340, 104


class AwaySheet(PaneSheet):
    """Follows the panel; Escape puts it away. `left`: nothing is looked at any more."""

    left = Signal()

    def __init__(self, window: QWidget, pane: QWidget, panel: AwayPanel, desk: Desk, run: Run) -> None:
        super().__init__(window, pane, WIDTH, TOP)
        self._panel, self._desk, self._run = panel, desk, run
        self._who = row(spacing=14, margins=(16, 14, 14, 20))
        self._lines = column(spacing=8, margins=(14, 20, 14, 20))
        inner = QWidget()
        inner.setLayout(self._lines)
        area = scrolling(inner)
        area.setFixedHeight(BODY_HEIGHT)
        self._keep = Button(self.tr("Keep on this device"), "primary", "pin", height=34)
        self._keep.clicked.connect(lambda: run(panel.keep()))
        feet = row(spacing=10, margins=(12, 16, 12, 20))
        feet.addWidget(
            label(self.tr("Looked at on the server. Kept here, it works without a network."), "small", "muted", wraps=True), 1
        )
        feet.addWidget(self._keep)
        self.hold(column(self._who, rule(), area, framed(feet, "foot"), spacing=0))
        bind(self, panel.shown, self._show)
        bind(self, panel.is_keeping, self._show_keeping)

    def open(self) -> None:
        """Show it in the middle."""
        self.rise()
        self._keep.setFocus()

    @override
    def leave(self) -> None:
        """Look no more: what is shown goes then, and the sheet with it."""
        self._panel.close()

    def _show(self, away: Away | None) -> None:
        if away is None:
            super().leave()
            self.left.emit()
            return
        self.setAccessibleName(away.title)
        self._show_head(away)
        clear(self._lines)
        self._keep.setEnabled(not away.is_loading and not away.problem)
        if away.is_loading:
            loading = LoadingRows(42)
            loading.setMinimumHeight(BODY_HEIGHT - 40)
            loading.begin()
            self._lines.addWidget(loading)
        elif away.problem:
            self._lines.addWidget(EmptyState(away.problem, icon_name="cloud-off"))
        for name, value in away.facts:
            self._lines.addWidget(_fact(name, value))
        for said in away.said:
            self._lines.addWidget(self._said(said))
        if not (away.facts or away.said or away.problem or away.is_loading):
            self._lines.addWidget(label(self.tr("Nothing else is known."), "body", "muted"))
        self._lines.addStretch(1)

    def _show_head(self, away: Away) -> None:
        clear(self._who)
        self._who.addWidget(AvatarView(away.who or away.title, 44, is_company=away.kind == "account"))
        self._who.addLayout(
            column(ElidedLabel(away.title, "title"), ElidedLabel(away.under or " ", "small", "muted"), spacing=2), 1
        )
        self._who.addWidget(Chip(self.tr("On the server"), "info", "cloud", height=22))
        close = self.closing()
        self._who.addWidget(close)

    def _show_keeping(self, is_keeping: bool) -> None:
        self._keep.set_words(self.tr("Fetching…") if is_keeping else self.tr("Keep on this device"))
        self._keep.setEnabled(not is_keeping)

    def _said(self, said: Said) -> QFrame:
        head = row(label(said.who, "small_strong"), None, spacing=8)
        head.addWidget(label(moment_text(said.at, self._desk.now()), "tiny", "muted", tabular=True))
        return framed(column(head, label(said.text, "body", "text2", wraps=True), spacing=2, margins=(8, 10)), "inset")


def _fact(name: str, value: str) -> QFrame:
    key = label(name, "body", "muted")
    key.setFixedWidth(120)
    line = row(key, spacing=12)
    line.addWidget(label(value, "body", wraps=True, tabular=True), 1)
    return framed(line)
