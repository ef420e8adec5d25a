"""The phone on the desk: lines as they stand, who calls, and the call log. Works with the server away."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from app.desk.agent_state import AgentDesk
from app.desk.desk import Desk
from app.desk.dialling import DialRule, dialled
from app.desk.lines import Lines
from app.desk.screen_pop import CallerCard, caller_card, of_match
from app.desk.voice_watch import VoiceWatch
from app.domain.calls.commands import LogCall, WrapUpCall
from app.domain.calls.rules import call_id_of, conversation_id_of
from app.domain.contacts.matching import Match
from app.kernel.errors import PatchbayError
from app.kernel.observable import Observable
from softphone.api import (
    Act,
    Answer,
    CallChanged,
    CallRinging,
    Device,
    DevicesChanged,
    Dial,
    Event,
    HangUp,
    Hold,
    Levels,
    Mute,
    PhoneBack,
    PhoneError,
    PhoneLost,
    RegistrationChanged,
    Reject,
    SendDtmf,
    Softphone,
)

log = logging.getLogger(__name__)


class PhoneTrouble(PatchbayError):
    """The phone would not do it."""

    key = "phone_trouble"
    text = "The phone can't do that: {reason}."


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveCall:
    """A call that is on, or has just ended and waits for its wrap-up."""

    phone_id: int
    sip_call_id: str
    direction: str
    number: str
    name: str
    queue: str
    line: int
    state: str  # dialling | ringing | active | held | ended
    started_at: datetime
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    is_muted: bool = False
    is_put_away: bool = False
    sip_code: int = 0
    reason: str = ""
    invite_read_us: int = 0
    card: CallerCard | None = None
    was_declined: bool = False
    account: str = ""
    account_name: str = ""  # where there are several
    recorded_how: str = "never"  # as the workspace said when it began: never, on_demand, always
    announcement: str = ""  # what is to be said before it is recorded

    @property
    def who(self) -> str:
        """The caller as one names them."""
        if self.card and self.card.name:
            return self.card.name
        return self.name or (self.card.number_shown if self.card else "") or self.number


class PhoneDesk:
    """Follows the phone's events, finds the caller in the replica, and keeps the log by commands."""

    def __init__(self, desk: Desk, agent: AgentDesk, phone: Softphone) -> None:
        self.lines = Lines(desk.now)
        self.calls: Observable[tuple[LiveCall, ...]] = Observable(())
        self.levels: Observable[tuple[float, float]] = Observable((0.0, 0.0))
        self.devices: Observable[tuple[Device, ...]] = Observable(())  # as the phone told them when they changed
        self.lost: Observable[str] = Observable("")
        self.wrap_up: Observable[LiveCall | None] = Observable(None)
        self.on_pop: Callable[[LiveCall], None] = lambda _call: None  # as soon as the caller is known
        self.dial_rules: tuple[DialRule, ...] = ()
        self._desk, self._agent, self._phone = desk, agent, phone
        self.watch = VoiceWatch(self._do)
        self._stop = phone.subscribe(self._hear)
        self._logging: asyncio.Queue[LiveCall] = asyncio.Queue()
        self._looked_up: dict[int, asyncio.Future[CallerCard]] = {}
        desk.tasks.start(self._keep_log(), name="call log")

    # ── what the agent does ───────────────────────────────────────────────────────────────────────────────────────────

    @property
    def current(self) -> LiveCall | None:
        """The call that is talked on, else one that is held or dialled, else one that rings."""
        order = ("active", "held", "dialling", "ringing")
        live = [call for call in self.calls.value if call.state in order]
        return min(live, key=lambda call: order.index(call.state), default=None)

    @property
    def ringing(self) -> LiveCall | None:
        """The call that waits for an answer."""
        incoming = (call for call in self.calls.value if call.state == "ringing" and call.direction == "in")
        return next(incoming, None)

    async def answer(self, call: LiveCall) -> None:
        """Take it."""
        await self._do(Answer(call_id=call.phone_id))

    async def decline(self, call: LiveCall) -> None:
        """Refuse it; the proxy decides who is next."""
        self._change(call.phone_id, was_declined=True)
        await self._do(Reject(call_id=call.phone_id))

    async def hang_up(self, call: LiveCall) -> None:
        """End it."""
        await self._do(HangUp(call_id=call.phone_id))

    async def set_hold(self, call: LiveCall, *, is_on: bool) -> None:
        """Let them wait, or talk on."""
        await self._do(Hold(call_id=call.phone_id, is_on=is_on))

    async def set_mute(self, call: LiveCall, *, is_on: bool) -> None:
        """Close or open the microphone."""
        await self._do(Mute(call_id=call.phone_id, is_on=is_on))

    async def press(self, call: LiveCall, digits: str) -> None:
        """Send keys."""
        await self._do(SendDtmf(call_id=call.phone_id, digits=digits))

    async def dial(self, number: str, account: str = "") -> None:
        """Call somebody from an account, by default the first.

        The rules of dialling say what goes on the wire; the screen and the log have the customer's number.
        """
        account = account or self.lines.default_id
        wanted = dialled(self.dial_rules, number, country=self.country, account=account)
        number = wanted.number
        shown = number if number != wanted.wire else ""
        answer = await self._do(Dial(number=wanted.wire, account=account, shown=shown))
        phone_id = msgspec.json.decode(answer, type=int)
        if not any(call.phone_id == phone_id for call in self.calls.value):
            self._begin(phone_id, "", "out", number, "dialling", line=1, account=account)

    def put_away(self, call: LiveCall) -> None:
        """Take the card off the screen; the bar keeps ringing."""
        self._change(call.phone_id, is_put_away=True)

    async def choose(self, call: LiveCall, match: Match) -> None:
        """Say which of several matches it is."""
        if call.card is not None:
            base = call.card
            card = await self._desk.read(lambda reader: of_match(reader, base, match))
            self._change(call.phone_id, card=card)

    async def finish(self, disposition: str) -> None:
        """Wrap the last call up."""
        call = self.wrap_up.value
        if call is not None:
            call_id = call_id_of(self._desk.tenant_id, call.sip_call_id)
            await self._desk.run(WrapUpCall(call_id=call_id, disposition=disposition))
        self.wrap_up.set(None)
        await self._agent.wrapped_up()

    @property
    def country(self) -> str:
        """Whose national numbers are meant here (ISO 3166)."""
        return self._desk.country

    def conversation_of(self, call: LiveCall) -> UUID:
        """The conversation that the call is in the inbox."""
        return conversation_id_of(call_id_of(self._desk.tenant_id, call.sip_call_id))

    async def do(self, act: Act) -> Any:
        """Anything else the phone can do; raises `PhoneTrouble`."""
        return await self._do(act)

    async def _do(self, act: Act) -> msgspec.Raw:
        try:
            return await self._phone.do(act)
        except PhoneError as error:
            raise PhoneTrouble(reason=str(error)) from error

    # ── what the phone says ───────────────────────────────────────────────────────────────────────────────────────────

    def _hear(self, event: Event) -> None:
        match event:
            case RegistrationChanged():
                self.lines.hear(event)
            case Levels():
                self.levels.set((event.microphone, event.speaker))
            case DevicesChanged():
                self.devices.set(tuple(event.devices))
            case CallRinging():
                self._rings(event)
            case CallChanged(is_test=False):
                self._changed(event)
            case PhoneLost():
                self._phone_lost(event)
            case PhoneBack():
                self.lost.set("")

    def _rings(self, event: CallRinging) -> None:
        self._begin(
            event.call_id, event.sip_call_id, "in", event.number, "ringing", line=event.line, name=event.name,
            queue=event.queue, invite_read_us=event.invite_read_us, account=event.account,
        )  # fmt: skip

    def _begin(self, phone_id: int, sip_call_id: str, direction: str, number: str, state: str, *, line: int, **more: Any) -> None:
        facts: dict[str, Any] = {"name": "", "queue": "", **more}
        facts["account_name"] = self.lines.name_of(facts.get("account", ""))
        rules = self._desk.recording
        facts |= {"recorded_how": rules.of(direction), "announcement": rules.announcement}
        call = LiveCall(
            phone_id=phone_id, sip_call_id=sip_call_id, direction=direction, number=number, line=line, state=state,
            started_at=self._desk.clock.now(), **facts,
        )  # fmt: skip
        self._looked_up[phone_id] = asyncio.get_running_loop().create_future()
        self.calls.set((*self.calls.value, call))
        self._desk.tasks.start(self._find_caller(call), name="screen pop")

    async def _find_caller(self, call: LiveCall) -> None:
        """First the card on the screen, from the replica alone; then the log."""
        country = self._desk.country
        card = await self._desk.read(lambda reader: caller_card(reader, call.number, country))
        self._looked_up[call.phone_id].set_result(card)
        known = next((each for each in self.calls.value if each.phone_id == call.phone_id), None)
        if known is not None and known.state == "ringing" and known.direction == "in":
            self.on_pop(replace(known, card=card))  # before anything else hears of it
        changed = self._change(call.phone_id, card=card)
        if changed is not None:
            self._log(changed)

    def _changed(self, event: CallChanged) -> None:
        known = next((call for call in self.calls.value if call.phone_id == event.call_id), None)
        if known is None:
            if event.state == "ended":
                return
            self._begin(
                event.call_id,
                event.sip_call_id,
                event.direction,
                event.number,
                event.state,
                line=event.line,
                account=event.account,
            )
        now = self._desk.clock.now()
        facts: dict[str, Any] = {"state": event.state, "is_muted": event.is_muted, "sip_call_id": event.sip_call_id}
        call = next(call for call in self.calls.value if call.phone_id == event.call_id)
        if event.state == "active" and call.answered_at is None:
            facts["answered_at"] = now
        if event.state == "ended":
            facts |= {"ended_at": now, "sip_code": event.sip_code, "reason": event.reason}
        changed = self._change(event.call_id, **facts)
        if changed is not None:
            self._after(call, changed)

    def _after(self, before: LiveCall, call: LiveCall) -> None:
        if call.state == "active" and before.answered_at is None:
            self._log(call)
            self._desk.tasks.start(self._agent.call_began(), name="agent state")
        if call.state == "ended":
            self._log(call)
            if call.answered_at is not None:  # before the call goes: nobody shall see a moment without either
                self.wrap_up.set(call)
                self._desk.tasks.start(self._agent.call_ended(), name="agent state")
            self.calls.set(tuple(each for each in self.calls.value if each.phone_id != call.phone_id))

    def _phone_lost(self, event: PhoneLost) -> None:
        now = self._desk.clock.now()
        self.lost.set(event.reason)
        self.lines.lost("The phone is being started again")
        for call in self.calls.value:
            self._log(replace(call, state="ended", ended_at=now, reason="the phone was restarted", sip_code=0))
        self.calls.set(())

    def _change(self, phone_id: int, **facts: Any) -> LiveCall | None:
        changed = tuple(replace(call, **facts) if call.phone_id == phone_id else call for call in self.calls.value)
        self.calls.set(changed)
        return next((call for call in changed if call.phone_id == phone_id), None)

    # ── the log ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _log(self, call: LiveCall) -> None:
        self._logging.put_nowait(call)

    async def _keep_log(self) -> None:
        """One after the other, so that a call's facts come in the order in which they happened."""
        while True:
            call = await self._logging.get()
            try:
                await self._write(call)
            finally:
                self._logging.task_done()

    async def _write(self, call: LiveCall) -> None:
        if not call.sip_call_id:
            return
        card = call.card or await self._looked_up[call.phone_id]  # a call may end before its caller was found
        try:
            await self._desk.run(_command_of(replace(call, card=card), self.lines.number_of(call.account)))
        except PatchbayError:
            log.exception("the call %s could not be logged", call.sip_call_id)
        if call.state == "ended":
            self._looked_up.pop(call.phone_id, None)

    async def quiet(self) -> None:
        """Until no call is on."""
        is_quiet = asyncio.Event()

        def look(calls: tuple[LiveCall, ...]) -> None:
            if not calls:
                is_quiet.set()

        stop = self.calls.subscribe(look)
        look(self.calls.value)
        try:
            await is_quiet.wait()
        finally:
            stop()

    async def written(self) -> None:
        """Until the log holds all that has happened so far."""
        await self._logging.join()

    def close(self) -> None:
        """Hear no more."""
        self._stop()


def _command_of(call: LiveCall, agent_number: str) -> LogCall:
    state = "ended" if call.state == "ended" else "active" if call.answered_at else "ringing"
    card = call.card
    return LogCall(
        sip_call_id=call.sip_call_id, direction=call.direction, number=call.number, state=state,
        number_shown=card.number_shown if card else "", contact_id=card.contact_id if card else None, queue=call.queue,
        started_at=call.started_at, answered_at=call.answered_at, ended_at=call.ended_at,
        outcome=_outcome(call) if state == "ended" else None, sip_code=call.sip_code or None, reason=call.reason or None,
        agent_number=agent_number, recording=call.recorded_how,
    )  # fmt: skip


def _outcome(call: LiveCall) -> str:
    if call.answered_at is not None:
        return "answered"
    if call.was_declined:
        return "declined"
    if call.direction == "in":
        return "missed"
    return "cancelled" if call.sip_code == 487 else "failed" if call.sip_code >= 500 or call.sip_code == 404 else "missed"
