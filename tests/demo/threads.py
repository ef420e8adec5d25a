"""Conversations: short threads that hang together, over e-mail mostly."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.domain.conversations.records import Conversation
from app.domain.conversations.rules import preview_of, reply_due
from app.domain.messages.records import Message
from app.domain.messages.rules import reply_subject
from tests.demo import cast, texts
from tests.demo.customers import YEAR, Customer
from tests.demo.ledger import Ledger
from tests.demo.tags import tags_of

CHANNELS, CHANNEL_WEIGHTS = ("email", "whatsapp", "sms"), (78, 14, 8)
TEAMS, TEAM_WEIGHTS = (cast.CARE, cast.SALES, cast.WORKSHOP), (70, 15, 15)
BY_TEAM = {team: [one for one in cast.COLLEAGUES if one.team == team] for team in TEAMS}
LONGEST_THREAD = timedelta(days=4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One message: who said it, what and when."""

    direction: str
    text: str
    at: datetime
    subject: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """A conversation with its messages, before it is rows."""

    name: str
    customer: Customer
    channel: str
    subject: str
    team: str
    agent: cast.Colleague | None
    said: Sequence[Said]
    status: str = "resolved"
    until: datetime | None = None  # when it comes back, if it is snoozed
    is_unread: bool = False
    tags: tuple[str, ...] = ()


def slots(rng: random.Random, customer: Customer, agent: cast.Colleague, language: str = "en") -> dict[str, Any]:
    """What stands in the places of a text."""
    return {
        "first": customer.first, "agent": agent.first, "order": f"#{rng.randrange(41_000, 49_999)}",
        "invoice": f"2026-{rng.randrange(100, 999):04}", "city": rng.choice(texts.CITIES), "bike": rng.choice(texts.BIKES),
        "day": rng.choice(texts.DAYS.get(language, texts.DAYS["en"])),
    }  # fmt: skip


def message_key(ledger: Ledger, name: str, place: int) -> str:
    """The Message-ID of a thread's message."""
    return _key_of(ledger.id("message", f"{name}/{place}"))


def _key_of(message_id: UUID) -> str:
    return f"{message_id.hex}@mail.demo.example"


def add_thread(ledger: Ledger, thread: Thread) -> UUID:
    """The conversation and its messages."""
    author = cast.user_id(ledger.tenant_id, thread.agent.email) if thread.agent else None
    first, last = thread.said[0], thread.said[-1]
    ledger.act(first.at, author or ledger.id("system", 0), until=last.at)
    is_waiting = last.direction == texts.IN and thread.status == "open"
    conversation_id = ledger.add(
        Conversation, ledger.id("conversation", thread.name), owner_id=author,
        team_id=cast.team_id(ledger.tenant_id, thread.team), channel=thread.channel, subject=thread.subject,
        status=thread.status, contact_id=thread.customer.id, inbox_key=cast.INBOXES[thread.team],
        address=thread.customer.email if thread.channel == "email" else thread.customer.phone_shown,
        preview=preview_of(last.text), last_message_at=last.at, last_direction=last.direction, is_unread=thread.is_unread,
        message_count=len(thread.said), assigned_at=first.at if author else None,
        reply_due_at=reply_due(thread.channel, last.at) if is_waiting else None, snoozed_until=thread.until, tags=thread.tags,
    )  # fmt: skip
    ids = [ledger.id("message", f"{thread.name}/{place}") for place in range(len(thread.said))]
    for place, message_id in enumerate(ids):
        _add_message(ledger, thread, conversation_id, place, message_id, [_key_of(each) for each in ids[:place]])
    return conversation_id


def _add_message(ledger: Ledger, thread: Thread, conversation_id: UUID, place: int, message_id: UUID, earlier: list[str]) -> None:
    said, ours = thread.said[place], f"{cast.INBOXES[thread.team]}@demo.example"
    theirs = thread.customer.email if thread.channel == "email" else thread.customer.phone
    agent = thread.agent if said.direction == texts.OUT else None
    is_mail = thread.channel == "email"
    subject = said.subject or (thread.subject if place == 0 else reply_subject(thread.subject))
    ledger.add(
        Message, message_id, conversation_id=conversation_id, direction=said.direction,
        author_id=cast.user_id(ledger.tenant_id, agent.email) if agent else None,
        author_name=agent.name if agent else thread.customer.name, subject=subject if is_mail else "",
        text=said.text, from_address=ours if agent else theirs, to_addresses={"to": [theirs if agent else ours], "cc": []},
        message_key=_key_of(message_id) if is_mail else "", in_reply_to=earlier[-1] if is_mail and earlier else None,
        thread_keys={"references": earlier if is_mail else []},
        state="received" if said.direction == texts.IN else "sent", sent_at=said.at, created_at=said.at, updated_at=said.at,
    )  # fmt: skip


def _length(said: Sequence[Said], *, answered: bool) -> int:
    """Up to our last answer, or up to the last question: who only says thanks waits for nothing."""
    lengths = range(len(said), 0, -1)
    if answered:
        return next(length for length in lengths if said[length - 1].direction == texts.OUT)
    return next((n for n in lengths if said[n - 1].direction == texts.IN and "?" in said[n - 1].text), 1)


class Threads:
    """Draws threads from the topics."""

    def __init__(self, ledger: Ledger, rng: random.Random, customers: Sequence[Customer], now: datetime) -> None:
        self._ledger, self._rng, self._customers, self._now = ledger, rng, customers, now
        self._count = 0

    def add_finished(self, at_most: int) -> int:
        """One that was resolved some time in the last year; the number of its messages, never more than `at_most`."""
        team = self._rng.choices(TEAMS, TEAM_WEIGHTS)[0]
        start = self._now - LONGEST_THREAD - YEAR * self._rng.random()
        thread = self._draw(team, self._rng.choice(BY_TEAM[team]), self._in_office_hours(start), at_most)
        add_thread(self._ledger, thread)
        return len(thread.said)

    def add_open(
        self, team: str, agent: cast.Colleague | None, last_at: datetime, *, status: str = "open", answered: bool = False
    ) -> int:
        """One that still waits: for us, or when it is answered, for the customer."""
        drawn = self._draw(team, agent or self._rng.choice(BY_TEAM[team]), last_at, at_most=4)
        kept = drawn.said[: 1 if agent is None else _length(drawn.said, answered=answered)]
        shift = last_at - kept[-1].at
        said = [Said(direction=each.direction, text=each.text, at=each.at + shift) for each in kept]
        thread = Thread(
            name=drawn.name, customer=drawn.customer, channel=drawn.channel, subject=drawn.subject, team=team, agent=agent,
            said=said, status=status, until=self._now + timedelta(days=2) if status == "snoozed" else None,
            is_unread=not answered and status == "open",
        )  # fmt: skip
        add_thread(self._ledger, thread)
        return len(said)

    def add_bare(self, is_open: bool) -> None:
        """A conversation without its messages, such as a console that keeps only the last days' has."""
        team = self._rng.choices(TEAMS, TEAM_WEIGHTS)[0]
        self._count += 1
        customer, agent, topic = (
            self._rng.choice(self._customers),
            self._rng.choice(BY_TEAM[team]),
            self._rng.choice(texts.ENGLISH),
        )
        places, at = slots(self._rng, customer, agent), self._now - YEAR * self._rng.random()
        author = cast.user_id(self._ledger.tenant_id, agent.email)
        self._ledger.act(at, author)
        self._ledger.add(
            Conversation, self._ledger.id("conversation", f"bare/{self._count}"), owner_id=author,
            team_id=cast.team_id(self._ledger.tenant_id, team), channel="email", subject=topic.subject.format(**places),
            status="open" if is_open else "resolved", contact_id=customer.id, address=customer.email,
            inbox_key=cast.INBOXES[team], preview=preview_of(topic.lines[0].format(**places)), last_message_at=at,
            is_unread=is_open, message_count=len(topic.lines), assigned_at=at, tags=tags_of("conversation", self._count),
        )  # fmt: skip

    def _draw(self, team: str, agent: cast.Colleague, start: datetime, at_most: int) -> Thread:
        rng = self._rng
        self._count += 1
        customer, channel = rng.choice(self._customers), rng.choices(CHANNELS, CHANNEL_WEIGHTS)[0]
        language = customer.language if channel == "email" and customer.language in texts.TOPICS and rng.random() < 0.75 else "en"
        topic = rng.choice(texts.TOPICS[language] if channel == "email" else texts.CHATS)
        places, at, said = slots(rng, customer, agent, language), start, list[Said]()
        for place, line in enumerate(topic.lines[:at_most]):
            said.append(Said(direction=(texts.IN, texts.OUT)[place % 2], text=line.format(**places), at=at))
            at += timedelta(minutes=rng.randrange(8, 240) if place % 2 == 0 else rng.randrange(15, 1_600))
        return Thread(
            name=str(self._count), customer=customer, channel=channel, team=team, agent=agent, said=said,
            subject=topic.subject.format(**places) if channel == "email" else "", tags=tags_of("conversation", self._count),
        )  # fmt: skip

    def _in_office_hours(self, at: datetime) -> datetime:
        """Nearly all come on working days between seven and eighteen."""
        if at.weekday() >= 5 and self._rng.random() < 0.85:
            at -= timedelta(days=at.weekday() - 4)
        return at.replace(hour=self._rng.randrange(7, 18), minute=self._rng.randrange(60))
