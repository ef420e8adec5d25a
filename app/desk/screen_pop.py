"""The screen pop: what the card says of a caller, read from the replica alone."""

from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Select, and_, bindparam, select

from app.domain.contacts.matching import Match, who_calls
from app.domain.contacts.records import Contact
from app.domain.tasks.records import Task
from app.domain.timeline.queries import TimelineEntry, timeline
from app.kernel.reader import Reader, scoped

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
    known = reader.all(_facts_asked(reader.actor.sees_all), **reader.scope, contact=match.contact_id)
    if not known:
        return card
    facts = known[0]
    return msgspec.structs.replace(
        card,
        contact_id=match.contact_id, name=match.name, company=match.account_name, job_title=match.job_title,
        is_vip=match.is_vip, how=match.how, pinned_note=facts.pinned_note or "", language=facts.language or "",
        time_zone=facts.time_zone or "", things=_things(reader, match.contact_id),
    )  # fmt: skip


def _things(reader: Reader, contact_id: UUID) -> list[OpenThing]:
    open_tasks = reader.all(_task_asked(reader.actor.sees_all), **reader.scope, contact=contact_id)
    due = [OpenThing(kind="task", title=task.title, at=task.due_at) for task in open_tasks]
    last = timeline(reader, contact_id, kinds=frozenset({"message", "call"}), limit=RECENT)
    return [*due, *(_thing(entry) for entry in last)][:RECENT]


def _thing(entry: TimelineEntry) -> OpenThing:
    title = entry.title if entry.kind == "call" else entry.title or entry.body or entry.by
    return OpenThing(
        kind=entry.kind, title=title, at=entry.at, channel=entry.channel, detail=entry.detail, duration_s=entry.duration_s
    )


# Built once: building a statement costs more than running it, and the phone is ringing.


@cache
def _facts_asked(sees_all: bool) -> Select[Any]:
    """What a match does not say of the contact."""
    columns = (Contact.pinned_note, Contact.language, Contact.time_zone)
    return select(*columns).where(scoped(Contact, sees_all=sees_all), Contact.id == bindparam("contact"))


@cache
def _task_asked(sees_all: bool) -> Select[Any]:
    """The open task that is due first."""
    is_theirs = and_(scoped(Task, sees_all=sees_all), Task.contact_id == bindparam("contact"), Task.done_at.is_(None))
    return select(Task.title, Task.due_at).where(is_theirs).order_by(Task.due_at.is_(None), Task.due_at, Task.id).limit(1)
