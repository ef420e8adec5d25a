"""The sheet that erases a person for good: what goes, that nothing brings it back, and their name to be typed."""

from PySide6.QtCore import Signal
from PySide6.QtGui import Qt
from PySide6.QtWidgets import QFrame, QLabel, QStackedWidget, QWidget
from typing_extensions import override

from ui.bridge.acts import Run
from ui.bridge.bind import bind
from ui.features.contacts.erase import ErasePanel, Erasing
from ui.widgets.buttons import Button
from ui.widgets.fields import TextField
from ui.widgets.layout import clear, column, framed, row, rule
from ui.widgets.marks import IconView
from ui.widgets.pane_sheet import PaneSheet
from ui.widgets.states import LoadingRows
from ui.widgets.text import label

WIDTH, TOP, SIDE, BODY_HEIGHT = 540, 104, 20, 170
LOADING, FAILED, READY, DONE = range(4)
PAGES = {"asking": LOADING, "failed": FAILED, "ready": READY, "erasing": READY, "done": DONE}


class EraseSheet(PaneSheet):
    """`export_wanted`: all that is held, as a file, before it goes. Escape puts the sheet away; nothing was done then."""

    export_wanted = Signal()

    def __init__(self, window: QWidget, pane: QWidget, panel: ErasePanel, run: Run) -> None:
        super().__init__(window, pane, WIDTH, TOP)
        self._panel, self._run = panel, run
        self._told = column(spacing=8)
        self.name = TextField(self.tr("Type the name to confirm"))
        self.name.input.textChanged.connect(panel.type)
        self.name.input.returnPressed.connect(self._erase)
        self._loading, self._failed, self._done = LoadingRows(40), _words(), _words()
        self._pages = QStackedWidget()
        said = (_said("triangle-alert", self._failed), _said("check", self._done))
        for page in (self._loading, said[0], self._ready(), said[1]):
            self._pages.addWidget(page)
        close = self.closing()
        head = row(IconView("trash-2", "danger", 18, box=36, soft="danger_soft"), spacing=14, margins=(16, 14, 14, 20))
        head.addWidget(label(self.tr("Erase personal data"), "title"), 1)
        head.addWidget(close)
        self.hold(column(head, rule(), self._pages, self._feet(), spacing=0))
        bind(self, panel.erasing, self._show)

    def _ready(self) -> QFrame:
        self._body = QWidget()
        self._body.setLayout(self._told)
        return framed(column(self._body, self.name, spacing=12, margins=(16, SIDE, 12, SIDE)))

    def _feet(self) -> QFrame:
        self._export = Button(self.tr("Export all of it first…"), "ghost", "download", height=34)
        self._export.clicked.connect(self.export_wanted)
        self._cancel = self.cancelling()
        self._do = Button(self.tr("Erase for good"), "dangerline", height=34)
        self._do.clicked.connect(self._erase)
        return framed(row(self._export, None, self._cancel, self._do, spacing=10, margins=(12, 16, 12, 16)), "foot")

    def open(self) -> None:
        """Show it; the server is being asked."""
        self.rise()
        self.setFocus()

    @override
    def leave(self) -> None:
        """Put it away, unless the server is at it: what became of it is told here."""
        if self._cancel.isEnabled():
            super().leave()

    def _show(self, now: Erasing) -> None:
        before = self._pages.currentIndex()
        self._pages.setCurrentIndex(PAGES[now.step])
        is_ready = now.step == "ready"
        self._export.setVisible(is_ready)
        self._do.setVisible(now.step in {"ready", "erasing"})
        self._do.setEnabled(is_ready and now.is_confirmed)
        self._do.set_words(self.tr("Erasing…") if now.step == "erasing" else self.tr("Erase for good"))
        self._cancel.set_words(self.tr("Close") if now.step in {"failed", "done"} else self.tr("Cancel"))
        self._cancel.setEnabled(now.step != "erasing")
        self.name.setEnabled(is_ready)
        self.name.show_problem(now.problem if now.step == "ready" else "")
        if now.step == "asking":
            self._loading.begin()
        elif now.step == "failed":
            self._failed.setText(now.problem)
        elif now.step == "done":
            self._done.setText(
                self.tr("The data of {0} is erased. Other devices lose it when they next connect.").replace("{0}", now.name)
            )
        elif before != READY or not self._told.count():
            self._tell(now)
            self.name.input.setFocus()

    def _tell(self, now: Erasing) -> None:
        clear(self._told)
        told = self.tr("All that is known of {0} goes for good: name, numbers, addresses, what was written and said, files.")
        self._told.addWidget(label(told.replace("{0}", now.name), "body", "text2", wraps=True))
        if now.merged:
            merged = self.tr("Merged into this contact, and erased with it: {0}.").replace("{0}", ", ".join(now.merged))
            self._told.addWidget(label(merged, "body", "text2", wraps=True))
        for line in now.lines:
            self._told.addWidget(label(line, "strong", tabular=True))
        kept = self.tr("Ids, times and counts stay for statistics. Nobody can undo this, nor bring anything back from the audit.")
        self._told.addWidget(label(kept, "small", "muted", wraps=True))
        self._told.addStretch(1)
        for said in self._body.findChildren(QLabel):
            said.show()  # one that waits for it has no height yet
        self._body.setMinimumHeight(max(BODY_HEIGHT, self._told.totalHeightForWidth(WIDTH - 2 * SIDE)))  # a stack asks for none
        self.settle()

    def _erase(self) -> None:
        if self._do.isEnabled() and self._do.isVisible():
            self._run(self._panel.do())


def _words() -> QLabel:
    made = label("", "body", "text2", wraps=True)
    made.setAlignment(Qt.AlignmentFlag.AlignHCenter)
    return made


def _said(icon_name: str, words: QLabel) -> QFrame:
    """All that there is to say."""
    return framed(column(None, row(None, IconView(icon_name, "muted", 22), None), words, None, spacing=12, margins=24))
