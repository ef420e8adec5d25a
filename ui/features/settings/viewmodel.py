"""The settings of this device: phone, sound and look; saved as they are changed."""

import math
from collections import deque
from collections.abc import Callable
from typing import Literal

import msgspec

from app.desk.accounts import PhoneAccounts
from app.desk.profile import Appearance, Profile
from app.desk.sign_in import SignIn
from app.desk.telephony import PhoneDesk, PhoneTrouble
from app.kernel.clock import system_now_us
from app.kernel.columns import moment_from_us
from app.kernel.observable import Observable
from app.kernel.words import tr
from softphone.api import Device, Diagnose, Diagnostics, ListDevices, MeterLevels, PlayTest, UseSound
from ui.features.settings.accounts_panel import AccountsPanel
from ui.features.settings.dialling_panel import DiallingPanel
from ui.features.settings.report import report_text
from ui.features.settings.saving import Saved

QUIET_DB, LOUD_DB, SILENT_DB = -45.0, -6.0, -60.0


def level_words(level: float) -> str:
    """A level from 0 to 1 in decibels, and whether that is good."""
    decibels = 20 * math.log10(level) if level > 0 else SILENT_DB
    if decibels <= SILENT_DB:
        return tr("Silent")
    judged = tr("quiet") if decibels < QUIET_DB else tr("too loud") if decibels > LOUD_DB else tr("good")
    return tr("{0} dB, {1}").replace("{0}", f"{decibels:.0f}".replace("-", "−")).replace("{1}", judged)


LOUDNESS = (0, 40, 70, 100)  # percent


def loudness_of(percent: int) -> int:
    """The step that a volume is nearest to; off only where it is off."""
    return min(LOUDNESS[1:], key=lambda step: abs(step - percent)) if percent > 0 else 0


def level_judged(level: float) -> tuple[str, str]:
    """The same as one line under the meter, with what to do, and its tone."""
    decibels = 20 * math.log10(level) if level > 0 else SILENT_DB
    words = level_words(level)
    if decibels <= SILENT_DB:
        return tr("{0}. Nothing comes from this microphone.").replace("{0}", words), "muted"
    if decibels > LOUD_DB:
        return tr("{0}. Turn it down, or hold it further away.").replace("{0}", words), "danger"
    if decibels < QUIET_DB:
        return tr("{0}. Speak as on a call.").replace("{0}", words), "warning"
    return tr("{0}. Speak as on a call.").replace("{0}", words), "success"


class LevelWords:
    """Words that can be read: of the loudest level of the last second, not of each tenth."""

    KEPT = 10

    def __init__(self) -> None:
        self._levels: deque[float] = deque(maxlen=self.KEPT)

    @property
    def is_full(self) -> bool:
        """Whether a whole second was heard."""
        return len(self._levels) == self.KEPT

    def loudest(self, level: float) -> float:
        """The newest level comes in, the loudest of the last ones goes out."""
        self._levels.append(level)
        return max(self._levels)


class SettingsPanel:
    """What the settings page shows and changes."""

    def __init__(self, sign_in: SignIn, phone: PhoneDesk, accounts: PhoneAccounts) -> None:
        self.profile: Observable[Profile] = Observable(sign_in.profile)
        self.devices: Observable[tuple[Device, ...]] = Observable(())
        self.diagnostics: Observable[Diagnostics | None] = Observable(None)
        self.saved = Saved()
        self.accounts = AccountsPanel(accounts, self.diagnostics, self.saved)
        self.phone = phone
        self._sign_in = sign_in
        phone.devices.subscribe(self.devices.set)

    def dialling(self, country_name: Callable[[str], str]) -> DiallingPanel:
        """The rules of dialling."""
        return DiallingPanel(self.profile, self._sign_in, self.phone, self.saved, country_name=country_name)

    async def refresh(self) -> None:
        """Ask the phone what there is."""
        self.devices.set(tuple(msgspec.json.decode(await self.phone.do(ListDevices()), type=list[Device])))
        self.diagnostics.set(msgspec.json.decode(await self.phone.do(Diagnose()), type=Diagnostics))

    async def report(self) -> str:
        """All that is known of the phone now, as plain text; also of one that does not answer."""
        fault = self.phone.lost.value
        try:
            await self.refresh()
        except PhoneTrouble as error:
            fault = str(error)
        return report_text(
            self.diagnostics.value, accounts=self.phone.lines.all.value, audio=self.profile.value.audio,
            devices=self.devices.value, phone_fault=fault,
            when=moment_from_us(system_now_us()).isoformat(sep=" ", timespec="seconds"),
        )  # fmt: skip

    async def use_sound(self, **changes: str | int) -> None:
        """Take another `microphone`, `speaker`, `ringer` ("" is the system's choice) or `ring_volume`."""
        async with self.saved.change():
            audio = msgspec.structs.replace(self.profile.value.audio, **changes)
            self.profile.set(self._sign_in.change(audio=audio))
            await self.phone.do(UseSound(sound=audio.sound))
        await self.refresh()

    async def play(self, which: Literal["speaker", "ringer"]) -> None:
        """Let a device be heard once."""
        await self.phone.do(PlayTest(which=which))

    async def behave(self, **habits: object) -> None:
        """Change how the phone behaves."""
        async with self.saved.change():
            changed = msgspec.structs.replace(self.profile.value.habits, **habits)
            self.profile.set(self._sign_in.change(habits=changed))

    async def meter(self, *, is_on: bool) -> None:
        """Have the levels told while the page is shown."""
        await self.phone.do(MeterLevels(is_on=is_on))

    def look(self, appearance: Appearance) -> None:
        """Keep how the console looks."""
        self.profile.set(self._sign_in.change(appearance=appearance))
