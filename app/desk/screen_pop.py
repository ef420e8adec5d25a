"""The screen pop: what the card says of a caller, read from the replica alone."""

from datetime import datetime
from uuid import UUID

import msgspec

from app.desk.wording import told
from app.domain.contacts.matching import Match, who_calls
from app.domain.contacts.queries import caller_facts
from app.domain.tasks.queries import next_task
from app.domain.timeline.queries import TimelineEntry, timeline
from app.kernel.reader import Reader

RECENT = 3


class OpenThing(msgspec.Struct, frozen=True, kw_only=True):
    """An open or last thing with the caller: a kind for its icon, a title, and when."""

    kind: str
    title: str
    at: datetime | None
    channel: str = ""
    detail: str = ""
    duration_s: int | None = None


class CallerCard(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the card shows; `matches` empty means nobody is known, more than one means the agent picks."""

    number: str
    number_shown: str
    country: str
    matches: list[Match]
    contact_id: UUID | None = None
    name: str = ""
    company: str = ""
    job_title: str = ""
    is_vip: bool = False
    how: str = ""
    pinned_note: str = ""
    language: str = ""
    time_zone: str = ""
    things: list[OpenThing] = []


def caller_card(reader: Reader, number: str, country: str) -> CallerCard:
    """Who calls, and what the agent should know of them; `country`: how national numbers are read."""
    found = who_calls(reader, number, country)
    card = CallerCard(
        number=found.value or number, number_shown=found.shown or number, country=found.country, matches=found.matches
    )
    return of_match(reader, card, found.matches[0]) if len(found.matches) == 1 else card


def of_match(reader: Reader, card: CallerCard, match: Match) -> CallerCard:
    """The card of one of the matches."""
    facts = caller_facts(reader, match.contact_id)
    if facts is None:
        return card
    return msgspec.structs.replace(
        card,
        contact_id=match.contact_id, name=match.name, company=match.account_name, job_title=match.job_title,
        is_vip=match.is_vip, how=match.how, pinned_note=facts.pinned_note, language=facts.language,
        time_zone=facts.time_zone, things=_things(reader, match.contact_id),
    )  # fmt: skip


def _things(reader: Reader, contact_id: UUID) -> list[OpenThing]:
    task = next_task(reader, contact_id)
    due = [OpenThing(kind="task", title=task.title, at=task.due_at)] if task else []
    last = timeline(reader, contact_id, kinds=frozenset({"message", "call"}), limit=RECENT)
    return [*due, *(_thing(told(entry)) for entry in last)][:RECENT]


def _thing(entry: TimelineEntry) -> OpenThing:
    title = entry.title if entry.kind == "call" else entry.title or entry.body or entry.by
    return OpenThing(
        kind=entry.kind, title=title, at=entry.at, channel=entry.channel, detail=entry.detail, duration_s=entry.duration_s
    )
