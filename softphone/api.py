"""All that others may know of the softphone: its acts, its events, and the shape of a phone."""

from collections.abc import Callable
from typing import Literal, Protocol

import msgspec

from softphone.authorities import NoAuthorities, authorities_of
from softphone.recording import (
    Gap,
    PauseRecording,
    PlayingChanged,
    PlayRecording,
    RecordingChanged,
    RecordingDone,
    ResumeRecording,
    StartRecording,
    StopPlaying,
    StopRecording,
)

__all__ = [  # of what is told elsewhere
    "Gap",
    "PauseRecording",
    "PlayRecording",
    "PlayingChanged",
    "RecordingChanged",
    "RecordingDone",
    "ResumeRecording",
    "StartRecording",
    "StopPlaying",
    "StopRecording",
]

Transport = Literal["tcp", "tls", "udp"]
Srtp = Literal["off", "optional", "mandatory"]
RegistrationState = Literal["unregistered", "registering", "registered", "failed"]
Doubt = Literal["", "untrusted", "out_of_date", "other_name", "unusable"]
MOST_ACCOUNTS = 4
CallState = Literal["dialling", "ringing", "active", "held", "ended"]


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """A line at a proxy; `id` tells it from the others. UDP only by explicit choice: one large datagram can end the phone."""

    id: str = ""
    user: str
    domain: str
    password: str
    auth_user: str = ""
    display_name: str = ""
    proxy_host: str = ""
    proxy_port: int = 5060
    transport: Transport = "tcp"
    srtp: Srtp = "off"
    ca_file: str = ""  # whose certificates are believed on TLS; "" = those that this computer knows


def authorities_problem(ca_file: str) -> str:
    """Why nobody is believed by this file, in words; "" when it can be used."""
    try:
        authorities_of(ca_file)
    except NoAuthorities as error:
        return str(error)
    return ""


class Sound(msgspec.Struct, frozen=True, kw_only=True):
    """Which devices to use ("" = the system's choice), or a file in place of the microphone (a simulated caller).

    `ring_volume`: percent; 0 rings not at all.
    """

    microphone: str = ""
    speaker: str = ""
    ringer: str = ""
    ring_volume: int = 70
    play_file: str = ""
    is_silent: bool = False


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """A microphone or a speaker."""

    id: str
    name: str
    is_input: bool


# ── acts: one request each, answered once ─────────────────────────────────────────────────────────────────────────────


class Register(msgspec.Struct, frozen=True, kw_only=True, tag="register"):
    """Sign an account in at its proxy, beside the others; one of the same id takes the new settings."""

    account: Account


class Unregister(msgspec.Struct, frozen=True, kw_only=True, tag="unregister"):
    """Sign an account out and forget it."""

    account: str = ""


class Dial(msgspec.Struct, frozen=True, kw_only=True, tag="dial"):
    """Call a number from an account ("" is the first); the answer is the call's id.

    A test call takes no line, sends a tone and listens for it, and ends when a real call is dialled or answered.
    `shown`: what the call's events give as its number, where that is not what is dialled.
    """

    number: str
    account: str = ""
    shown: str = ""
    is_test: bool = False


class Answer(msgspec.Struct, frozen=True, kw_only=True, tag="answer"):
    """Take a ringing call; one that is active goes on hold."""

    call_id: int


class Reject(msgspec.Struct, frozen=True, kw_only=True, tag="reject"):
    """Refuse a ringing call with a SIP code."""

    call_id: int
    code: int = 486


class HangUp(msgspec.Struct, frozen=True, kw_only=True, tag="hang_up"):
    """End a call, whatever its state."""

    call_id: int


class Hold(msgspec.Struct, frozen=True, kw_only=True, tag="hold"):
    """Let the other side wait, or talk on."""

    call_id: int
    is_on: bool


class Mute(msgspec.Struct, frozen=True, kw_only=True, tag="mute"):
    """Stop the microphone towards a call, or open it."""

    call_id: int
    is_on: bool


class SendDtmf(msgspec.Struct, frozen=True, kw_only=True, tag="dtmf"):
    """Press keys (RFC 4733)."""

    call_id: int
    digits: str


class UseSound(msgspec.Struct, frozen=True, kw_only=True, tag="sound"):
    """Take other devices, also while a call is on."""

    sound: Sound


class ListDevices(msgspec.Struct, frozen=True, kw_only=True, tag="devices"):
    """Which devices there are; the answer is a list of `Device`."""


class PlayTest(msgspec.Struct, frozen=True, kw_only=True, tag="play_test"):
    """Let a device be heard once: three notes in the speaker, or the ring on the ringer."""

    which: Literal["speaker", "ringer"]


class MeterLevels(msgspec.Struct, frozen=True, kw_only=True, tag="meter"):
    """Tell levels ten times a second, or stop."""

    is_on: bool


class WatchVoice(msgspec.Struct, frozen=True, kw_only=True, tag="watch_voice"):
    """Tell the figures of every call's voice once a second, or stop."""

    is_on: bool


class Diagnose(msgspec.Struct, frozen=True, kw_only=True, tag="diagnose"):
    """What works here and what is missing; the answer is `Diagnostics`."""


class Ping(msgspec.Struct, frozen=True, kw_only=True, tag="ping"):
    """Is it alive."""


Act = (
    Register | Unregister | Dial | Answer | Reject | HangUp | Hold | Mute | SendDtmf | UseSound | ListDevices | MeterLevels
    | PlayTest | WatchVoice | Diagnose | Ping | StartRecording | PauseRecording | ResumeRecording | StopRecording
    | PlayRecording | StopPlaying
)  # fmt: skip

# ── events ────────────────────────────────────────────────────────────────────────────────────────────────────────────


class RegistrationChanged(msgspec.Struct, frozen=True, kw_only=True, tag="registration"):
    """How an account stands at its proxy, with the reason in plain words.

    `next_try_s`: until it tries again by itself; `renews_s`: until the registration is renewed; `took_ms`: the last answer.
    `doubt`: why the server's certificate was refused; then nothing was said to it.
    """

    state: RegistrationState
    account: str = ""
    code: int = 0
    reason: str = ""
    next_try_s: float | None = None
    renews_s: float | None = None
    took_ms: int = 0
    transport: str = ""
    doubt: Doubt = ""


class CallRinging(msgspec.Struct, frozen=True, kw_only=True, tag="ringing"):
    """Somebody calls an account. `invite_read_us`: CLOCK_MONOTONIC microseconds at which the INVITE was taken from the wire."""

    call_id: int
    sip_call_id: str
    number: str
    name: str
    queue: str
    line: int
    invite_read_us: int
    account: str = ""


class CallChanged(msgspec.Struct, frozen=True, kw_only=True, tag="call"):
    """A call is in another state, with the SIP answer in plain words."""

    call_id: int
    sip_call_id: str
    state: CallState
    number: str
    direction: Literal["in", "out"]
    line: int
    sip_code: int = 0
    reason: str = ""
    is_muted: bool = False
    account: str = ""
    is_test: bool = False


class DtmfReceived(msgspec.Struct, frozen=True, kw_only=True, tag="dtmf_received"):
    """The other side pressed a key."""

    call_id: int
    digit: str


class Levels(msgspec.Struct, frozen=True, kw_only=True, tag="levels"):
    """How loud it is, from 0 to 1 of full scale."""

    microphone: float
    speaker: float


class VoiceFigures(msgspec.Struct, frozen=True, kw_only=True, tag="voice"):
    """How a call's voice travels. `round_trip_ms` is None until the other side has told by RTCP; it may never."""

    call_id: int
    codec: str
    clock_rate_hz: int
    round_trip_ms: float | None
    jitter_ms: float
    lost: int  # packets that should have come
    packets_in: int
    packets_out: int

    @property
    def loss_percent(self) -> float:
        """What was lost of all that should have come."""
        return 100 * self.lost / (self.lost + self.packets_in) if self.lost + self.packets_in else 0.0


class ServerAnswered(msgspec.Struct, frozen=True, kw_only=True, tag="server_answered"):
    """The proxy's first answer to a test call, whatever it said."""

    call_id: int
    took_ms: float


class EchoHeard(msgspec.Struct, frozen=True, kw_only=True, tag="echo"):
    """A test call's tone came back, so late."""

    call_id: int
    late_ms: int


class DevicesChanged(msgspec.Struct, frozen=True, kw_only=True, tag="devices_changed"):
    """A device was plugged in or out, or sound moved to another."""

    devices: list[Device]
    is_null: bool


class PhoneLost(msgspec.Struct, frozen=True, kw_only=True, tag="lost"):
    """The phone's process ended; calls that were on are gone, and it is being started again."""

    reason: str
    lost_calls: list[int] = []


class PhoneBack(msgspec.Struct, frozen=True, kw_only=True, tag="back"):
    """The phone's process runs again."""

    took_ms: int


class Diagnostics(msgspec.Struct, frozen=True, kw_only=True, tag="diagnostics"):
    """What works here and what is missing."""

    version: str
    codecs: list[str]
    missing: list[str]
    is_null_sound: bool
    sound: str
    transport: str
    most_calls: int
    refused_requests: int
    dropped_messages: int
    glitches: int
    accounts: list[RegistrationChanged] = []
    ringer: str = ""  # why it could not ring the last time


Said = (
    RegistrationChanged | CallRinging | CallChanged | DtmfReceived | Levels | VoiceFigures | ServerAnswered | EchoHeard
    | DevicesChanged | RecordingChanged | RecordingDone | PlayingChanged
)  # fmt: skip
Event = Said | PhoneLost | PhoneBack
Hear = Callable[[Event], None]


class PhoneError(Exception):
    """The phone would not do it; the text says why."""


class Softphone(Protocol):
    """A phone, real or scripted."""

    async def start(self) -> None:
        """Make it ready; events begin."""

    async def close(self) -> None:
        """Hang up, sign out and end."""

    def subscribe(self, hear: Hear) -> Callable[[], None]:
        """Hear every event on the event loop until the returned function is called."""

    async def do(self, act: Act) -> msgspec.Raw:
        """Carry an act out; its answer as JSON. Raises `PhoneError`."""
