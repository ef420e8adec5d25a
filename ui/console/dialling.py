"""What ties the rules of dialling and the phone's report to the frame: the card, its sheet, and both in the palette."""

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from ui.shell.actions import Action

if TYPE_CHECKING:
    from ui.console.console import Console
    from ui.features.settings.dialling_panel import DiallingPanel
    from ui.features.settings.viewmodel import SettingsPanel


def dialling_card(console: "Console", panel: "SettingsPanel") -> QWidget:
    """The card, which opens the sheet over the pane."""
    from ui.features.settings.dialling_card import DiallingCard
    from ui.widgets.languages import country_name

    dialling = panel.dialling(country_name)
    return DiallingCard(dialling, lambda: _open_rules(console, dialling))


def _open_rules(console: "Console", panel: "DiallingPanel") -> None:
    from app.kernel.phone import COUNTRIES
    from ui.features.settings.dialling_sheet import RulesSheet
    from ui.widgets.languages import country_name

    if not any(sheet.isVisible() for sheet in console.window.findChildren(RulesSheet)):
        countries = sorted(((code, country_name(code)) for code in COUNTRIES), key=lambda each: each[1])
        RulesSheet(console.window, console.window.pane, panel, console.run, countries).open()


def dialling_actions(console: "Console") -> tuple[Action, ...]:
    """From everywhere: they go to the phone's page first."""
    group = console.tr("Settings")
    return (
        Action(
            id="phone.rules", title=console.tr("Rules of dialling…"), group=group, icon="list-ordered", rank=2,
            run=lambda: _begin_rules(console),
        ),
        Action(
            id="phone.report", title=console.tr("Copy the phone's report"), group=group, icon="copy", rank=2,
            run=lambda: _copy_report(console),
        ),
    )  # fmt: skip


def _begin_rules(console: "Console") -> None:
    from ui.features.settings.dialling_card import DiallingCard

    console.open_settings("phone")
    for card in console.window.findChildren(DiallingCard):
        card.open_rules()


def _copy_report(console: "Console") -> None:
    from ui.features.settings.diagnostics_line import DiagnosticsLine

    console.open_settings("phone")
    for line in console.window.findChildren(DiagnosticsLine):
        line.copy()
