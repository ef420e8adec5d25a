"""The sections of the settings. A new one is a line in `sections`; what it shows is its own widget's affair."""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from ui.console.dialling import dialling_actions, dialling_card
from ui.console.dress import dress
from ui.console.phone_accounts import account_actions
from ui.console.test_call import test_actions
from ui.features.settings.section import Section
from ui.features.settings.view import SettingsPage
from ui.features.settings.viewmodel import SettingsPanel
from ui.shell.actions import Action

if TYPE_CHECKING:
    from ui.console.console import Console


def sections(console: "Console", panel: SettingsPanel) -> tuple[Section, ...]:
    """All of them, in the order of their groups: you, this device, company."""
    tr = console.tr
    here = tr("Settings of this computer only. Saved as you change them.")
    return (
        Section(
            id="account", group="you", title=tr("Account"), icon="user-round",
            words=tr("person workspace server keyring profile password change"), build=lambda: _account(console, panel),
        ),
        Section(
            id="appearance", group="you", title=tr("Look"), icon="palette", note=here,
            words=tr("appearance dark light contrast density compact text size motion"),
            build=lambda: _appearance(panel),
        ),
        Section(
            id="shortcuts", group="you", title=tr("Shortcuts"), icon="keyboard", words=tr("keys keyboard"),
            note=tr("Single letters work while nothing is typed."), build=lambda: _shortcuts(console),
        ),
        Section(
            id="phone", group="device", title=tr("Phone"), icon="phone", note=here,
            words=tr("sip line account password proxy transport codec encryption audio sound microphone speaker headset level "
                "ringer ring bell volume dialling rules prefix national number"),
            build=lambda: _phone(console, panel), side=lambda: _saved(panel),
        ),
        Section(
            id="devices", group="you", title=tr("Devices"), icon="monitor",
            words=tr("sessions lost stolen erase wipe revoke sign out"),
            note=tr("Where you are signed in, and taking your data off a computer that you no longer have."),
            build=lambda: _devices(console),
        ),
        Section(
            id="storage", group="device", title=tr("Offline data"), icon="hard-drive",
            note=tr("What Patchbay keeps on this computer, so that everything works without a network."),
            words=tr("encryption key replica lock files space cache scope teams days pins size keep device"),
            build=lambda: _storage(console),
        ),
        Section(
            id="recording", group="company", title=tr("Recording"), icon="circle-dot",
            note=tr("Which calls are recorded, and for how long recordings are kept. For everybody in the workspace."),
            words=tr("record calls announce consent retention delete days"), build=lambda: _recording(console),
            is_possible=lambda: console.core.desk.may("tenant:edit"),
        ),
        *console.people_glue.sections(),
        console.audit.section(),
    )  # fmt: skip


def settings_page(console: "Console") -> SettingsPage:
    """The page with every section."""
    page = SettingsPage(sections(console, _panel(console)))
    page.turned.connect(lambda _: console.window.actions_known.changed.emit())  # some are of one section alone
    return page


def _panel(console: "Console") -> SettingsPanel:
    return SettingsPanel(console.core.sign_in, console.core.calls, console.core.accounts)


def settings_actions(console: "Console") -> list[Action]:
    """Each section in the palette, and the field that finds one."""
    group = console.tr("Settings")
    known = sections(console, _panel(console))
    opened = [
        Action(
            id=f"settings.{each.id}", title=console.tr("Settings: {0}").replace("{0}", each.title), group=group, icon=each.icon,
            rank=2, run=partial(console.open_settings, each.id), is_possible=each.is_possible,
        )
        for each in known
    ]  # fmt: skip
    find = Action(
        id="settings.find", title=console.tr("Find a setting"), group=group, icon="search", rank=2,
        run=console.find_setting, is_possible=lambda: console.window.page == "settings",
    )  # fmt: skip
    return [*opened, find, *account_actions(console), *test_actions(console), *dialling_actions(console)]


def _account(console: "Console", panel: SettingsPanel) -> QWidget:
    from app.desk.letting_in import LettingIn
    from ui.features.settings.account import AccountSection
    from ui.features.settings.password_card import PasswordCard
    from ui.features.settings.password_panel import PasswordPanel

    core = console.core
    password = PasswordCard(PasswordPanel(LettingIn(core.rest), core.sign_in), console.run)
    return AccountSection(panel, core.desk, password)


def _appearance(panel: SettingsPanel) -> QWidget:
    from ui.features.settings.appearance import AppearanceSection

    section = AppearanceSection(panel)
    section.changed.connect(dress)
    return section


def _shortcuts(console: "Console") -> QWidget:
    from ui.features.settings.shortcuts import Shortcut, ShortcutsSection

    def keys() -> list[Shortcut]:
        known = console.window.actions_known.all()
        return [
            Shortcut(group=each.group, title=each.title, caps=each.caps)
            for each in known
            if each.keys and not each.id.startswith("pick.")
        ]

    return ShortcutsSection(keys)


def _phone(console: "Console", panel: SettingsPanel) -> QWidget:
    from ui.console.behaviour import behaviour_card
    from ui.features.settings.accounts_card import AccountsCard
    from ui.features.settings.diagnostics_line import DiagnosticsLine
    from ui.features.settings.phone import PhoneSection
    from ui.features.settings.sound_card import SoundCard
    from ui.features.settings.test_call_card import EchoCallCard
    from ui.features.settings.test_call_panel import EchoPanel

    run = console.run
    left = (AccountsCard(panel.accounts, run), SoundCard(panel, run), dialling_card(console, panel))
    test = EchoCallCard(EchoPanel(panel, console.core.echo), run)
    right = (test, behaviour_card(console, panel), DiagnosticsLine(panel, run))
    return PhoneSection(panel, run, left=left, right=right)


def _saved(panel: SettingsPanel) -> QWidget:
    from ui.features.settings.saved_chip import SavedChip

    return SavedChip(panel.saved)


def _recording(console: "Console") -> QWidget:
    from ui.features.settings.recording_panel import RecordingPanel
    from ui.features.settings.recording_section import RecordingSection

    return RecordingSection(RecordingPanel(console.core.desk), console.run)


def _devices(console: "Console") -> QWidget:
    from app.desk.devices import Devices
    from ui.features.settings.devices import DevicesSection
    from ui.features.settings.devices_panel import DevicesPanel

    return DevicesSection(DevicesPanel(Devices(console.core.rest), console.core.desk), console.run)


def _storage(console: "Console") -> QWidget:
    from ui.features.settings.offline import OfflineSection
    from ui.features.settings.offline_panel import OfflinePanel
    from ui.features.settings.storage import StorageSection

    core = console.core
    panel = OfflinePanel(core.desk, core.replica, core.syncer, core.files)
    return OfflineSection(panel, core.desk, console.run, StorageSection(core.custody, console.run))
