"""Files of a draft: dropped or pasted into the text, shown below it, taken off again."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QMimeData, Signal
from PySide6.QtWidgets import QFrame, QTextEdit
from typing_extensions import override

from app.domain.attachments.commands import SentFile
from ui.widgets.buttons import IconButton
from ui.widgets.layout import clear, column, framed, row
from ui.widgets.marks import IconView
from ui.widgets.sizes import size_text
from ui.widgets.text import ElidedLabel, label


class DraftText(QTextEdit):
    """`files_given`: paths that were dropped on it or pasted into it."""

    files_given = Signal(list)

    @override
    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        return bool(_paths(source)) or super().canInsertFromMimeData(source)

    @override
    def insertFromMimeData(self, source: QMimeData) -> None:
        if paths := _paths(source):
            self.files_given.emit(paths)
        else:
            super().insertFromMimeData(source)


def _paths(source: QMimeData) -> list[Path]:
    return [Path(url.toLocalFile()) for url in source.urls() if url.isLocalFile()]


class DraftFiles(QFrame):
    """`dropped`: the hash of one that shall not go out after all."""

    dropped = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._lines = column(spacing=2)
        self.setLayout(self._lines)
        self.hide()

    def show_files(self, files: Sequence[SentFile]) -> None:
        """What will go out."""
        clear(self._lines)
        for file in files:
            take_off = IconButton("x", self.tr("Take {0} off").replace("{0}", file.name), size=14, box=24)
            take_off.clicked.connect(lambda _checked=False, sha256=file.sha256: self.dropped.emit(sha256))
            line = row(IconView("paperclip", "muted", 13), spacing=6)
            line.addWidget(ElidedLabel(file.name, "small"), 1)
            line.addWidget(label(size_text(file.size_bytes), "tiny", "muted", tabular=True))
            line.addWidget(take_off)
            self._lines.addWidget(framed(line))
        self.setVisible(bool(files))
