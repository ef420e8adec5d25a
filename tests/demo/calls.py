"""The demo's calls, notes and tasks."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.calls.records import Call, CallLeg
from app.domain.calls.rules import DISPOSITIONS, call_id_of, conversation_id_of, leg_id_of, preview_kind_of
from app.domain.conversations.records import Conversation
from app.domain.notes.records import Note
from app.domain.tasks.records import Task
from tests.demo import cast, texts
from tests.demo.customers import YEAR, Customer
from tests.demo.ledger import Ledger
from tests.demo.threads import TEAM_WEIGHTS, TEAMS, slots

OUTCOMES = {
    "in": (("answered", "missed", "declined", "voicemail"), (74, 17, 3, 6)),
    "out": (("answered", "missed", "failed", "cancelled", "voicemail"), (70, 14, 4, 5, 7)),
}
SIP_CODES = {"answered": 200, "missed": 487, "declined": 603, "failed": 486, "cancelled": 487, "voicemail": 200}
DISPOSITION_WEIGHTS = (62, 12, 5, 9, 7, 5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """A call that is over, before it is rows."""

    name: str
    customer: Customer
    team: str
    agent: cast.Colleague
    at: datetime
    direction: str
    outcome: str
    talk_s: int = 0
    wait_s: int = 9
    reason: str = ""
    disposition: str | None = None
    status: str = "resolved"


def add_call(ledger: Ledger, rung: Rung) -> None:
    """The call, its conversation and its two legs."""
    sip_call_id = f"{ledger.id('call', rung.name).hex}@pbx.demo.example"
    call_id, answered = call_id_of(ledger.tenant_id, sip_call_id), rung.outcome in {"answered", "voicemail"}
    owner, team = cast.user_id(ledger.tenant_id, rung.agent.email), cast.team_id(ledger.tenant_id, rung.team)
    picked_up = rung.at + timedelta(seconds=rung.wait_s) if answered else None
    ended = rung.at + timedelta(seconds=rung.wait_s + rung.talk_s)
    times = {"started_at": rung.at, "answered_at": picked_up, "ended_at": ended, "sip_code": SIP_CODES[rung.outcome]}
    ledger.act(rung.at, owner, until=ended)
    ledger.add(
        Conversation, conversation_id_of(call_id), owner_id=owner, team_id=team, channel="voice", status=rung.status,
        contact_id=rung.customer.id, address=rung.customer.phone_shown, preview=cast.QUEUES[rung.team],
        preview_kind=preview_kind_of("ended", rung.outcome, rung.direction), last_message_at=ended, last_direction=rung.direction,
        is_unread=rung.status == "open" and rung.outcome == "missed", message_count=1, assigned_at=rung.at,
    )  # fmt: skip
    ledger.add(
        Call, call_id, owner_id=owner, team_id=team, direction=rung.direction, state="ended", outcome=rung.outcome,
        sip_call_id=sip_call_id, number=rung.customer.phone, number_shown=rung.customer.phone_shown, contact_id=rung.customer.id,
        conversation_id=conversation_id_of(call_id), queue=cast.QUEUES[rung.team] if rung.direction == "in" else "",
        reason=rung.reason or None, disposition=rung.disposition, **times,
    )  # fmt: skip
    for role, number in (("customer", rung.customer.phone), ("agent", f"sip:{rung.agent.first.lower()}@pbx.demo.example")):
        ledger.add(CallLeg, leg_id_of(call_id, role, number), call_id=call_id, role=role, number=number, **times)


class Desk:
    """Draws calls, notes and tasks."""

    def __init__(self, ledger: Ledger, rng: random.Random, customers: Sequence[Customer], now: datetime) -> None:
        self._ledger, self._rng, self._customers, self._now = ledger, rng, customers, now

    def add_call(self, number: int) -> None:
        """A call some time in the last year."""
        rng = self._rng
        team, direction = rng.choices(TEAMS, TEAM_WEIGHTS)[0], "in" if rng.random() < 0.7 else "out"
        outcome = rng.choices(*OUTCOMES[direction])[0]
        talk_s = round(rng.lognormvariate(5.1, 0.8)) if outcome == "answered" else rng.randrange(9, 60) * (outcome == "voicemail")
        at = (self._now - timedelta(hours=3) - YEAR * rng.random()).replace(hour=rng.randrange(7, 18), minute=rng.randrange(60))
        add_call(
            self._ledger,
            Rung(
                name=str(number), customer=rng.choice(self._customers), team=team, agent=self._somebody(team),
                at=min(at, self._now - timedelta(hours=2)), direction=direction, outcome=outcome, talk_s=min(talk_s, 3_000),
                wait_s=rng.randrange(4, 45), reason=rng.choice(texts.CALL_REASONS) if outcome == "answered" else "",
                disposition=rng.choices(DISPOSITIONS, DISPOSITION_WEIGHTS)[0] if outcome == "answered" else None,
            ),
        )  # fmt: skip

    def add_note(self, number: int) -> None:
        """What somebody wrote down about a customer."""
        customer, author, at = self._rng.choice(self._customers), self._somebody(), self._now - YEAR * self._rng.random()
        by = cast.user_id(self._ledger.tenant_id, author.email)
        self._ledger.act(at, by)
        self._ledger.add(
            Note, self._ledger.id("note", number), owner_id=by, team_id=self._ledger.tenant_id, contact_id=customer.id,
            text=self._rng.choice(texts.NOTES).format(**slots(self._rng, customer, author)), is_pinned=self._rng.random() < 0.05,
        )  # fmt: skip

    def add_task(self, number: int) -> None:
        """What somebody has to do, or had to."""
        rng, customer, owner = self._rng, self._rng.choice(self._customers), self._somebody()
        made_at, is_done = self._now - timedelta(days=rng.uniform(0.2, 90)), rng.random() < 0.7
        due_at = made_at + timedelta(days=rng.uniform(1, 20)) if is_done else self._now + timedelta(days=rng.uniform(-2, 14))
        by = cast.user_id(self._ledger.tenant_id, owner.email)
        self._ledger.act(made_at, by)
        self._ledger.add(
            Task, self._ledger.id("task", number), owner_id=by, team_id=self._ledger.tenant_id, contact_id=customer.id,
            title=rng.choice(texts.TASKS).format(**slots(rng, customer, owner)), due_at=due_at,
            done_at=min(due_at, self._now) - timedelta(hours=2) if is_done else None,
        )  # fmt: skip

    def _somebody(self, team: str | None = None) -> cast.Colleague:
        return self._rng.choice([one for one in cast.COLLEAGUES if team in {None, one.team}])
