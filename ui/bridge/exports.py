"""Where a file that is exported goes."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget


def choose_file(parent: QWidget, title: str, name: str, chosen: Callable[[Path], object]) -> None:
    """Ask for a place, without stopping anything; a table or JSON by the name's end."""
    dialog = QFileDialog(parent, title, f"{name}.csv")
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setNameFilters([parent.tr("Table (*.csv)"), parent.tr("JSON, a line each (*.json)")])
    dialog.selectFile(f"{name}.csv")
    dialog.fileSelected.connect(lambda path: chosen(Path(path)))
    dialog.open()
