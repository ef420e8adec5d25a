"""Who is here, without Qt: colleagues, how they stand and since when, and what they work on, as fresh as the server told it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from app.desk.access import WhileShown
from app.desk.agent_state import CHOSEN
from app.desk.desk import Desk
from app.desk.monitor import MonitorDesk
from app.desk.presence import LASTS, TYPING
from app.domain.users.commands import SetUserState
from app.kernel.errors import NeedsServer, NotAllowed, PatchbayError
from app.kernel.observable import Observable
from app.kernel.texts import text_of
from app.kernel.words import tr
from app.protocol.monitor import CallNow, Colleague, DoingNow, WhoIsHere
from ui.features.users.viewmodel import STATES
from ui.features.when import clock_text, duration_text

HereState = Literal["loading", "shown", "needs_server", "refused", "failed"]
AT_MOST_EVERY, AT_LEAST_EVERY = timedelta(seconds=2), timedelta(seconds=15)  # the server is asked


@dataclass(frozen=True, slots=True, kw_only=True)
class HereLine:
    """A colleague in words."""

    id: UUID
    name: str
    state: str
    state_words: str
    since: str
    work: str
    conversation_id: UUID | None
    may_force: bool

    @property
    def sentence(self) -> str:
        """For those who cannot see it."""
        since = tr("for {0}").replace("{0}", self.since) if self.since else ""
        return ", ".join(part for part in (self.name, self.state_words, since, self.work) if part)


class HerePanel:
    """`lines` as of `stamp`; `person` is the one whose page is open. The view calls `tick` each second while it is shown."""

    def __init__(self, desk: Desk, monitor: MonitorDesk, on_presence: Callable[[Callable[[Any], None]], object]) -> None:
        self.lines: Observable[tuple[HereLine, ...] | None] = Observable(None)
        self.person: Observable[HereLine | None] = Observable(None)
        self.stamp: Observable[tuple[str, bool]] = Observable(("", False))  # and whether the server is away
        self.state: Observable[HereState] = Observable("loading")
        self.problem = ""
        self._desk, self._monitor = desk, monitor
        self._told: WhoIsHere | None = None
        self._asked_at: datetime | None = None
        self._is_due = self._is_asking = False
        self._chosen: UUID | None = None
        self.shown = WhileShown(desk, {"user", "call"}, self._note, name="who is here")
        on_presence(lambda _: self._be_due())
        desk.connection.subscribe(lambda _: self._be_due())

    def _be_due(self) -> None:
        self._is_due = True

    async def _note(self) -> None:
        self._be_due()

    async def tick(self) -> None:
        """Count the ages on, and ask again when something may have changed, or when it was long ago."""
        now = self._desk.clock.now()
        self._show(now)
        waited = now - self._asked_at if self._asked_at is not None else AT_LEAST_EVERY
        is_time = waited >= AT_LEAST_EVERY or (self._is_due and waited >= AT_MOST_EVERY)
        if is_time and not self._is_asking and self._is_live:
            await self.refresh()

    @property
    def _is_live(self) -> bool:
        return self._desk.connection.value.state == "live"

    async def refresh(self) -> None:
        """Ask the server; what it said before stays when it is away, with its age."""
        self._is_asking, self._is_due = True, False
        self._asked_at = self._desk.clock.now()
        try:
            self._told = await self._monitor.who_is_here()
            self.state.set("shown")
        except PatchbayError as error:
            self._fail(error)
        finally:
            self._is_asking = False
        self._show(self._desk.clock.now())

    def _fail(self, error: PatchbayError) -> None:
        self.problem = text_of(error)
        if isinstance(error, NeedsServer) and self._told is not None:
            return
        self._told = None
        kinds: dict[type[PatchbayError], HereState] = {NeedsServer: "needs_server", NotAllowed: "refused"}
        self.state.set(kinds.get(type(error), "failed"))

    def _show(self, now: datetime) -> None:
        told = self._told
        if told is None:
            return
        clock = clock_text(told.as_of, self._desk.zone)
        words = tr("As of {0}") if self._is_live else tr("The server is away. This is as of {0}.")
        self.stamp.set((words.replace("{0}", clock), not self._is_live))
        lines = tuple(self._line(each, now) for each in sorted(told.colleagues, key=lambda each: each.state == "offline"))
        if lines != self.lines.value:
            self.lines.set(lines)
            self.person.set(self._find(self._chosen))

    def _line(self, each: Colleague, now: datetime) -> HereLine:
        zone = self._desk.zone
        parts = [_call_words(each.call, now) if each.call else "", _doing_words(each.doing, now, zone) if each.doing else ""]
        talk = each.call.conversation_id if each.call else None
        return HereLine(
            id=each.user_id, name=each.name, state=each.state, state_words=tr(STATES.get(each.state, each.state)),
            since=span_words(each.state_since, now), work=" · ".join(part for part in parts if part),
            conversation_id=talk or (each.doing.conversation_id if each.doing else None), may_force=each.may_force,
        )  # fmt: skip

    def _find(self, user_id: UUID | None) -> HereLine | None:
        return next((each for each in self.lines.value or () if each.id == user_id), None)

    def open(self, user_id: UUID | None) -> None:
        """Somebody's page, or everybody."""
        self._chosen = user_id
        self.person.set(self._find(user_id))

    def states(self) -> list[tuple[str, str]]:
        """Those that can be set in somebody's place: what calls set is not among them."""
        return [(state, tr(STATES[state])) for state in CHOSEN]

    async def force(self, state: str, reason: str) -> None:
        """Set somebody's state in their place; they are told who did it, and why."""
        if self._chosen is not None:
            await self._desk.run(SetUserState(user_id=self._chosen, state=state, reason=reason))
            self._be_due()


def span_words(since: datetime | None, now: datetime) -> str:
    """How long something has been so: under a minute, 12 min, 3 h 5 min, 2 days; "" when nobody knows."""
    if since is None:
        return ""
    minutes = max(0, int((now - since).total_seconds() // 60))
    if minutes < 1:
        return tr("under a minute")
    if minutes < 60:
        return tr("{0} min").replace("{0}", str(minutes))
    if minutes < 24 * 60:
        return tr("{0} h {1} min").replace("{0}", str(minutes // 60)).replace("{1}", str(minutes % 60))
    days = minutes // (24 * 60)
    return tr("1 day") if days == 1 else tr("{0} days").replace("{0}", str(days))


def _call_words(call: CallNow, now: datetime) -> str:
    length = duration_text((now - call.since).total_seconds())
    words = tr("Incoming call, {0}") if call.direction == "in" else tr("Outgoing call, {0}")
    return " · ".join(part for part in (words.replace("{0}", length), call.title) if part)


def _doing_words(doing: DoingNow, now: datetime, zone: Any) -> str:
    if doing.doing == TYPING and now - doing.said_at < LASTS[TYPING]:
        return tr("Writes to {0}").replace("{0}", doing.title)
    words = tr("Looks at {0}, as of {1}").replace("{0}", doing.title)
    return words.replace("{1}", clock_text(doing.said_at, zone))
