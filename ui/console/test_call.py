"""The test call from the palette and by its letter: to its card, and off it goes."""

from typing import TYPE_CHECKING

from ui.features.settings.view import SettingsPage
from ui.shell.actions import Action

if TYPE_CHECKING:
    from ui.console.console import Console


def test_actions(console: "Console") -> tuple[Action, ...]:
    """From everywhere in the palette; by T only where the card is seen, where the same key ends it."""
    title, group = console.tr("Test call"), console.tr("Settings")

    def is_seen() -> bool:
        page = console.window.stack.currentWidget()
        return isinstance(page, SettingsPage) and page.section == "phone"

    return (
        Action(
            id="phone.test", title=title, group=group, icon="phone-call", detail=console.tr("calls the echo service"),
            rank=2, run=lambda: _begin(console), is_possible=lambda: not is_seen(),
        ),
        Action(
            id="phone.test_here", title=title, group=group, icon="phone-call", keys="T", rank=2, run=lambda: _toggle(console),
            is_possible=is_seen, is_hint=True,
        ),
    )  # fmt: skip


def _begin(console: "Console") -> None:
    console.open_settings("phone")
    if not console.core.echo.run.value.is_on:
        _toggle(console)


def _toggle(console: "Console") -> None:
    from ui.features.settings.test_call_card import EchoCallCard  # built by now: not before the first painted window

    card = console.window.findChild(EchoCallCard)
    if isinstance(card, EchoCallCard):
        card.toggle()
