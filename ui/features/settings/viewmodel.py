"""The settings of this device: phone, sound and look; saved as they are changed."""

import math
from dataclasses import dataclass

import msgspec

from app.desk.profile import Appearance, Profile, SipSettings
from app.desk.sign_in import SignIn
from app.desk.telephony import PhoneDesk
from app.kernel.errors import BadValue
from app.kernel.observable import Observable
from app.kernel.words import tr
from softphone.api import (
    Account,
    Device,
    Diagnose,
    Diagnostics,
    ListDevices,
    MeterLevels,
    Register,
    RegistrationChanged,
    Sound,
    UseSound,
)

PASSWORD_REFUSED = frozenset({401, 403, 407})
QUIET_DB, LOUD_DB, SILENT_DB = -45.0, -6.0, -60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Lamp:
    """How the line stands, in words; `wants_password`: it will not come up before somebody types another one."""

    text: str
    tone: str
    icon: str = ""
    wants_password: bool = False


def lamp_of(state: RegistrationChanged) -> Lamp:
    """What the line's lamp says."""
    match state.state:
        case "registered":
            return Lamp(text=tr("Registered"), tone="success", icon="circle-check")
        case "registering":
            return Lamp(text=tr("Signing in…"), tone="info")
        case "failed":
            refused = state.code in PASSWORD_REFUSED
            return Lamp(text=state.reason or tr("Failed"), tone="danger", icon="circle-alert", wants_password=refused)
        case "unregistered":
            return Lamp(text=tr("Not signed in"), tone="muted")


def level_words(level: float) -> str:
    """A level from 0 to 1 in decibels, and whether that is good."""
    decibels = 20 * math.log10(level) if level > 0 else SILENT_DB
    if decibels <= SILENT_DB:
        return tr("Silent")
    judged = tr("quiet") if decibels < QUIET_DB else tr("too loud") if decibels > LOUD_DB else tr("good")
    return tr("{0} dB, {1}").replace("{0}", f"{decibels:.0f}".replace("-", "−")).replace("{1}", judged)


class SettingsPanel:
    """What the settings page shows and changes."""

    def __init__(self, sign_in: SignIn, phone: PhoneDesk) -> None:
        self.profile: Observable[Profile] = Observable(sign_in.profile)
        self.devices: Observable[tuple[Device, ...]] = Observable(())
        self.diagnostics: Observable[Diagnostics | None] = Observable(None)
        self.phone = phone
        self._sign_in = sign_in

    async def refresh(self) -> None:
        """Ask the phone what there is."""
        self.devices.set(tuple(msgspec.json.decode(await self.phone.do(ListDevices()), type=list[Device])))
        self.diagnostics.set(msgspec.json.decode(await self.phone.do(Diagnose()), type=Diagnostics))

    async def save_sip(self, sip: SipSettings, password: str) -> None:
        """Keep the line and sign it in; an empty password keeps the one that is there."""
        if not sip.user.strip():
            raise BadValue(field="user", value="(empty)", hint="Write the line's user name.")
        if not sip.domain.strip():
            raise BadValue(field="domain", value="(empty)", hint="Write the server's domain.")
        if password:
            self._sign_in.keep_sip_password(password)
        self.profile.set(self._sign_in.change(sip=sip))
        self.phone.signed_in_as(sip.user)
        await self.phone.do(
            Register(
                account=Account(
                    user=sip.user, domain=sip.domain, password=self._sign_in.sip_password(), auth_user=sip.auth_user,
                    display_name=sip.display_name, proxy_host=sip.proxy_host or sip.domain, proxy_port=sip.proxy_port,
                    transport=sip.transport, srtp=sip.srtp, ca_file=sip.ca_file,
                )
            )
        )  # fmt: skip

    async def use_devices(self, *, microphone: str, speaker: str) -> None:
        """Take these; "" is the system's choice."""
        audio = msgspec.structs.replace(self.profile.value.audio, microphone=microphone, speaker=speaker)
        self.profile.set(self._sign_in.change(audio=audio))
        await self.phone.do(UseSound(sound=Sound(microphone=microphone, speaker=speaker)))
        await self.refresh()

    async def meter(self, *, is_on: bool) -> None:
        """Have the levels told while the page is shown."""
        await self.phone.do(MeterLevels(is_on=is_on))

    def look(self, appearance: Appearance) -> None:
        """Keep how the console looks."""
        self.profile.set(self._sign_in.change(appearance=appearance))
