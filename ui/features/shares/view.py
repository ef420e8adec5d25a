"""The sheet of a record's shares: who sees it beside those whom it belongs to, and letting others see it."""

from functools import partial

from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget
from typing_extensions import override

from ui.bridge.acts import Run
from ui.bridge.bind import bind
from ui.features.shares.viewmodel import Known, ShareLine, SharesPanel
from ui.widgets.buttons import Button, IconButton
from ui.widgets.choices import Option, Segmented
from ui.widgets.fields import Choice
from ui.widgets.layout import clear, column, framed, row, scrolling
from ui.widgets.marks import AvatarView, IconView
from ui.widgets.pane_sheet import PaneSheet
from ui.widgets.text import ElidedLabel, label

WIDTH, TOP, LIST_HEIGHT = 560, 110, 230


class SharesSheet(PaneSheet):
    """Escape puts it away. What is chosen takes effect at once, and can be taken back."""

    def __init__(self, window: QWidget, pane: QWidget, panel: SharesPanel, run: Run, title: str) -> None:
        super().__init__(window, pane, WIDTH, TOP)
        self._panel, self._run = panel, run
        self._lines, self._told = column(spacing=4, margins=(0, 4, 0, 0)), label("", "small", "muted", wraps=True)
        self.whom = Choice(self.tr("With whom"))
        self.level = self._level(self.tr("What they may do"))
        self.share = Button(self.tr("Share"), "primary", height=32)
        self.share.clicked.connect(self._share)
        close = self.closing()
        head = row(spacing=8, margins=(16, 14, 4, 20))
        head.addWidget(ElidedLabel(self.tr("Share {0}").replace("{0}", title), "title"), 1)
        head.addWidget(close)
        self.hold(column(head, self._body(), framed(self._foot(), "foot"), spacing=0))
        self.setAccessibleName(self.tr("Share {0}").replace("{0}", title))
        bind(self, panel.known, self._show)

    def _level(self, name: str, *, may_edit: bool = False) -> Segmented:
        made = Segmented([Option(id="see", text=self.tr("May see")), Option(id="edit", text=self.tr("May change"))], name)
        made.choose("edit" if may_edit else "see")
        return made

    def _body(self) -> QFrame:
        inner = QWidget()
        inner.setLayout(self._lines)
        area = scrolling(inner)
        area.setFixedHeight(LIST_HEIGHT)
        note = self.tr("Beside its owner, team and territory. They see what hangs on it, too.")
        return framed(column(label(note, "small", "muted", wraps=True), area, self._told, spacing=8, margins=(0, 20, 12, 20)))

    def _foot(self) -> QHBoxLayout:
        line = row(spacing=8, margins=(12, 16))
        line.addWidget(self.whom, 1)
        line.addWidget(self.level)
        line.addWidget(self.share)
        return line

    def open(self) -> None:
        """Show it over the pane, with the caret in the choice."""
        self.rise()
        self.whom.setFocus()
        self._run(self._panel.open())

    @override
    def leave(self) -> None:
        self._panel.close()
        super().leave()

    def _show(self, known: Known) -> None:
        clear(self._lines)
        for line in known.lines:
            self._lines.addWidget(self._share_line(line))
        if not known.lines:
            self._lines.addWidget(label(self.tr("Shared with nobody yet."), "body", "muted", wraps=True))
        self._lines.addStretch(1)
        here = self.tr("What this device knows: shares that others gave are on the server, and are shown when it answers.")
        self._told.setText("" if known.is_whole else here)
        self._told.setVisible(not known.is_whole)
        self.whom.fill(list(known.offered), self.whom.value)
        self.share.setEnabled(bool(known.offered))

    def _share_line(self, line: ShareLine) -> QWidget:
        mark: QWidget = IconView("users", "text2", 16, box=28, soft="inset") if line.is_team else AvatarView(line.name, 28)
        shown = row(mark, spacing=10)
        shown.addLayout(column(ElidedLabel(line.name, "strong"), ElidedLabel(line.by, "tiny", "muted"), spacing=0), 1)
        level = self._level(self.tr("What {0} may do").replace("{0}", line.name), may_edit=line.may_edit)
        level.chosen.connect(partial(self._change, line))
        shown.addWidget(level)
        out = IconButton("x", self.tr("Share with {0} no longer").replace("{0}", line.name), size=16, box=28)
        out.clicked.connect(lambda: self._run(self._panel.unshare(line.id), self.tr("No longer shared."), undo=True))
        shown.addWidget(out)
        return framed(shown)

    def _change(self, line: ShareLine, level: str) -> None:
        self._run(self._panel.share(line.whom, may_edit=level == "edit"), self.tr("Changed."), undo=True)

    def _share(self) -> None:
        if self.whom.value:
            work = self._panel.share(self.whom.value, may_edit=self.level.value == "edit")
            self._run(work, self.tr("Shared with {0}.").replace("{0}", self.whom.currentText()), undo=True)
