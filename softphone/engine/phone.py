"""The phone: the library, its accounts, two calls, and the graph of who hears whom.

The main thread owns every native object; the library's one worker thread only hands plain values over. Kept so because a
native object that is called or collected on a foreign thread ends the process.
"""

import asyncio
import contextlib
import gc
import time
from collections.abc import Callable
from typing import Any, Literal

import pjsua2 as pj

from softphone.api import (
    Account,
    CallRinging,
    Device,
    Diagnostics,
    DtmfReceived,
    EchoHeard,
    Event,
    PhoneError,
    ServerAnswered,
    Sound,
    VoiceFigures,
)
from softphone.engine.accounts import Accounts, NativeAccount, NativeEndpoint
from softphone.engine.alerts import Alerts
from softphone.engine.calls import (
    STATES,
    AnswerSeen,
    Line,
    MediaSeen,
    NativeCall,
    Seen,
    StateSeen,
    TestedCall,
    answer,
    header_of,
    is_from,
    person_of,
)
from softphone.engine.dropped import Dropped
from softphone.engine.echo import EchoTest
from softphone.engine.figures import figures_of
from softphone.engine.plugs import is_touched
from softphone.engine.registration import endpoint_config
from softphone.engine.sound import Bridge, Devices, Listener

LINES = 2
DIGITS = frozenset("0123456789*#ABCD")


class Phone:
    """Runs on one asyncio loop; `emit` hears every event there."""

    def __init__(self, emit: Callable[[Event], None]) -> None:
        self._say = emit
        self._loop = asyncio.get_running_loop()
        self._is_closing = False
        self._all_ended = asyncio.Event()
        self._lines: dict[int, Line] = {}
        self._ended: list[NativeCall] = []  # kept until the end: never collected while the library may still use them
        self._next_id = 0
        self._refused = 0
        self._player: Any = None
        self._echo = EchoTest(lambda late_ms: self.hand_over(self._echo_heard, late_ms))
        self._sound = Sound(is_silent=True)
        gc.disable()  # see `tidy`
        self._endpoint = NativeEndpoint()
        self._endpoint.libCreate()
        self._dropped = Dropped()
        self._endpoint.libInit(endpoint_config(self._dropped))
        self._endpoint.audDevManager().setNullDev()
        self._endpoint.libStart()
        for codec in self._endpoint.codecEnum2():
            wanted = {"G722": 255, "PCMA": 200, "PCMU": 190, "opus": 254}.get(codec.codecId.split("/")[0], 0)
            self._endpoint.codecSetPriority(codec.codecId, wanted)
        self._accounts = Accounts(
            self._endpoint, emit=emit, hand_over=self.hand_over, rings=self._rings, is_busy=self._is_busy_at
        )
        self.bridge = Bridge()
        self.devices = Devices(self.bridge)
        self.alerts = Alerts(self.bridge)
        self._meter, self.is_metering = Listener(), False

    def _emit(self, event: Event) -> None:
        self._say(event)
        if not self._is_closing:
            self.alerts.follow(self._lines.values())

    # ── from the library's thread ─────────────────────────────────────────────────────────────────────────────────────

    def hand_over(self, act: Callable[..., None], *values: Any) -> None:
        """To the main thread; nothing any more once the end has begun."""
        if not self._is_closing:
            self._loop.call_soon_threadsafe(act, *values)

    def tell(self, native: NativeCall, seen: Seen) -> None:
        """A call's callback."""
        self.hand_over(self._call_seen, native, seen)

    # ── accounts ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def register(self, account: Account) -> None:
        """Sign an account in at its proxy."""
        self._accounts.register(account)

    def unregister(self, account_id: str) -> None:
        """Sign an account out."""
        self._accounts.unregister(account_id)

    def network_changed(self) -> None:
        """Sign every account in anew from this machine's other address."""
        self._accounts.network_changed()

    def _is_busy_at(self, account_id: str) -> bool:
        return any(line.account == account_id for line in self._lines.values())

    def _rings(self, account: NativeAccount, prm: Any) -> None:
        """On the library's thread."""
        read_us = time.monotonic_ns() // 1000
        call = NativeCall(account, self.tell, prm.callId)  # wrapped at once, or its events are lost
        info = call.getInfo()
        self.hand_over(
            self.incoming_seen, account.account_id, call, info.callIdString, info.remoteUri, prm.rdata.wholeMsg,
            prm.rdata.srcAddress, read_us,
        )  # fmt: skip

    # ── calls ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def incoming_seen(
        self, account_id: str, native: NativeCall, sip_call_id: str, remote: str, message: str, source: str, read_us: int
    ) -> None:
        """An INVITE; only from the account's proxy, and only as many as there are lines."""
        config = self._accounts.get(account_id)
        name, number = person_of(remote)
        if config is None or not is_from(source, config.proxy_host or config.domain):
            self._refused += 1
            answer(native, 403)
            self._ended.append(native)
            return
        if (place := self._free_line()) is None:
            answer(native, 486)
            self._ended.append(native)
            return
        answer(native, 180)
        line = self._keep(native, account_id, sip_call_id, number, "in", place)
        self._emit(
            CallRinging(
                call_id=line.call_id, account=account_id, sip_call_id=sip_call_id, number=number, name=name, line=place,
                queue=header_of(message, "X-Queue"), invite_read_us=read_us,
            )
        )  # fmt: skip

    def _keep(self, native: NativeCall, account_id: str, sip_call_id: str, number: str, direction: Any, place: int) -> Line:
        self._next_id += 1
        state: Any = "ringing" if direction == "in" else "dialling"
        line = Line(
            native=native, account=account_id, call_id=self._next_id, sip_call_id=sip_call_id, number=number,
            direction=direction, line=place, state=state,
        )  # fmt: skip
        self._lines[line.call_id] = line
        self._all_ended.clear()
        return line

    def _free_line(self) -> int | None:
        taken = {line.line for line in self._lines.values()}
        return next((place for place in range(1, LINES + 1) if place not in taken), None)

    def _call_seen(self, native: NativeCall, seen: Seen) -> None:
        line = next((each for each in self._lines.values() if each.native is native), None)
        if line is None:
            return
        if isinstance(seen, str):
            self._emit(DtmfReceived(call_id=line.call_id, digit=seen))
        elif isinstance(seen, AnswerSeen):
            self._emit(ServerAnswered(call_id=line.call_id, took_ms=seen.took_ms))
        elif isinstance(seen, MediaSeen):
            self._media_seen(line, seen)
        else:
            self._state_seen(line, seen)

    def _state_seen(self, line: Line, seen: StateSeen) -> None:
        state = STATES.get(seen.state)
        if state is None or (state == "active" and line.was_active):
            return
        line.was_active = line.was_active or state == "active"
        line.state = state
        if state == "ended":
            self._lines.pop(line.call_id)
            if not self._lines:
                self._all_ended.set()
            self._ended.append(line.native)
            line.audio = None
            if line.is_test:
                self._echo.rest()
        self._emit(line.changed(seen.code, seen.reason))

    def _media_seen(self, line: Line, seen: MediaSeen) -> None:
        """Holding drops every connection of the bridge: the graph is made again each time."""
        line.audio = line.native.getAudioMedia(seen.index) if seen.index is not None else None
        self._connect(line)
        self.alerts.follow(self._lines.values())  # early media take the place of our own tone
        if line.was_active and line.state in {"active", "held"}:
            state: Any = "held" if seen.is_held or line.is_on_hold else "active"
            if state != line.state:
                line.state = state
                self._emit(line.changed())

    def _connect(self, line: Line) -> None:
        """Who hears whom: the microphone (or the file) to the call unless muted, the call to the speaker."""
        if line.audio is None:
            return
        source = self._player or self.bridge
        line.audio.startTransmit(self.bridge)
        if line.is_muted:
            source.stopTransmit(line.audio)
        else:
            source.startTransmit(line.audio)
        if line.is_test:
            self._echo.connect(line.audio)

    def dial(self, number: str, account_id: str = "", *, shown: str = "", is_test: bool = False) -> int:
        """Call a number at an account's domain, told of as `shown`; returns the call's id."""
        held = self._accounts.find(account_id)
        config = held.account
        cleaned = "".join(character for character in number if character.isalnum() or character in "+*#._-")
        place = 0 if is_test else self._free_line()
        if not cleaned or place is None:
            raise PhoneError("both lines are taken" if cleaned else "that is no number")
        if is_test and self._lines:
            raise PhoneError("a call is on")
        self._hold_others(0)
        native = TestedCall(held.native, self.tell) if is_test else NativeCall(held.native, self.tell)
        line = self._keep(native, config.id, "", shown or cleaned, "out", place)
        if is_test:
            line.is_test = True
            self._echo.begin()
        suffix = "" if config.transport == "udp" else f";transport={config.transport}"
        try:
            native.makeCall(f"sip:{cleaned}@{config.domain}{suffix}", pj.CallOpParam(True))
        except pj.Error:
            self._ended.append(self._lines.pop(line.call_id).native)
            raise
        line.sip_call_id = native.getInfo().callIdString
        return line.call_id

    def _echo_heard(self, late_ms: int) -> None:
        for line in self._lines.values():
            if line.is_test:
                self._emit(EchoHeard(call_id=line.call_id, late_ms=late_ms))

    def figures(self) -> list[VoiceFigures]:
        """Of every call that has a voice now."""
        found = (figures_of(line.call_id, line.native) for line in self._lines.values() if line.audio is not None)
        return [each for each in found if each is not None]

    def answer(self, call_id: int) -> None:
        """Take a call; the other one waits."""
        line = self._line(call_id)
        self._settle(line)
        self._hold_others(call_id)
        answer(line.native, 200)

    def reject(self, call_id: int, code: int) -> None:
        """Refuse a call."""
        line = self._line(call_id)
        self._settle(line)
        answer(line.native, code)

    def _settle(self, line: Line) -> None:
        line.is_settled = True
        self.alerts.follow(self._lines.values())

    def hang_up(self, call_id: int) -> None:
        """End a call."""
        self._line(call_id).native.hangup(pj.CallOpParam(True))

    def hold(self, call_id: int, *, is_on: bool) -> None:
        """Let the other side wait, or talk on."""
        line = self._line(call_id)
        if line.is_on_hold == is_on:
            return
        parameters = pj.CallOpParam(True)
        if is_on:
            line.native.setHold(parameters)
        else:
            self._hold_others(call_id)
            parameters.opt.flag = pj.PJSUA_CALL_UNHOLD
            line.native.reinvite(parameters)
        line.is_on_hold = is_on

    def _hold_others(self, call_id: int) -> None:
        for other in list(self._lines.values()):
            if other.is_test and other.call_id != call_id:
                self.hang_up(other.call_id)
            elif other.call_id != call_id and other.state == "active":
                self.hold(other.call_id, is_on=True)

    def mute(self, call_id: int, *, is_on: bool) -> None:
        """Close or open the microphone towards a call."""
        line = self._line(call_id)
        line.is_muted = is_on
        self._connect(line)
        self._emit(line.changed())

    def send_dtmf(self, call_id: int, digits: str) -> None:
        """Press keys (RFC 4733)."""
        if not digits or not set(digits.upper()) <= DIGITS:
            raise PhoneError("keys are 0 to 9, * and #")
        self._line(call_id).native.dialDtmf(digits.upper())

    def _line(self, call_id: int) -> Line:
        if call_id not in self._lines:
            raise PhoneError("that call has ended")
        return self._lines[call_id]

    # ── sound and state ───────────────────────────────────────────────────────────────────────────────────────────────

    def use_sound(self, sound: Sound) -> None:
        """Take other devices, or a file in place of the microphone."""
        self._sound = sound
        self.devices.open(sound)
        self.alerts.use(sound)
        if sound.play_file and self._player is None:
            self._player = pj.AudioMediaPlayer()
            self._player.createPlayer(sound.play_file)
        for line in self._lines.values():
            self._connect(line)

    def devices_changed(self, before: list[Device], now: list[Device]) -> None:
        """Take what is wanted, or what there is; a voice is not broken for a device that it has nothing to do with."""
        if self._sound.is_silent:
            return
        if is_touched(self._sound, before, now):
            self.devices.open(self._sound)
        self.alerts.ringer.restart()

    def meter(self, *, is_on: bool) -> None:
        """Listen to the microphone, also without a call; what was loud before is forgotten."""
        if is_on != self.is_metering:
            (self.bridge.startTransmit if is_on else self.bridge.stopTransmit)(self._meter)
            self.is_metering = is_on
        self.bridge.take_peaks()

    def play_test(self, which: Literal["speaker", "ringer"]) -> None:
        """Let a device be heard once."""
        self.alerts.try_out(which, has_speaker=self.devices.has_speaker)

    def diagnose(self) -> Diagnostics:
        """What works here and what is missing."""
        codecs = [codec.codecId for codec in self._endpoint.codecEnum2() if codec.priority]
        missing = [] if any(codec.startswith("opus") for codec in codecs) else ["Opus"]
        glitches = self.bridge.to_speaker.glitches + self.bridge.from_microphone.glitches
        return Diagnostics(
            version=self._endpoint.libVersion().full, codecs=codecs, missing=[*missing, "DTLS-SRTP"],
            is_null_sound=self.devices.is_null, sound=self.devices.fault,
            transport=", ".join(self._accounts.transports), accounts=self._accounts.states, most_calls=LINES,
            refused_requests=self._refused, dropped_messages=self._dropped.count, glitches=glitches,
            ringer=self.alerts.ringer.fault,
        )  # fmt: skip

    def tidy(self) -> None:
        """Let ended calls go. Collection is off elsewhere: on a sound library's thread it would end the process."""
        if not self._lines:
            self._ended.clear()
        gc.collect()

    async def close(self) -> None:
        """In this order: hang up, wait, hear no more, drop every native object, collect, destroy."""
        self._endpoint.hangupAllCalls()
        if self._lines:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._all_ended.wait(), 1.5)
        self._is_closing = True
        self.meter(is_on=False)
        self.devices.close()
        self.alerts.close()
        self._accounts.close()
        self._lines.clear()
        self._ended.clear()
        self._player = None
        self._echo.close()
        del self.alerts, self.devices, self._meter, self.bridge
        gc.collect()
        self._endpoint.libDestroy()
