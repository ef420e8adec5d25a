"""The answer key that works while another program has the focus."""

from collections.abc import Callable

from PySide6.QtCore import QObject

from app.desk.profile import KeyState, PhoneHabits
from app.kernel.observable import Observable
from ui.bridge.global_key import GlobalKey, can_hear_everywhere


class BackgroundKey(QObject):
    """Follows the habits of this device; `state` says whether the key is heard."""

    def __init__(self, owner: QObject, habits: PhoneHabits, answer: Callable[[], None]) -> None:
        super().__init__(owner)
        self.state: Observable[KeyState] = Observable("off")
        self._key = GlobalKey(self)
        self._key.pressed.connect(answer)
        self.follow(habits)

    def follow(self, habits: PhoneHabits) -> None:
        """Take the key that these want, or let it go."""
        if habits.answers_in_background:
            self.state.set(self._key.take(habits.background_key))
        else:
            self._key.release()
            self.state.set("off" if can_hear_everywhere() else "no_system")
