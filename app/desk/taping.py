"""Recording the calls that are on: by the workspace's setting, and as the agent wants it. Works with the server away."""

import logging
import time
from dataclasses import dataclass, replace
from typing import Literal

from app.desk.desk import Desk
from app.desk.recordings import OpenRecording, Recordings
from app.desk.telephony import LiveCall, PhoneDesk, PhoneTrouble
from app.kernel.observable import Observable
from app.kernel.words import tr
from softphone.api import (
    Event,
    PauseRecording,
    PhoneLost,
    RecordingChanged,
    RecordingDone,
    ResumeRecording,
    Softphone,
    StartRecording,
    StopRecording,
)

log = logging.getLogger(__name__)
State = Literal["off", "starting", "recording", "paused", "failed"]
RIGHT = "call:record"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tape:
    """How the recording of a call that is on goes. `since_s`: by `time.monotonic`, when `seconds` were recorded."""

    state: State = "off"
    policy: str = "never"
    seconds: float = 0.0
    since_s: float = 0.0
    reason: str = ""

    def seconds_at(self, now_s: float) -> float:
        """How much there is by now; the clock goes on while it is paused, as the file's does."""
        is_running = self.state in {"recording", "paused"}
        return self.seconds + max(0.0, now_s - self.since_s) if is_running else self.seconds


NOTHING = Tape()


class Taping:
    """`tapes`: by the phone's id of each call that is on."""

    def __init__(self, desk: Desk, calls: PhoneDesk, phone: Softphone, recordings: Recordings) -> None:
        self.tapes: Observable[dict[int, Tape]] = Observable({})
        self._desk, self._calls, self._recordings = desk, calls, recordings
        self._written: dict[int, OpenRecording] = {}  # by call: what the phone writes now
        self._begun: set[int] = set()  # calls that were looked at when they were answered
        self._stops = (phone.subscribe(self._hear), calls.calls.subscribe(self._follow))

    # ── what the agent does ───────────────────────────────────────────────────────────────────────────────────────────

    def tape(self, call: LiveCall | None) -> Tape:
        """How it stands with a call."""
        if call is None:
            return NOTHING
        return self.tapes.value.get(call.phone_id, Tape(policy=call.recorded_how))

    def may(self, call: LiveCall | None) -> bool:
        """Whether the agent can begin, pause and go on; a call that is always recorded can be paused too."""
        if call is None or call.state not in {"active", "held"} or call.recorded_how == "never":
            return False
        return self._desk.may(RIGHT)

    async def toggle(self, call: LiveCall) -> None:
        """Begin, or pause, or go on: whichever comes next."""
        acts = {"recording": self.pause, "paused": self.resume, "off": self.start, "failed": self.start}
        act = acts.get(self.tape(call).state)
        if act is not None:
            await act(call)

    async def start(self, call: LiveCall) -> None:
        """Record from now on."""
        if call.phone_id in self._written:
            return
        self._set(call.phone_id, replace(self.tape(call), state="starting", seconds=0.0, reason=""))
        recording = await self._recordings.begin(call.sip_call_id, self._desk.clock.now())
        self._written[call.phone_id] = recording
        path = str(self._recordings.path(recording))
        try:
            await self._calls.do(StartRecording(call_id=call.phone_id, path=path, key=recording.key))
        except PhoneTrouble as error:
            self._fail(call.phone_id, str(error.values["reason"]))
            self._finish(call.phone_id)
            raise

    async def pause(self, call: LiveCall) -> None:
        """Nothing is recorded until `resume`; a marked gap stays."""
        await self._calls.do(PauseRecording(call_id=call.phone_id))

    async def resume(self, call: LiveCall) -> None:
        """Record on."""
        await self._calls.do(ResumeRecording(call_id=call.phone_id))

    async def stop(self, call: LiveCall) -> None:
        """Record no more of this call."""
        await self._calls.do(StopRecording(call_id=call.phone_id))

    # ── what happens ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _follow(self, calls: tuple[LiveCall, ...]) -> None:
        on = {call.phone_id for call in calls}
        self._begun &= on
        if gone := self.tapes.value.keys() - on:
            self.tapes.set({phone_id: tape for phone_id, tape in self.tapes.value.items() if phone_id not in gone})
        for call in calls:
            if call.answered_at is not None and call.phone_id not in self._begun:
                self._begun.add(call.phone_id)
                if call.recorded_how == "always":
                    self._desk.tasks.start(self._start_by_itself(call), name="recording")

    async def _start_by_itself(self, call: LiveCall) -> None:
        try:
            await self.start(call)
        except PhoneTrouble as error:  # told by the tape: the call goes on
            log.warning("a call is not recorded: %s", error.values["reason"])

    def _hear(self, event: Event) -> None:
        match event:
            case RecordingChanged():
                self._changed(event)
            case RecordingDone():
                self._finish(event.call_id)
            case PhoneLost():
                for phone_id in list(self._written):
                    self._finish(phone_id)

    def _changed(self, event: RecordingChanged) -> None:
        call = next((each for each in self._calls.calls.value if each.phone_id == event.call_id), None)
        if call is None:
            return
        if event.state == "failed" and self.tape(call).state == "starting":
            self._finish(event.call_id)  # it never began: nothing more is told of it
        state: State = "off" if event.state == "stopped" else event.state
        tape = replace(self.tape(call), state=state, seconds=event.seconds, since_s=time.monotonic(), reason=event.reason)
        self._set(event.call_id, tape)

    def _fail(self, phone_id: int, reason: str) -> None:
        self._set(phone_id, replace(self.tapes.value.get(phone_id, NOTHING), state="failed", reason=reason or tr("unknown")))

    def _set(self, phone_id: int, tape: Tape) -> None:
        self.tapes.set({**self.tapes.value, phone_id: tape})

    def _finish(self, phone_id: int) -> None:
        recording = self._written.pop(phone_id, None)
        if recording is not None:
            self._desk.tasks.start(self._give_to_call(recording), name="recording")

    async def _give_to_call(self, recording: OpenRecording) -> None:
        await self._calls.written()  # the call is in the log before its recording is
        await self._recordings.finish(recording)

    async def finish_left(self) -> None:
        """What an earlier run of the program left behind, or could not finish."""
        await self._recordings.finish_all()

    def close(self) -> None:
        """Hear no more."""
        for stop in self._stops:
            stop()
