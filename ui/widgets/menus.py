"""Menus: names from outside are shown as they are."""

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu


def add_choice(menu: QMenu, text: str) -> QAction:
    """One more line that says just this: an & in it would be taken for the sign of a key, and not be shown."""
    choice = QAction(text.replace("&", "&&"), menu)
    menu.addAction(choice)
    return choice
