"""Sheets of widgets in all their states."""

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

SHEETS: dict[str, Callable[[], QWidget]] = {}
