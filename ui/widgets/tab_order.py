"""Tab through what is laid out, in the order in which it is: what was made later stands where it is seen."""

from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLayout, QScrollArea, QStackedWidget, QWidget

TAB = Qt.FocusPolicy.TabFocus


def step_within(root: QWidget, *, is_next: bool) -> None:
    """The focus goes on to the next stop in it, or back, and round at its ends."""
    stops, here = list(stops_of(root)), QApplication.focusWidget()
    if stops:
        at = stops.index(here) if here in stops else -1 if is_next else 0
        reason = Qt.FocusReason.TabFocusReason if is_next else Qt.FocusReason.BacktabFocusReason
        stops[(at + (1 if is_next else -1)) % len(stops)].setFocus(reason)


def stops_of(widget: QWidget) -> Iterator[QWidget]:
    """Where Tab stops in it, in the order of its layouts."""
    if isinstance(widget, QScrollArea):
        inner = [widget.widget()]
    elif isinstance(widget, QStackedWidget):
        inner = [widget.currentWidget()]
    else:
        layout = widget.layout()
        inner = list(_widgets(layout)) if layout is not None else []
    for each in inner:
        if each is not None and each.isVisible() and each.isEnabled():
            if (each.focusPolicy() & TAB) == TAB:
                yield each
            yield from stops_of(each)


def _widgets(layout: QLayout) -> Iterator[QWidget]:
    for place in range(layout.count()):
        item = layout.itemAt(place)
        if item is None:
            continue
        below, widget = item.layout(), item.widget()
        if below is not None:
            yield from _widgets(below)
        elif widget is not None:
            yield widget
