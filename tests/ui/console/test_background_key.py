"""A key from outside answers while another window has the focus: real presses, on a real X server."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QObject
from shiboken6 import delete
from Xlib import XK, X
from Xlib.display import Display
from Xlib.ext import xtest

from softphone.api import Answer, CallRinging
from softphone.scripted import ScriptedSoftphone
from tests.ui.conftest import until
from tests.ui.features.settings.test_settings import page_of
from tests.ui.working import console_at_work, profile_of
from ui.bridge.global_key import GlobalKey, can_hear_everywhere
from ui.console.console import Console
from ui.features.settings.behaviour_card import BehaviourCard


class Outside:
    """Another program with a window of its own, and the fingers on the keyboard."""

    def __init__(self) -> None:
        self.display: Any = Display()
        self.window = self.display.screen().root.create_window(
            0, 0, 50, 50, 0, self.display.screen().root_depth, event_mask=X.FocusChangeMask | X.StructureNotifyMask
        )
        self.window.map()
        self.display.sync()

    def take_focus(self) -> None:
        """From whoever has it."""
        while self.window.get_attributes().map_state != X.IsViewable:
            self.display.sync()
        self.window.set_input_focus(X.RevertToParent, X.CurrentTime)
        self.display.sync()

    @property
    def has_focus(self) -> bool:
        """Whether keys go to it."""
        return bool(self.display.get_input_focus().focus == self.window)

    def press(self, *names: str) -> None:
        """Several keys together."""
        codes = [self.display.keysym_to_keycode(XK.string_to_keysym(name)) for name in names]
        for code in codes:
            xtest.fake_input(self.display, X.KeyPress, code)
        for code in reversed(codes):
            xtest.fake_input(self.display, X.KeyRelease, code)
        self.display.sync()


@pytest.fixture
def outside(application: object) -> Iterator[Outside]:
    """A stranger's program on the same screen."""
    if not can_hear_everywhere():
        pytest.skip("not on X11")
    made = Outside()
    yield made
    made.display.close()


@pytest.fixture
def owner() -> Iterator[QObject]:
    """Whose end is the key's end."""
    made = QObject()
    yield made
    delete(made)


async def test_a_key_is_heard_while_another_window_has_the_focus_whatever_is_locked(outside: Outside, owner: QObject) -> None:
    key, heard = GlobalKey(owner), []
    key.pressed.connect(lambda: heard.append(1))
    assert key.take("Ctrl+Shift+F9") == "on"
    outside.take_focus()
    outside.press("Control_L", "F9")
    outside.press("Control_L", "Shift_L", "F9")
    await until(lambda: heard)
    outside.press("Num_Lock")
    outside.press("Control_L", "Shift_L", "F9")
    await until(lambda: len(heard) == 2)
    outside.press("Num_Lock")
    assert outside.has_focus
    assert key.take("Alt+F8") == "on"
    outside.press("Control_L", "Shift_L", "F9")
    outside.press("Alt_L", "F8")
    await until(lambda: len(heard) == 3)


async def test_a_key_of_another_program_is_said_to_be_taken_and_is_free_again_after_it(outside: Outside, owner: QObject) -> None:
    root, code = outside.display.screen().root, outside.display.keysym_to_keycode(XK.XK_F7)
    root.grab_key(code, X.ControlMask, True, X.GrabModeAsync, X.GrabModeAsync)
    outside.display.sync()
    key = GlobalKey(owner)
    assert key.take("Ctrl+F7") == "taken"
    root.ungrab_key(code, X.ControlMask)
    outside.display.sync()
    assert key.take("Ctrl+F7") == "on"
    assert GlobalKey(owner).take("Ctrl+F7") == "taken"
    assert key.take("Ctrl+Nonsense") == "unknown"
    assert GlobalKey(owner).take("Ctrl+F7") == "on"


def ringing(console: Console) -> ScriptedSoftphone:
    phone = console.core.phone
    assert isinstance(phone, ScriptedSoftphone)
    phone.say(CallRinging(call_id=3, sip_call_id="3@x", number="+4930123", name="", queue="", line=1, invite_read_us=1))
    return phone


async def test_it_answers_once_it_is_switched_on_and_another_key_when_it_is_bound(tmp_path: Path, outside: Outside) -> None:
    async with console_at_work(tmp_path) as console:
        [card] = page_of(console).show_section("phone").findChildren(BehaviourCard)
        card._background.click()
        await until(lambda: profile_of(console).habits.answers_in_background)
        await until(lambda: "No other program" in card._key_note.text())
        phone = ringing(console)
        outside.take_focus()
        outside.press("Control_L", "Shift_L", "F9")
        await until(lambda: Answer(call_id=3) in phone.acts)
        phone.acts.clear()
        assert await card._panel.bind_key("Ctrl+Shift+M") != ""  # Patchbay's own: mute
        assert await card._panel.bind_key("Ctrl+Alt+J") == ""
        assert profile_of(console).habits.background_key == "Ctrl+Alt+J"
        outside.press("Control_L", "Shift_L", "F9")
        outside.press("Control_L", "Alt_L", "j")
        await until(lambda: Answer(call_id=3) in phone.acts)
        assert phone.acts.count(Answer(call_id=3)) == 1
        card._background.click()
        await until(lambda: card._key_note.text().startswith("Ctrl Alt J. Off"))
