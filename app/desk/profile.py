"""What this device remembers between starts: where its files are, who signed in where, and how the person likes it."""

import os
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

import msgspec

from app.desk.dialling import DialRule
from app.kernel.errors import PatchbayError
from app.kernel.ids import new_id
from softphone.api import Sound, Srtp, Transport


class NotSaved(PatchbayError):
    """The file of the settings could not be written; what was there before is still there."""

    key = "settings_not_saved"
    text = "The settings could not be saved: {reason}. Look at the disk, then change it again."


FIRST = "first"  # the id of the account of a device that could have only one
OPENED = "opened"  # the folder of plain copies that another program shows, among the files


class SipAccount(msgspec.Struct, frozen=True, kw_only=True):
    """A phone account of this device; its password is among the secrets. One without an id is not kept yet."""

    id: str = ""
    name: str = ""
    user: str = ""
    domain: str = ""
    auth_user: str = ""
    display_name: str = ""
    proxy_host: str = ""
    proxy_port: int = 5060
    transport: Transport = "tcp"
    srtp: Srtp = "optional"
    ca_file: str = ""

    @property
    def title(self) -> str:
        """What a person calls it."""
        return self.name or self.user

    @property
    def address(self) -> str:
        """Its SIP address without the scheme."""
        return f"{self.user}@{self.domain}"


KeyState = Literal["off", "on", "taken", "unknown", "no_system"]  # of the key that answers in the background


class AudioSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Which devices to use; "" is the system's choice. `ring_volume`: percent, 0 rings not at all."""

    microphone: str = ""
    speaker: str = ""
    ringer: str = ""
    ring_volume: int = 70

    @property
    def sound(self) -> Sound:
        """The same as the phone is told."""
        return Sound(microphone=self.microphone, speaker=self.speaker, ringer=self.ringer, ring_volume=self.ring_volume)


class PhoneHabits(msgspec.Struct, frozen=True, kw_only=True):
    """How the phone of this device behaves. `echo_number`: whom a test call calls."""

    echo_number: str = ""
    asks_before_hanging_up: bool = False  # on Escape, which otherwise never ends a call
    answers_after_s: int = 0  # by itself; 0 = never
    answers_in_background: bool = False
    background_key: str = "Ctrl+Shift+F9"


class Appearance(msgspec.Struct, frozen=True, kw_only=True):
    """How the console looks to this person."""

    scheme: str = "system"
    density: str = "comfortable"
    text_percent: int = 100
    reduced_motion: bool = False
    contrast: str = "system"  # system | more | usual


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """One person on this device; of the phone's `accounts` the first one is the default."""

    server_url: str = ""
    workspace: str = ""
    email: str = ""
    tenant_id: UUID | None = None
    user_id: UUID | None = None
    device: str = ""
    keeps_keys_in_file: bool = False
    is_erasing: bool = False  # the keys are destroyed, and what they opened goes
    accounts: tuple[SipAccount, ...] = ()
    audio: AudioSettings = AudioSettings()
    dialling: tuple[DialRule, ...] = ()  # in the order in which they run
    habits: PhoneHabits = PhoneHabits()
    appearance: Appearance = Appearance()


class ProfileStore:
    """The profile as a file that is replaced as a whole, in a folder that only its owner reads."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or default_folder()
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path = self.folder / "profile.json"

    @property
    def replica_path(self) -> Path:
        """Where the encrypted copy lies."""
        return self.folder / "replica.db"

    @property
    def files_path(self) -> Path:
        """Where files lie that came with messages or wait to be sent, encrypted."""
        return self.folder / "files"

    @property
    def secrets_path(self) -> Path:
        """Where the secrets lie when there is no keyring."""
        return self.folder / "secrets.json"

    def load(self) -> Profile:
        """What was saved, or a new profile with a device of its own."""
        if self._path.exists():
            return msgspec.convert(_as_today(msgspec.json.decode(self._path.read_bytes())), Profile)
        return Profile(device=new_device())

    def save(self, profile: Profile) -> None:
        """Keep it; a crash leaves the old one. `NotSaved` when the disk does not take it."""
        fresh = self._path.with_suffix(".new")
        try:
            fresh.write_bytes(msgspec.json.format(msgspec.json.encode(profile)))
            fresh.replace(self._path)
        except OSError as error:
            raise NotSaved(reason=error.strerror or str(error)) from error


def _as_today(kept: dict[str, Any]) -> dict[str, Any]:
    """The file of a console that had one account, "sip": it is the first of them now."""
    only = kept.pop("sip", None)
    if only and only.get("user") and only.get("domain"):
        kept.setdefault("accounts", [{**only, "id": FIRST}])
    return kept


def new_device() -> str:
    """What a device calls itself until its data is erased."""
    return f"console-{new_id().hex[-12:]}"


def default_folder() -> Path:
    """The system's place for a person's program data; PATCHBAY_HOME names another."""
    if home := os.environ.get("PATCHBAY_HOME"):
        return Path(home)
    import platformdirs

    return Path(platformdirs.user_data_dir("patchbay", appauthor=False))
