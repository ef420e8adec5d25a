"""One call: its native object, and the plain facts that others may know of it."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import pjsua2 as pj
from typing_extensions import override

from softphone.api import CallChanged, CallState
from softphone.engine.words import call_words

ADDRESS = re.compile(r'^\s*(?:"?(?P<name>[^"<]*?)"?\s*)?<?sips?:(?P<user>[^@;>]*)(?:@[^>]*)?>?', re.IGNORECASE)
HEADER = re.compile(r"^(?P<name>[A-Za-z-]+)\s*:\s*(?P<value>.*?)\s*$", re.MULTILINE)
STATES: dict[int, CallState] = {
    pj.PJSIP_INV_STATE_CALLING: "dialling",
    pj.PJSIP_INV_STATE_EARLY: "ringing",
    pj.PJSIP_INV_STATE_CONFIRMED: "active",
    pj.PJSIP_INV_STATE_DISCONNECTED: "ended",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StateSeen:
    """What a callback copied out of the library."""

    state: int
    code: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaSeen:
    """The call's sound changed: which medium carries it, and whether the other side or we hold it."""

    index: int | None
    is_held: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerSeen:
    """The first message that came back for a test call."""

    took_ms: float


Seen = StateSeen | MediaSeen | AnswerSeen | str  # a str is a DTMF digit
Tell = Callable[["NativeCall", Seen], None]


class NativeCall(pj.Call):  # type: ignore[misc] # pjsua2 has no types
    """Its callbacks run on the library's thread: they copy plain values, hand them over, and do nothing else."""

    def __init__(self, account: Any, tell: Tell, native_id: int = pj.PJSUA_INVALID_ID) -> None:
        super().__init__(account, native_id)
        self._tell = tell

    @override
    def onCallState(self, prm: Any) -> None:
        info = self.getInfo()
        self._tell(self, StateSeen(state=info.state, code=info.lastStatusCode, reason=info.lastReason))

    @override
    def onCallMediaState(self, prm: Any) -> None:
        index, held = None, False
        info = self.getInfo()  # held: its media die with it
        for place, medium in enumerate(info.media):
            if medium.type != pj.PJMEDIA_TYPE_AUDIO:
                continue
            held = medium.status in {pj.PJSUA_CALL_MEDIA_LOCAL_HOLD, pj.PJSUA_CALL_MEDIA_REMOTE_HOLD}
            if medium.status in {pj.PJSUA_CALL_MEDIA_ACTIVE, pj.PJSUA_CALL_MEDIA_REMOTE_HOLD}:
                index = place
        self._tell(self, MediaSeen(index=index, is_held=held))

    @override
    def onDtmfDigit(self, prm: Any) -> None:
        self._tell(self, str(prm.digit))

    @override
    def onCallTransferRequest(self, prm: Any) -> None:
        prm.statusCode = pj.PJSIP_SC_FORBIDDEN  # followed only from the proxy and by policy: toll fraud

    @override
    def onCallReplaceRequest(self, prm: Any) -> None:
        prm.statusCode = pj.PJSIP_SC_FORBIDDEN


class TestedCall(NativeCall):
    """A call that times the proxy's first answer, a challenge for the password as well as any other."""

    def __init__(self, account: Any, tell: Tell) -> None:
        super().__init__(account, tell)
        self._began = time.monotonic()
        self._is_answered = False

    @override
    def onCallTsxState(self, prm: Any) -> None:
        if not self._is_answered and prm.e.type == pj.PJSIP_EVENT_TSX_STATE and prm.e.body.tsxState.type == pj.PJSIP_EVENT_RX_MSG:
            self._is_answered = True
            self._tell(self, AnswerSeen(took_ms=round(1000 * (time.monotonic() - self._began), 1)))


@dataclass(slots=True, kw_only=True)
class Line:
    """A call as the main thread knows it."""

    native: NativeCall
    account: str
    call_id: int
    sip_call_id: str
    number: str
    direction: Literal["in", "out"]
    line: int
    state: CallState
    audio: Any = None
    is_muted: bool = False
    is_on_hold: bool = False  # asked for here
    is_held: bool = False  # by either side, as the media say
    was_active: bool = False
    is_test: bool = False
    is_settled: bool = False  # answered or refused here: it rings no more, whatever the wire still says

    def changed(self, code: int = 0, reason: str = "") -> CallChanged:
        """The call as an event."""
        return CallChanged(
            call_id=self.call_id, account=self.account, sip_call_id=self.sip_call_id, state=self.state, number=self.number,
            direction=self.direction, line=self.line, sip_code=code, reason=call_words(code, reason), is_muted=self.is_muted,
            is_test=self.is_test,
        )  # fmt: skip


def person_of(address: str) -> tuple[str, str]:
    """Name and number out of a SIP address (RFC 3261 §20.10); the name is "" where it only repeats the number."""
    match = ADDRESS.match(address)
    if match is None:
        return "", address[:80]
    number, name = match["user"][:80], (match["name"] or "").strip()[:120]
    return ("" if name == number else name), number


def header_of(message: str, name: str) -> str:
    """A header of a whole SIP message; "" where it has none."""
    head = message.split("\r\n\r\n", 1)[0]
    return next((match["value"][:200] for match in HEADER.finditer(head) if match["name"].lower() == name.lower()), "")


def answer(native: NativeCall, code: int) -> None:
    """Say yes, no or wait to who calls."""
    parameters = pj.CallOpParam(True)
    parameters.statusCode = code
    native.answer(parameters)


def is_from(source: str, host: str) -> bool:
    """Whether a message came from the proxy; a name was resolved by the library, so only addresses are compared."""
    address = source.rsplit(":", 1)[0].strip("[]")
    return not host.replace(".", "").replace(":", "").isalnum() or not host[-1].isdigit() or address == host
