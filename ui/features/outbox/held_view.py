"""The dialog for deletions that were stopped: all that would go, by name, and a button for each answer."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QWidget

from ui.bridge.acts import Run
from ui.bridge.bind import bind
from ui.features.acts import ICONS_OF_NOUNS
from ui.features.outbox.held import Held, HeldLine, HeldPanel
from ui.widgets.buttons import Button
from ui.widgets.layout import clear, column, framed, row, rule, scrolling
from ui.widgets.marks import IconView
from ui.widgets.pane_sheet import PaneSheet
from ui.widgets.text import ElidedLabel, label

WIDTH, LIST_HEIGHT = 560, 280


class HeldDialog(PaneSheet):
    """Escape decides nothing: they stay in the outbox. The dialog goes when nothing is held any more."""

    def __init__(self, window: QWidget, pane: QWidget, panel: HeldPanel, run: Run) -> None:
        super().__init__(window, pane, WIDTH, stays=True)
        self._panel, self._run = panel, run
        self._title, self._text = label("", "title", wraps=True), label("", "body", "text2", wraps=True)
        self._lines = column(spacing=0, margins=(6, 20, 6, 20))
        inner = QWidget()
        inner.setLayout(self._lines)
        area = scrolling(inner)
        area.setFixedHeight(LIST_HEIGHT)
        close = self.closing(self.tr("Decide later"))
        mark = IconView("trash-2", "danger", 18, box=36, soft="danger_soft")
        head = row(column(mark, None), spacing=14, margins=(18, 16, 14, 20))
        head.addLayout(column(self._title, self._text, spacing=4), 1)
        head.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        self.hold(column(head, rule(), area, self._feet(), spacing=0))
        bind(self, panel.held, self._show)

    def _feet(self) -> QFrame:
        note = label(
            self.tr("Not sure? Decide later and ask an administrator, who can confirm them too."), "small", "muted", wraps=True
        )
        self._keep = Button(self.tr("Keep them all"), "primary", height=34)
        self._keep.clicked.connect(lambda: self._run(self._panel.keep(), self.tr("Nothing was deleted.")))
        delete = Button(self.tr("Delete them"), "dangerline", height=34)
        delete.clicked.connect(lambda: self._run(self._panel.confirm(), self.tr("They are deleted now.")))
        feet = row(spacing=10, margins=(12, 16, 12, 20))
        feet.addWidget(note, 1)
        feet.addWidget(delete)
        feet.addWidget(self._keep)
        return framed(feet, "foot")

    def open(self) -> None:
        """Show it; the focus is on the answer that changes nothing."""
        self.rise()
        self._keep.setFocus()

    def _show(self, held: Held | None) -> None:
        if held is None:
            self.leave()
            return
        self._title.setText(held.title)
        self._text.setText(held.text)
        self.setAccessibleName(f"{held.title}. {held.text}")
        clear(self._lines)
        for each in held.lines:
            self._lines.addWidget(_named(each))
        if held.more:
            self._lines.addWidget(label(self.tr("and {0} more").replace("{0}", f"{held.more:,}"), "small", "muted"))
        self._lines.addStretch(1)


def _named(each: HeldLine) -> QFrame:
    line = row(IconView(ICONS_OF_NOUNS.get(each.kind, "trash-2"), "muted", 15), spacing=10, margins=(5, 0))
    line.addWidget(ElidedLabel(each.title or each.what, "body"), 1)
    line.addWidget(label(each.what, "small", "muted"))
    return framed(line)
