"""What ties the phone's accounts to the frame: a new one and another sign-in, from the palette."""

from typing import TYPE_CHECKING

from softphone.api import MOST_ACCOUNTS
from ui.shell.actions import Action

if TYPE_CHECKING:
    from ui.console.console import Console


def account_actions(console: "Console") -> tuple[Action, ...]:
    """A new one goes to the phone's page first; at four there is no way to it, as on the page."""
    group, core = console.tr("Settings"), console.core
    return (
        Action(
            id="phone.account", title=console.tr("Add a phone account…"), group=group, icon="plus", rank=2,
            run=lambda: _begin_account(console), is_possible=lambda: len(core.accounts.known) < MOST_ACCOUNTS,
        ),
        Action(
            id="phone.sign_in", title=console.tr("Sign the phone in again"), group=group, icon="refresh-cw", rank=2,
            run=lambda: console.run(core.accounts.sign_all_in()), is_possible=lambda: bool(core.accounts.known),
        ),
    )  # fmt: skip


def _begin_account(console: "Console") -> None:
    from ui.features.settings.account_sheet import AccountSheet
    from ui.features.settings.accounts_card import AccountsCard

    console.open_settings("phone")
    if not any(sheet.isVisible() for sheet in console.window.findChildren(AccountSheet)):
        for card in console.window.findChildren(AccountsCard):
            card.open_sheet("")
