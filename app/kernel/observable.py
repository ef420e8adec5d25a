"""A value that tells who looks at it when it changes; knows no window."""

from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")
Unsubscribe = Callable[[], None]


class Observable(Generic[T]):
    """Holds one value. Subscribers hear every set that changes it, on the caller's thread, in the order they came."""

    def __init__(self, value: T) -> None:
        self._value = value
        self._subscribers: list[Callable[[T], None]] = []

    @property
    def value(self) -> T:
        """What it is now."""
        return self._value

    def set(self, value: T) -> None:
        """Change it; nobody hears of a value equal to the last."""
        if value != self._value:
            self._value = value
            for subscriber in tuple(self._subscribers):
                subscriber(value)

    def subscribe(self, subscriber: Callable[[T], None]) -> Unsubscribe:
        """Hear of every change from now on, until the returned function is called."""
        self._subscribers.append(subscriber)

        def unsubscribe() -> None:
            if subscriber in self._subscribers:
                self._subscribers.remove(subscriber)

        return unsubscribe
