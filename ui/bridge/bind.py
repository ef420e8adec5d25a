"""Ties a widget to an observable for as long as the widget lives."""

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from app.kernel.observable import Observable

T = TypeVar("T")


def bind(widget: QWidget, observable: Observable[T], show: Callable[[T], object]) -> None:
    """Show the value now and whenever it changes; ends with the widget."""

    def told(value: T) -> None:
        if isValid(widget):
            show(value)
        else:
            unsubscribe()

    unsubscribe = observable.subscribe(told)
    widget.destroyed.connect(unsubscribe)
    show(observable.value)
