"""A key that works while another program has the focus: asked for at the X server, told on Qt's event loop."""

import logging
import os
from typing import Any

from PySide6.QtCore import QObject, QSocketNotifier, Signal
from PySide6.QtGui import QGuiApplication

from app.desk.profile import KeyState

log = logging.getLogger(__name__)
MODIFIERS = {"Shift": 1 << 0, "Ctrl": 1 << 2, "Alt": 1 << 3, "Meta": 1 << 6}  # X11: ShiftMask, ControlMask, Mod1Mask, Mod4Mask
LOCKS = (0, 1 << 1, 1 << 4, 1 << 1 | 1 << 4)  # with and without Caps Lock and Num Lock, which are modifiers too
NAMES = {
    "Space": "space", "Ins": "Insert", "Del": "Delete", "PgUp": "Prior", "PgDown": "Next", "Esc": "Escape", "Enter": "KP_Enter",
    "+": "plus", "-": "minus", ",": "comma", ".": "period", "/": "slash", "#": "numbersign", "*": "asterisk",
}  # fmt: skip


def can_hear_everywhere() -> bool:
    """Only X11 lets a program ask for a key; Wayland keeps keys to the window that has the focus, also through its X11 bridge."""
    return QGuiApplication.platformName() == "xcb" and not os.environ.get("WAYLAND_DISPLAY")


class GlobalKey(QObject):
    """At most one key. `pressed`: it was, wherever the focus is."""

    pressed = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._display: Any = None
        self._notifier: QSocketNotifier | None = None
        self._held: tuple[int, int] = (0, 0)  # key code and modifiers

    def take(self, keys: str) -> KeyState:
        """Ask for this key ("Ctrl+Shift+F9"), in place of the last; "taken": another program has it."""
        self.release()
        if not can_hear_everywhere():
            return "no_system"
        if self._display is None and not self._connect():
            return "no_system"
        *modifiers, name = keys.replace("++", "+plus").split("+")
        code = self._code(name)
        if not code or any(each not in MODIFIERS for each in modifiers):
            return "unknown"
        mask = sum(MODIFIERS[each] for each in modifiers)
        self._held = (code, mask)
        if not self._grab(code, mask):
            self.release()
            return "taken"
        return "on"

    def release(self) -> None:
        """Let the key be anybody's again."""
        code, mask = self._held
        self._held = (0, 0)
        if code and self._display is not None:
            for locks in LOCKS:
                self._display.screen().root.ungrab_key(code, mask | locks)
            self._display.sync()
            self._drain()

    def _connect(self) -> bool:
        from Xlib.display import Display
        from Xlib.error import DisplayError

        try:
            self._display = display = Display()
        except DisplayError as error:
            log.warning("no key can be heard in the background: %s", error)
            return False
        self._notifier = QSocketNotifier(self._display.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._drain)
        self.destroyed.connect(lambda *_: display.close())  # with the connection every key is anybody's again
        return True

    def _code(self, name: str) -> int:
        from Xlib import XK

        keysym = XK.string_to_keysym(NAMES.get(name, name if len(name) > 1 else name.lower()))
        return int(self._display.keysym_to_keycode(keysym)) if keysym else 0

    def _grab(self, code: int, mask: int) -> bool:
        from Xlib import X
        from Xlib.error import BadAccess, CatchError

        refused = CatchError(BadAccess)
        for locks in LOCKS:
            self._display.screen().root.grab_key(code, mask | locks, True, X.GrabModeAsync, X.GrabModeAsync, onerror=refused)
        self._display.sync()
        self._drain()
        return refused.get_error() is None

    def _drain(self, *_: object) -> None:
        """Whatever the server has sent: one read may bring several, and asking for something brings them too."""
        from Xlib import X
        from Xlib.error import ConnectionClosedError

        try:
            while self._display is not None and self._display.pending_events():
                event = self._display.next_event()
                if event.type == X.KeyPress and event.detail == self._held[0]:
                    self.pressed.emit()
        except ConnectionClosedError:
            log.warning("the X server is gone")
            if self._notifier is not None:
                self._notifier.setEnabled(False)
