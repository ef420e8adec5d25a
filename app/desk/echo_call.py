"""A call to an echo service that proves the phone from the server's answer to the sound of one's own voice.

It is no call of a customer: no log entry, no conversation, no wrap-up, no agent state; a real call goes before it.
"""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import msgspec

from app.desk.telephony import PhoneDesk, PhoneTrouble
from app.desk.voice_quality import Score, score
from app.kernel.observable import Observable
from app.kernel.tasks import TaskRunner
from softphone.api import (
    CallChanged,
    Dial,
    EchoHeard,
    Event,
    HangUp,
    PhoneLost,
    RegistrationChanged,
    ServerAnswered,
    Softphone,
    VoiceFigures,
)

PASSWORD_CODES = frozenset({401, 403, 404, 407})
GONE_S = 5.0
SILENT_CODES = frozenset({0, 408, 500, 502, 503, 504})
Stage = Literal["idle", "calling", "on", "over"]
Trouble = Literal[
    "", "no_line", "server_silent", "line_refused", "not_reached", "no_answer", "nothing_sent", "nothing_back", "no_echo",
    "ended_early", "real_call", "phone_lost", "phone_refused",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """After how many seconds of talking: sound must be back, the line is judged, the test ends; and before that, an answer."""

    answer_s: float = 15.0
    sound_s: float = 5.0
    score_s: float = 10.0
    end_s: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class EchoRun:
    """What one test has found so far; times on the loop's clock."""

    stage: Stage = "idle"
    number: str = ""
    user: str = ""
    transport: str = ""
    call_id: int = 0
    began_at: float = 0.0
    answered_at: float | None = None
    ended_at: float | None = None
    server_ms: float | None = None
    is_signed_in: bool = False
    figures: VoiceFigures | None = None
    curve: tuple[float, ...] = ()  # ms each second: the round trip; the echo's where the other side tells none
    echo_ms: int | None = None
    score: Score | None = None
    trouble: Trouble = ""
    code: int = 0
    reason: str = ""

    @property
    def is_on(self) -> bool:
        """Whether the call stands or is being made."""
        return self.stage in {"calling", "on"}

    def talked_s(self, now: float) -> float:
        """Since the answer."""
        return 0.0 if self.answered_at is None else (self.ended_at or now) - self.answered_at


def failed(run: EchoRun, trouble: Trouble, now: float, *, code: int = 0, reason: str = "") -> EchoRun:
    """It ends here, and why."""
    return replace(run, stage="over", trouble=trouble, ended_at=now, code=code, reason=reason)


def line_trouble(line: RegistrationChanged) -> Trouble:
    """Why this line cannot call."""
    match line.state:
        case "registered":
            return ""
        case "failed":
            return "line_refused" if line.code in PASSWORD_CODES else "server_silent"
        case _:
            return "no_line"


def heard(run: EchoRun, event: Event, now: float, limits: Limits) -> EchoRun:
    """The run after an event of the phone; the same where it is about something else."""
    match event:
        case ServerAnswered(call_id=run.call_id):
            return replace(run, server_ms=event.took_ms)
        case CallChanged(call_id=run.call_id):
            return _call_changed(run, event, now)
        case EchoHeard(call_id=run.call_id):
            return replace(run, echo_ms=event.late_ms)
        case VoiceFigures(call_id=run.call_id):
            return _figures(run, event, now, limits)
        case PhoneLost():
            return failed(run, "phone_lost", now, reason=event.reason)
    return run


def _call_changed(run: EchoRun, event: CallChanged, now: float) -> EchoRun:
    if event.state == "active" and run.answered_at is None:
        return replace(run, stage="on", answered_at=now, is_signed_in=True)
    if event.state != "ended":
        return run if event.state == "dialling" else replace(run, is_signed_in=True)
    if run.answered_at is not None:
        return replace(run, stage="over", ended_at=now) if run.score else failed(run, "ended_early", now)
    if run.server_ms is None and event.sip_code in SILENT_CODES:
        return failed(run, "server_silent", now, code=event.sip_code, reason=event.reason)
    if event.sip_code in {401, 403, 407}:
        return failed(run, "line_refused", now, code=event.sip_code, reason=event.reason)
    return failed(replace(run, is_signed_in=True), "not_reached", now, code=event.sip_code, reason=event.reason)


def _figures(run: EchoRun, figures: VoiceFigures, now: float, limits: Limits) -> EchoRun:
    late = figures.round_trip_ms if figures.round_trip_ms is not None else run.echo_ms
    curve = run.curve if late is None else (*run.curve, float(late))
    run = replace(run, figures=figures, curve=curve)
    talked = run.talked_s(now)
    if talked >= limits.sound_s and not figures.packets_out:
        return failed(run, "nothing_sent", now)
    if talked >= limits.sound_s and not figures.packets_in:
        return failed(run, "nothing_back", now)
    if talked >= limits.score_s and run.score is None:
        run = replace(run, score=score_of(run, figures))
    return run


def score_of(run: EchoRun, figures: VoiceFigures) -> Score:
    """One way is half of the echo's, in which all that delays the voice is; else half of the round trip of packets."""
    both_ways = run.echo_ms if run.echo_ms is not None else figures.round_trip_ms or 0.0
    return score(codec=figures.codec, one_way_ms=both_ways / 2, loss_percent=figures.loss_percent)


class EchoCall:
    """Makes one test call at a time, from the default account; `run` is what it has found."""

    def __init__(self, phone: Softphone, calls: PhoneDesk, tasks: TaskRunner, limits: Limits | None = None) -> None:
        self.run: Observable[EchoRun] = Observable(EchoRun())
        self._phone, self._calls, self._tasks = phone, calls, tasks
        self.limits = limits or Limits()
        self.is_busy = False  # until the last one's line is free again
        self._early: list[Event] = []  # heard before the phone said which call it is
        self._gone = asyncio.Event()

    def now(self) -> float:
        """On the clock of the run's times."""
        return asyncio.get_running_loop().time()

    def begin(self, number: str) -> None:
        """Call the echo service, if no test is on; what stands in the way is said in the run."""
        if self.is_busy:
            return
        line, state, now = self._calls.lines.default_account, self._calls.lines.default.value, self.now()
        user, transport = (line.user, line.transport) if line else ("", "")
        run = EchoRun(stage="calling", number=number, user=user, transport=transport, began_at=now)
        if self._calls.current is not None:
            run = failed(run, "real_call", now)
        elif trouble := line_trouble(state):
            run = failed(run, trouble, now, code=state.code, reason=state.reason)
        self.run.set(run)
        if run.is_on:
            self.is_busy = True
            self._tasks.start(self._conduct(number), name="test call")

    def stop(self) -> None:
        """End it now."""
        run = self.run.value
        if run.is_on:
            self.run.set(replace(run, stage="over", ended_at=self.now()))

    async def _conduct(self, number: str) -> None:
        self._early.clear()
        self._gone.clear()
        stop_hearing = self._phone.subscribe(self._hear)
        try:
            await self._calls.watch.want("test", is_on=True)
            dial = Dial(number=number, account=self._calls.lines.default_id, is_test=True)
            self._is_call(msgspec.json.decode(await self._calls.do(dial), type=int))
            await self._wait()
            await self._hang_up(self.run.value.call_id)
        except PhoneTrouble as error:
            if self.run.value.is_on:
                self.run.set(failed(self.run.value, "phone_refused", self.now(), reason=str(error.values["reason"])))
            with contextlib.suppress(PhoneTrouble):  # a phone that is being started again keeps it for then
                await self._calls.watch.want("test", is_on=False)
        finally:
            stop_hearing()
            self.is_busy = False

    def _is_call(self, call_id: int) -> None:
        self.run.set(replace(self.run.value, call_id=call_id))
        early, self._early = self._early, []
        for event in early:
            self._hear(event)

    async def _wait(self) -> None:
        """Until it is over: by the other side, by the person, or by time."""
        if not await self._comes_within(self.limits.answer_s, lambda run: run.answered_at is not None):
            self.run.set(failed(self.run.value, "no_answer", self.now()))
        elif not await self._comes_within(self.limits.end_s, lambda run: not run.is_on):
            run = self.run.value
            over = replace(run, stage="over", ended_at=self.now())
            self.run.set(over if run.echo_ms is not None else failed(run, "no_echo", self.now()))

    async def _comes_within(self, seconds: float, is_there: Callable[[EchoRun], bool]) -> bool:
        """Whether the run comes so far in time; one that is over has."""
        reached = asyncio.Event()

        def look(run: EchoRun) -> None:
            if is_there(run) or not run.is_on:
                reached.set()

        stop = self.run.subscribe(look)
        look(self.run.value)
        try:
            async with asyncio.timeout(seconds):
                await reached.wait()
        except TimeoutError:
            return False
        finally:
            stop()
        return True

    async def _hang_up(self, call_id: int) -> None:
        """And wait until the phone is free for another; a server that never says so is not waited for long."""
        await self._calls.watch.want("test", is_on=False)
        if self._gone.is_set():
            return
        await self._calls.do(HangUp(call_id=call_id))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GONE_S):
                await self._gone.wait()

    def _hear(self, event: Event) -> None:
        run = self.run.value
        if not run.call_id:
            self._early.append(event)
            return
        is_gone = isinstance(event, CallChanged) and event.call_id == run.call_id and event.state == "ended"
        if is_gone or isinstance(event, PhoneLost):
            self._gone.set()
        if run.is_on and is_gone and self._calls.current is not None:
            self.run.set(failed(run, "real_call", self.now()))
        elif run.is_on:
            self.run.set(heard(run, event, self.now(), self.limits))
