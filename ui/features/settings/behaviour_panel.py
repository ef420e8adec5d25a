"""How the phone behaves, in words: the key of the background, Escape on a call, answering by itself. Without Qt."""

from collections.abc import Callable
from typing import Protocol

from app.desk.profile import KeyState, PhoneHabits
from app.kernel.observable import Observable
from app.kernel.words import tr
from ui.features.settings.viewmodel import SettingsPanel

AFTER_S = (0, 2, 5, 10)
SAFE_ALONE = frozenset({"Pause", "Print", "ScrollLock"})  # nobody types these


class Watch(Protocol):
    """Who hears the key while another program has the focus."""

    state: Observable[KeyState]

    def follow(self, habits: PhoneHabits) -> None:
        """Take the key that these want, or let it go."""


class BehaviourPanel:
    """`state` of the key; `used_here`: the title of Patchbay's own act with these keys, or ""."""

    def __init__(self, settings: SettingsPanel, watch: Watch, used_here: Callable[[str], str]) -> None:
        self.settings, self.state = settings, watch.state
        self._watch, self._used_here = watch, used_here

    @property
    def habits(self) -> PhoneHabits:
        """As they are kept."""
        return self.settings.profile.value.habits

    async def ask_before_hanging_up(self, *, is_on: bool) -> None:
        """Whether Escape asks whether to end the call."""
        await self.settings.behave(asks_before_hanging_up=is_on)

    async def answer_after(self, seconds: int) -> None:
        """By itself; 0 is never."""
        await self.settings.behave(answers_after_s=seconds)

    async def answer_in_background(self, *, is_on: bool) -> None:
        """Whether the key works while another program has the focus."""
        await self.settings.behave(answers_in_background=is_on)
        self._watch.follow(self.habits)

    async def bind_key(self, keys: str) -> str:
        """Another key; what is wrong with it, or "" when it is kept."""
        if problem := self.problem_of(keys):
            return problem
        await self.settings.behave(background_key=keys)
        self._watch.follow(self.habits)
        return ""

    def problem_of(self, keys: str) -> str:
        """Why these keys may not answer from everywhere."""
        *modifiers, name = keys.replace("++", "+plus").split("+")
        is_function = name.startswith("F") and name[1:].isdigit()
        if not name:
            return tr("Press a key, or several together.")
        if not {"Ctrl", "Alt", "Meta"} & set(modifiers) and not is_function and name not in SAFE_ALONE:
            return tr("Other programs need this key for typing. Press it together with Ctrl or Alt.")
        if is_function and {"Ctrl", "Alt"} <= set(modifiers):
            return tr("The system itself switches screens with this. Press another.")
        if used_by := self._used_here(keys):
            return tr("Patchbay uses this for “{0}”. Press another.").replace("{0}", used_by)
        return ""


def key_words(keys: str, state: KeyState) -> tuple[str, str]:
    """How the key stands, and the tone of it."""
    words = {
        "off": (tr("{0}. Off: answer in Patchbay, with Ctrl Shift A."), "muted"),
        "on": (tr("{0}. No other program uses it."), "muted"),
        "taken": (tr("{0} is used by another program. Choose another key."), "danger"),
        "unknown": (tr("{0} is not on this keyboard. Choose another key."), "danger"),
        "no_system": (tr("Not on this system: Patchbay can hear a key in the background under X11 only."), "muted"),
    }  # fmt: skip
    text, tone = words[state]
    return text.replace("{0}", keys.replace("+", " ")), tone


def escape_words(*, asks: bool) -> str:
    """What Escape does on a call."""
    return tr("On: Esc asks, and only your answer ends the call.") if asks else tr("Off: Esc never ends a call.")


def after_words(seconds: int) -> str:
    """The choice of answering by itself."""
    return tr("After {0} s").replace("{0}", str(seconds)) if seconds else tr("Off")
