"""The quality of the line while one talks: from the voice of the last seconds, and only of the call that is talked on.

Kept beside the live calls, not on them: it changes every second, and nobody but who shows it has to hear of that.
"""

import asyncio
import logging
from dataclasses import dataclass, replace

from app.desk.telephony import LiveCall, PhoneDesk, PhoneTrouble
from app.desk.voice_quality import Score, Verdict, score
from app.kernel.observable import Observable
from app.kernel.tasks import TaskRunner
from softphone.api import Event, Softphone, VoiceFigures

log = logging.getLogger(__name__)
WINDOW = 10  # figures, one a second: what was lost before says nothing of the line now
SILENT = 5  # figures in a row in which nothing came
TURNED = 5  # figures in a row until a line has turned poor
RECOVERED = 10  # and until it is no longer
STALE_S = 8.0  # without new figures the last ones are shown no longer


@dataclass(frozen=True, slots=True, kw_only=True)
class LineQuality:
    """How the voice travels now. `loss_percent`: of the last seconds; that of the whole call is in `figures`."""

    figures: VoiceFigures
    loss_percent: float
    score: Score
    is_silent: bool = False

    @property
    def verdict(self) -> Verdict:
        """In a word; a line on which nothing comes is poor, however well nothing travels."""
        return "poor" if self.is_silent else self.score.verdict


@dataclass(frozen=True, slots=True)
class Trail:
    """The newest figures of one call, oldest first, and for how many of them in a row the line was poor, or was not."""

    seen: tuple[VoiceFigures, ...] = ()
    poor: int = 0
    fine: int = 0

    def after(self, figures: VoiceFigures) -> "Trail":
        """With the next figures; counters that fell back are those of a new stream."""
        before = self.seen
        if before and (figures.packets_in < before[-1].packets_in or figures.codec != before[-1].codec):
            before = ()
        trail = replace(self, seen=(*before, figures)[-WINDOW - 1 :])
        quality = trail.quality
        if quality is None:
            return trail
        is_poor = quality.verdict == "poor"
        return replace(trail, poor=trail.poor + 1 if is_poor else 0, fine=0 if is_poor else trail.fine + 1)

    @property
    def quality(self) -> LineQuality | None:
        """None until there are two figures between which something came, or nothing for long."""
        if len(self.seen) < 2:
            return None
        first, last = self.seen[0], self.seen[-1]
        came, lost = last.packets_in - first.packets_in, max(0, last.lost - first.lost)  # one that comes late is lost no more
        is_silent = len(self.seen) > SILENT and last.packets_in == self.seen[-1 - SILENT].packets_in
        if not came and not is_silent:
            return None
        percent = 100 * lost / (came + lost) if came else 0.0
        found = score(codec=last.codec, one_way_ms=(last.round_trip_ms or 0.0) / 2, loss_percent=percent)
        return LineQuality(figures=last, loss_percent=percent, score=found, is_silent=is_silent)


class LiveVoice:
    """Watches the voice while a call is active.

    `quality` is the newest. `is_poor`: it has been poor for some seconds and was not said to be before in this call.
    """

    def __init__(self, phone: Softphone, calls: PhoneDesk, tasks: TaskRunner) -> None:
        self.quality: Observable[LineQuality | None] = Observable(None)
        self.is_poor: Observable[bool] = Observable(False)
        self._calls, self._tasks = calls, tasks
        self._active: int | None = None
        self._trail = Trail()
        self._said: set[int] = set()  # calls
        self._stale: asyncio.TimerHandle | None = None
        self._stops = (phone.subscribe(self._hear), calls.calls.subscribe(self._follow))

    def _follow(self, calls: tuple[LiveCall, ...]) -> None:
        self._said &= {call.phone_id for call in calls}
        active = next((call.phone_id for call in calls if call.state == "active"), None)
        if active == self._active:
            return
        self._active = active
        self._forget()
        self._tasks.start(self._watch(is_on=active is not None), name="voice of the call")

    async def _watch(self, *, is_on: bool) -> None:
        try:
            await self._calls.watch.want("call", is_on=is_on)
        except PhoneTrouble as error:  # a phone that is being started again does it then; its calls are gone
            log.info("the voice is not watched: %s", error.values["reason"])

    def _hear(self, event: Event) -> None:
        if not isinstance(event, VoiceFigures) or event.call_id != self._active:
            return
        if self._stale is not None:
            self._stale.cancel()
        self._stale = asyncio.get_running_loop().call_later(STALE_S, self._forget)
        self._trail = self._trail.after(event)
        self.quality.set(self._trail.quality)
        if self._trail.poor == TURNED and event.call_id not in self._said:
            self._said.add(event.call_id)
            self.is_poor.set(True)
        elif self._trail.fine >= RECOVERED:
            self.is_poor.set(False)

    def _forget(self) -> None:
        """On hold, at the end, or when the other side lets one wait: what was is not what is."""
        if self._stale is not None:
            self._stale.cancel()
            self._stale = None
        self._trail = Trail()
        self.quality.set(None)
        self.is_poor.set(False)

    def close(self) -> None:
        """Hear no more."""
        if self._stale is not None:
            self._stale.cancel()
        for stop in self._stops:
            stop()
