"""The behaviour card with what only the console knows: its own keys, and the key of the background."""

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from ui.features.settings.behaviour_card import BehaviourCard
from ui.features.settings.behaviour_panel import BehaviourPanel
from ui.features.settings.viewmodel import SettingsPanel

if TYPE_CHECKING:
    from ui.console.console import Console


def behaviour_card(console: "Console", panel: SettingsPanel) -> QWidget:
    """A key that Patchbay itself uses may not answer from everywhere, unless it answers here too."""

    def used_here(keys: str) -> str:
        known = console.window.actions_known.all()
        return next((each.title for each in known if each.keys == keys and each.id != "call.answer"), "")

    return BehaviourCard(BehaviourPanel(panel, console.calls.background, used_here), console.run)
