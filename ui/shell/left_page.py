"""What stands in the window after the data of this device was erased: why, and what was not sent, once."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QFrame, QWidget

from ui.widgets.buttons import Button
from ui.widgets.layout import Item, column, framed, row, scrolling
from ui.widgets.marks import IconView
from ui.widgets.text import ElidedLabel, label

WIDTH, LIST_HEIGHT = 460, 220


class LeftPage(QFrame):
    """`go_on`: to the sign-in page. `saved`: the file in which the person wants what was not sent."""

    go_on = Signal()
    saved = Signal(str)

    def __init__(self, title: str, text: str, acts: Sequence[tuple[str, str]] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "s0")
        words = label(text, "body", "text2", wraps=True)
        items: list[Item] = [
            row(IconView("shield-check", "accent", 20, box=40, soft="inset"), None), label(title, "title", wraps=True), words,
        ]  # fmt: skip
        self.save = Button(self.tr("Save this list as a file…"), "ghost", "download", height=32, stretches=True)
        self.save.clicked.connect(self._ask_where)
        if acts:
            lines = [
                column(ElidedLabel(what, "strong"), ElidedLabel(detail, "small", "muted"), spacing=1) for what, detail in acts
            ]
            inner = QWidget()
            inner.setLayout(column(*lines, None, spacing=8, margins=10))
            area = scrolling(inner)
            area.setFixedHeight(min(LIST_HEIGHT, 24 + 44 * len(acts)))
            items += [framed(column(area, spacing=0), "soft"), self.save]
        self.next = Button(self.tr("Sign in again"), "primary", height=38, stretches=True)
        self.next.clicked.connect(self.go_on)
        card = framed(column(*items, 4, self.next, spacing=12, margins=(20, 28, 24, 28)), "card", width=WIDTH)
        self.setLayout(column(None, row(None, card, None), None))
        self.next.setFocus()

    def _ask_where(self) -> None:
        dialog = QFileDialog(self, self.tr("Save what was not sent"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.selectFile("patchbay-not-sent.json")
        dialog.fileSelected.connect(self.saved)
        dialog.open()
