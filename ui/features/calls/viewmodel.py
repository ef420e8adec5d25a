"""The call log as a list."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.desk.desk import Desk
from app.desk.lines import Lines
from app.domain.calls.queries import CallRow, agent_numbers, calls
from app.kernel.observable import Observable
from app.kernel.reader import Reader, Slice
from app.kernel.words import tr
from ui.features.calls.recording_words import column_words
from ui.features.when import duration_text, moment_text

OUTCOME_WORDS = {
    "answered": "Answered", "missed": "Missed", "declined": "Declined", "failed": "Failed", "cancelled": "Cancelled",
    "voicemail": "Voicemail",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class CallLine:
    """One call as the table shows it."""

    id: UUID
    conversation_id: UUID
    contact_id: UUID | None
    number: str
    who: str
    number_shown: str
    direction: str
    outcome: str
    outcome_text: str
    queue: str
    when_text: str
    duration_text: str
    reason: str
    recorded: tuple[str, str, str]  # in words, an icon, and a tone
    sentence: str


class CallsList:
    """Pages of the log; `stale` counts up whenever they should be asked for again. Of several accounts a call names its own."""

    def __init__(self, desk: Desk, lines: Lines) -> None:
        self.outcome: Observable[str | None] = Observable(None)
        self.mine: Observable[bool] = Observable(False)
        self.stale: Observable[int] = Observable(0)
        self._desk, self._lines = desk, lines
        self._stop = desk.on_changed({"call", "contact"}, self._reload)
        self.outcome.subscribe(lambda _: self._reload())
        self.mine.subscribe(lambda _: self._reload())

    def _reload(self) -> None:
        self.stale.set(self.stale.value + 1)

    async def page(self, after: str | None, limit: int = 50) -> Slice:
        """Calls after a place, as `CallLine`s."""
        outcome, mine, now = self.outcome.value, self.mine.value, self._desk.now()
        has_several = len(self._lines.all.value) > 1

        def ask(reader: Reader) -> tuple[Slice, dict[UUID, str]]:
            found = calls(reader, outcome=outcome, mine=mine, after=after, limit=limit)
            return found, agent_numbers(reader, [row.id for row in found.rows]) if has_several else {}

        found, numbers = await self._desk.read(ask)
        names = {call_id: self._lines.name_of_number(number) for call_id, number in numbers.items()}
        return Slice(rows=[line_of(row, now, names.get(row.id, "")) for row in found.rows], next=found.next)

    def close(self) -> None:
        """Hear no more."""
        self._stop()


def line_of(row: CallRow, now: datetime, account: str = "") -> CallLine:
    """A call in words; `account`: the phone's, where there are several."""
    queue = " · ".join(part for part in (row.queue, account) if part)
    outcome = row.outcome or ("missed" if row.state == "ended" else "answered")
    words = tr(OUTCOME_WORDS.get(outcome, outcome)) if row.state == "ended" else tr("On now")
    talked = duration_text((row.ended_at - row.answered_at).total_seconds()) if row.ended_at and row.answered_at else ""
    who = row.contact_name or row.number_shown or row.number or tr("Anonymous")
    way = tr("Incoming") if row.direction == "in" else tr("Outgoing")
    when = moment_text(row.started_at, now)
    recorded = column_words(row.recording)
    said = tr("recorded") if row.recording.parts else ""
    return CallLine(
        id=row.id, conversation_id=row.conversation_id, contact_id=row.contact_id, number=row.number, who=who,
        number_shown=row.number_shown or row.number, direction=row.direction, outcome=outcome, outcome_text=words,
        queue=queue, when_text=when, duration_text=talked, reason=row.reason or "", recorded=recorded,
        sentence=", ".join(word for word in (f"{way}, {words}", who, queue, when, talked, said) if word),
    )  # fmt: skip
