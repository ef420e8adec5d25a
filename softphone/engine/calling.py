"""What is done with calls, and what is heard of them."""

import time
from collections.abc import Callable
from typing import Any

import pjsua2 as pj

from softphone.api import CallRinging, DtmfReceived, EchoHeard, Event, PhoneError, ServerAnswered, VoiceFigures
from softphone.engine.accounts import Accounts, NativeAccount
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
from softphone.engine.figures import figures_of
from softphone.engine.graph import Graph
from softphone.engine.lines import Lines

DIGITS = frozenset("0123456789*#ABCD")


class Calling:
    """On the main thread, to which the library's thread hands over; `follow` lets the alerts look at the lines again."""

    def __init__(
        self, accounts: Accounts, lines: Lines, graph: Graph, *, emit: Callable[[Event], None],
        hand_over: Callable[..., None], follow: Callable[[], None],
    ) -> None:  # fmt: skip
        self.refused = 0  # requests that came past the proxy
        self._accounts, self._lines, self._graph = accounts, lines, graph
        self._emit, self._hand_over, self._follow = emit, hand_over, follow

    # ── from the library's thread ─────────────────────────────────────────────────────────────────────────────────────

    def rings(self, account: NativeAccount, prm: Any) -> None:
        """An INVITE came."""
        read_us = time.monotonic_ns() // 1000
        call = NativeCall(account, self._tell, prm.callId)  # wrapped at once, or its events are lost
        info = call.getInfo()
        self._hand_over(
            self._incoming_seen, account.account_id, call, info.callIdString, info.remoteUri, prm.rdata.wholeMsg,
            prm.rdata.srcAddress, read_us,
        )  # fmt: skip

    def _tell(self, native: NativeCall, seen: Seen) -> None:
        self._hand_over(self._call_seen, native, seen)

    # ── what is heard ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _incoming_seen(
        self, account_id: str, native: NativeCall, sip_call_id: str, remote: str, message: str, source: str, read_us: int
    ) -> None:
        """Only from the account's proxy, and only as many as there are lines."""
        config = self._accounts.get(account_id)
        name, number = person_of(remote)
        if config is None or not is_from(source, config.proxy_host or config.domain):
            self.refused += 1
            self._turn_away(native, 403)
            return
        if (place := self._lines.free_place()) is None:
            self._turn_away(native, 486)
            return
        answer(native, 180)
        line = self._lines.add(native, account_id, sip_call_id, number, "in", place)
        self._emit(
            CallRinging(
                call_id=line.call_id, account=account_id, sip_call_id=sip_call_id, number=number, name=name, line=place,
                queue=header_of(message, "X-Queue"), invite_read_us=read_us,
            )
        )  # fmt: skip

    def _turn_away(self, native: NativeCall, code: int) -> None:
        answer(native, code)
        self._lines.keep_ended(native)

    def _call_seen(self, native: NativeCall, seen: Seen) -> None:
        line = self._lines.of(native)
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
            self._lines.end(line)
            self._graph.recordings.ended(line.call_id)
            if line.is_test:
                self._graph.echo.rest()
        self._emit(line.changed(seen.code, seen.reason))

    def _media_seen(self, line: Line, seen: MediaSeen) -> None:
        line.audio = line.native.getAudioMedia(seen.index) if seen.index is not None else None
        line.is_held = seen.is_held
        self._graph.connect(line)
        self._follow()  # early media take the place of our own tone
        if line.was_active and line.state in {"active", "held"}:
            state: Any = "held" if line.is_held or line.is_on_hold else "active"
            if state != line.state:
                line.state = state
                self._emit(line.changed())

    def echo_heard(self, late_ms: int) -> None:
        """A test call's tone came back."""
        for line in self._lines:
            if line.is_test:
                self._emit(EchoHeard(call_id=line.call_id, late_ms=late_ms))

    def figures(self) -> list[VoiceFigures]:
        """Of every call that has a voice now."""
        found = (figures_of(line.call_id, line.native) for line in self._lines if line.audio is not None)
        return [each for each in found if each is not None]

    # ── what is done ──────────────────────────────────────────────────────────────────────────────────────────────────

    def dial(self, number: str, account_id: str = "", *, shown: str = "", is_test: bool = False) -> int:
        """Call a number at an account's domain, told of as `shown`; returns the call's id."""
        held = self._accounts.find(account_id)
        config = held.account
        cleaned = "".join(character for character in number if character.isalnum() or character in "+*#._-")
        place = 0 if is_test else self._lines.free_place()
        if not cleaned or place is None:
            raise PhoneError("both lines are taken" if cleaned else "that is no number")
        if is_test and len(self._lines):
            raise PhoneError("a call is on")
        self._hold_others(0)
        native = TestedCall(held.native, self._tell) if is_test else NativeCall(held.native, self._tell)
        line = self._lines.add(native, config.id, "", shown or cleaned, "out", place)
        if is_test:
            line.is_test = True
            self._graph.echo.begin()
        suffix = "" if config.transport == "udp" else f";transport={config.transport}"
        try:
            native.makeCall(f"sip:{cleaned}@{config.domain}{suffix}", pj.CallOpParam(True))
        except pj.Error:
            self._lines.end(line)
            raise
        line.sip_call_id = native.getInfo().callIdString
        return line.call_id

    def answer(self, call_id: int) -> None:
        """Take a call; the other one waits."""
        line = self._lines.find(call_id)
        self._settle(line)
        self._hold_others(call_id)
        answer(line.native, 200)

    def reject(self, call_id: int, code: int) -> None:
        """Refuse a call."""
        line = self._lines.find(call_id)
        self._settle(line)
        answer(line.native, code)

    def _settle(self, line: Line) -> None:
        line.is_settled = True
        self._follow()

    def hang_up(self, call_id: int) -> None:
        """End a call."""
        self._lines.find(call_id).native.hangup(pj.CallOpParam(True))

    def hold(self, call_id: int, *, is_on: bool) -> None:
        """Let the other side wait, or talk on."""
        line = self._lines.find(call_id)
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
        for other in self._lines:
            if other.is_test and other.call_id != call_id:
                self.hang_up(other.call_id)
            elif other.call_id != call_id and other.state == "active":
                self.hold(other.call_id, is_on=True)

    def mute(self, call_id: int, *, is_on: bool) -> None:
        """Close or open the microphone towards a call."""
        line = self._lines.find(call_id)
        line.is_muted = is_on
        self._graph.connect(line)
        self._emit(line.changed())

    def send_dtmf(self, call_id: int, digits: str) -> None:
        """Press keys (RFC 4733)."""
        if not digits or not set(digits.upper()) <= DIGITS:
            raise PhoneError("keys are 0 to 9, * and #")
        self._lines.find(call_id).native.dialDtmf(digits.upper())

    def record(self, call_id: int, path: str, key: bytes) -> None:
        """Record a call into a new file."""
        self._graph.recordings.start(self._lines.find(call_id), path, key)
