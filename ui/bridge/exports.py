"""Where a file that is exported goes."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget


def choose_file(
    parent: QWidget, title: str, name: str, chosen: Callable[[Path], object], *, forms: tuple[str, ...] = ("csv", "json")
) -> None:
    """Ask for a place, without stopping anything; a table or JSON by the name's end."""
    dialog = QFileDialog(parent, title, f"{name}.{forms[0]}")
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    filters = {"csv": parent.tr("Table (*.csv)"), "json": parent.tr("JSON, a line each (*.json)")}
    dialog.setNameFilters([filters[form] for form in forms])
    dialog.selectFile(f"{name}.{forms[0]}")
    dialog.fileSelected.connect(lambda path: chosen(Path(path)))
    dialog.open()
