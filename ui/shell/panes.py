"""F6 steps from pane to pane: bar, rail, the panes of the page, strip; each remembers where one was in it."""

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QAbstractItemView, QApplication, QTextEdit, QWidget
from shiboken6 import isValid


def panes_of(page: QWidget) -> list[QWidget]:
    """The widgets side by side in a page, or the page itself when it has no such parts."""
    layout = page.layout()
    items = [layout.itemAt(place) for place in range(layout.count())] if layout is not None else []
    parts = [item.widget() for item in items if item is not None and item.widget() is not None]
    shown = [part for part in parts if part is not None and part.isVisible() and _first(part) is not None]
    return shown if len(shown) > 1 else [page]


def _first(pane: QWidget) -> QWidget | None:
    """Where the focus goes in a pane that was not visited yet: its list or its text before its buttons."""
    usable = [
        widget
        for widget in pane.findChildren(QWidget)
        if widget.isVisible() and widget.isEnabled() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
    ]
    main = [widget for widget in usable if isinstance(widget, (QAbstractItemView, QTextEdit))]
    return next(iter([*main, *usable]), None)


class PaneSteps(QObject):
    """Moves the focus between panes."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._last: list[QWidget] = []
        self._is_turning = False

    def note(self, focused: QWidget | None) -> None:
        """The focus moved: remember it as the latest place of its pane."""
        if focused is not None and not self._is_turning:
            kept = [widget for widget in self._last if isValid(widget) and widget is not focused]
            self._last = [focused, *kept[:20]]

    def turn(self) -> None:
        """Another page comes up: where Qt puts the focus meanwhile is nobody's choice."""
        self._is_turning = True

    def enter(self, page: QWidget) -> None:
        """It is there: the keys go to where one was in it, else to its list or its text."""
        self._is_turning = False
        target = self._remembered(page) or _first(page)
        if target is not None:
            target.setFocus(Qt.FocusReason.OtherFocusReason)

    def step(self, panes: list[QWidget], by: int) -> None:
        """Go to the pane after (1) or before (-1) the one that has the focus."""
        focused = QApplication.focusWidget()
        visited = [pane for pane in panes if pane.isVisible() and _first(pane) is not None]
        if not visited:
            return
        here = next((place for place, pane in enumerate(visited) if focused is not None and pane.isAncestorOf(focused)), None)
        start = -1 if by > 0 else 0
        pane = visited[((start if here is None else here) + by) % len(visited)]
        target = self._remembered(pane) or _first(pane)
        if target is not None:
            target.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _remembered(self, pane: QWidget) -> QWidget | None:
        return next(
            (widget for widget in self._last if isValid(widget) and widget.isVisible() and pane.isAncestorOf(widget)), None
        )
