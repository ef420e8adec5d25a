"""Every act of the console as data: the palette lists them, the shortcuts come from them."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractItemView, QApplication, QComboBox, QLineEdit, QPlainTextEdit, QTextEdit, QWidget

from ui.widgets.pane_sheet import PaneSheet

NO_LETTER = re.compile(r"F\d+|Esc")  # keys that type nothing
GLYPHS = {"Shift": "⇧", "Return": "↵", "Escape": "Esc", "Up": "↑", "Down": "↓"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One thing that can be done. `keys` as QKeySequence reads it ("Ctrl+Shift+A"; "G, I" for one after the other)."""

    id: str
    title: str
    group: str
    run: Callable[[], object]
    keys: str = ""
    icon: str = "zap"
    detail: str = ""
    is_possible: Callable[[], bool] = lambda: True
    is_hint: bool = False  # shown in the status strip while it is possible
    in_palette: bool = True
    rank: int = 0  # groups of a lower rank stand first in the palette, then those that were known first

    @property
    def caps(self) -> tuple[str, ...]:
        """The keys as they stand on key caps."""
        parts = [part for chord in self.keys.split(", ") for part in chord.split("+")]
        return tuple(GLYPHS.get(part, part) for part in parts if part)

    @property
    def is_letter(self) -> bool:
        """Whether its first key types a character: it works only where nothing is typed."""
        return bool(self.keys) and "+" not in self.keys and not NO_LETTER.fullmatch(self.keys)


class ActionRegistry(QObject):
    """Knows every action; `changed` is sent when one was added or what is possible may have changed."""

    changed = Signal()

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._actions: dict[str, Action] = {}
        self._shortcuts: dict[str, QShortcut] = {}

    def add(self, *actions: Action) -> None:
        """Make actions known; a key that is taken raises ValueError, so that a clash is seen at once."""
        for action in actions:
            clash = next(
                (each.id for each in self._actions.values() if action.keys and each.keys == action.keys and each.id != action.id),
                None,
            )
            if clash is not None:
                raise ValueError(f"{action.keys} is taken by {clash}, wanted by {action.id}")
            self._actions[action.id] = action
            if action.keys and action.id not in self._shortcuts:
                self._install(action)
        self.changed.emit()

    def _install(self, action: Action) -> None:
        shortcut = QShortcut(QKeySequence(action.keys), self._window)
        shortcut.setContext(Qt.ShortcutContext.ApplicationShortcut)
        shortcut.activated.connect(lambda: self.run(action.id))
        self._shortcuts[action.id] = shortcut

    def run(self, action_id: str) -> None:
        """Do it, if it is possible now."""
        action = self._actions[action_id]
        if action.is_possible():
            action.run()

    def get(self, action_id: str) -> Action:
        """One action."""
        return self._actions[action_id]

    def all(self) -> list[Action]:
        """Every action, possible now or not."""
        return list(self._actions.values())

    def possible(self) -> list[Action]:
        """What can be done now."""
        return [action for action in self._actions.values() if action.is_possible()]

    def follow_focus(self) -> None:
        """Single letters sleep while a text field has the focus: what is typed goes there. And while a sheet is answered."""
        focused = QApplication.focusWidget()
        is_asleep = takes_letters(focused) or _is_in_sheet(focused)
        for action_id, shortcut in self._shortcuts.items():
            shortcut.setEnabled(not (is_asleep and self._actions[action_id].is_letter))
        self.changed.emit()

    def hints(self) -> list[Action]:
        """Those of the strip whose keys work now."""
        return [each for each in self.possible() if each.is_hint and each.keys and self._shortcuts[each.id].isEnabled()]


def takes_letters(widget: QWidget | None) -> bool:
    """Whether what is typed goes into this."""
    if isinstance(widget, (QTextEdit, QPlainTextEdit)):
        return not widget.isReadOnly()
    return isinstance(widget, (QLineEdit, QComboBox)) or _is_in_open_choice(widget)


def _is_in_sheet(widget: QWidget | None) -> bool:
    """What lies behind a sheet is dimmed: no key is for that."""
    while widget is not None and not isinstance(widget, PaneSheet):
        widget = widget.parentWidget()
    return widget is not None


def _is_in_open_choice(widget: QWidget | None) -> bool:
    """What is typed goes to the choice that begins so."""
    return isinstance(widget, QAbstractItemView) and widget.window().windowType() is Qt.WindowType.Popup
