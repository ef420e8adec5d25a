"""One file in a bubble: its name and size, opening and saving it, and how far it has come."""

from pathlib import Path
from uuid import UUID

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QFrame

from app.domain.attachments.queries import AttachmentCard
from ui.bridge.acts import Run
from ui.bridge.bind import bind
from ui.features.conversations.files_panel import FilesPanel, Transfer
from ui.theme.fonts import wide
from ui.widgets.buttons import IconButton
from ui.widgets.layout import row
from ui.widgets.marks import IconView
from ui.widgets.sizes import size_text
from ui.widgets.text import ElidedLabel, label
from ui.widgets.thread import BUBBLE_WIDTH

LEAST_WIDTH, NAME_WIDTH = 260, 120  # below a short text the name would have no room
MOST_WIDTH = BUBBLE_WIDTH - 24


class FileLine(QFrame):
    """Nothing is fetched before somebody wants it."""

    def __init__(self, card: AttachmentCard, panel: FilesPanel, run: Run) -> None:
        super().__init__()
        self._card, self._panel, self._run = card, panel, run
        self._state = label(size_text(card.size_bytes), "tiny", "muted", tabular=True)
        self._open = IconButton("eye", self.tr("Open {0}").replace("{0}", card.name), size=15, box=26)
        self._save = IconButton("download", self.tr("Save {0} as…").replace("{0}", card.name), size=15, box=26)
        self._cancel = IconButton("x", self.tr("Stop fetching {0}").replace("{0}", card.name), size=15, box=26)
        self._open.clicked.connect(lambda: run(self._show()))
        self._save.clicked.connect(self._ask_where)
        self._cancel.clicked.connect(lambda: panel.cancel(card.id))
        line = row(IconView("paperclip", "muted", 13), spacing=6)
        line.addWidget(ElidedLabel(card.name, "small"), 1)
        for widget in (self._state, self._open, self._save, self._cancel):
            line.addWidget(widget)
        self.setLayout(line)
        beside = LEAST_WIDTH - NAME_WIDTH
        self.setMinimumWidth(round(min(MOST_WIDTH, max(LEAST_WIDTH, wide(card.name, "small") + beside))))
        bind(self, panel.transfers, self._follow)

    def _follow(self, transfers: dict[UUID, Transfer]) -> None:
        transfer = transfers.get(self._card.id)
        self._state.setText(f"{transfer.percent} %" if transfer else size_text(self._card.size_bytes))
        self._cancel.setVisible(transfer is not None)
        for button in (self._open, self._save):
            button.setVisible(transfer is None)

    async def _show(self) -> None:
        path = await self._panel.open(self._card)
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))

    def _ask_where(self) -> None:
        dialog = QFileDialog(self, self.tr("Save the file"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.selectFile(self._card.name)
        dialog.fileSelected.connect(lambda path: self._run(self._panel.save(self._card, Path(path)), self.tr("Saved.")))
        dialog.open()
