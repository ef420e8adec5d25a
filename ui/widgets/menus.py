"""Menus: names from outside are shown as they are, and a menu that was closed is gone."""

from collections.abc import Callable

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget


class Menu(QMenu):
    """The one kind of menu: a window that is open all day would keep every QMenu that was ever opened over it."""

    def __init__(self, parent: QWidget, name: str = "") -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAccessibleName(name)

    def add_choice(self, text: str, act: Callable[[], object] | None = None, *, is_possible: bool = True) -> QAction:
        """One more line that says just this: an & in it would be taken for the sign of a key, and not be shown."""
        choice = QAction(text.replace("&", "&&"), self)
        choice.setEnabled(is_possible)
        if act is not None:
            choice.triggered.connect(lambda _checked=False: act())
        self.addAction(choice)
        return choice

    def add_mark(self, text: str, act: Callable[[], object], *, is_on: bool) -> QAction:
        """A line of which somebody sees whether it holds now."""
        choice = self.add_choice(text, act)
        choice.setCheckable(True)
        choice.setChecked(is_on)
        return choice

    def add_words(self, text: str) -> None:
        """A line that can't be chosen: why there is nothing, or what to know first."""
        self.add_choice(text, is_possible=False)

    def open_under(self, widget: QWidget) -> None:
        """Below what was pressed."""
        self.popup(widget.mapToGlobal(QPoint(0, widget.height())))
