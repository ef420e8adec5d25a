"""A whole tenant, made from a seed: the same rows in every run, but for their times."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from tests.demo import cast
from tests.demo.calls import Desk, Rung, add_call
from tests.demo.customers import Customers
from tests.demo.ledger import Batch, Ledger
from tests.demo.story import add_story
from tests.demo.threads import Threads

GENERATOR = 2  # raise it with every change to what is generated: what benches keep on disk is made again
SEED = 20261123


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How many there shall be of each; the people of the story come on top."""

    contacts: int
    accounts: int
    identities: int = 0  # at least two a contact; some companies' switchboards come on top
    messages: int = 0
    calls: int = 0
    notes: int = 0
    tasks: int = 0
    open_of_maya: int = 0  # with the two of the story
    unassigned: int = 0
    open_of_others: int = 0
    bare_conversations: int = 0  # without their messages


DEMO = Sizes(
    contacts=5_000, accounts=800, identities=11_000, messages=20_000, calls=3_000, notes=320, tasks=360, open_of_maya=12,
    unassigned=5, open_of_others=42,
)  # fmt: skip
SMALL = Sizes(
    contacts=120, accounts=20, messages=600, calls=90, notes=20, tasks=20, open_of_maya=12, unassigned=5, open_of_others=6
)


class Tenant:
    """Generates once, from start to end."""

    def __init__(self, tenant_id: UUID, sizes: Sizes, *, now: datetime, seed: int = SEED, version: int = 0) -> None:
        self.ledger = Ledger(tenant_id, version)
        self._sizes, self._now, self._rng = sizes, now, random.Random(seed)
        owners = [cast.user_id(tenant_id, one.email) for one in cast.COLLEAGUES]
        self._customers = Customers(self.ledger, self._rng, owners, now)

    @property
    def version(self) -> int:
        """The change number of the last act; the tenant's when all batches are written."""
        return self.ledger.version

    def batches(self) -> Iterator[Batch]:
        """All rows, parents before their children."""
        cast.add_cast(self.ledger, self._now)
        yield from self.ledger.take()
        for number in range(self._sizes.accounts):
            self._customers.add_account(number)
        yield from self.ledger.take()
        yield from self._contacts()
        messages = add_story(self.ledger, self._customers, self._now)
        yield from self._threads(messages)
        yield from self._desk()
        yield from self.ledger.take()

    def _contacts(self) -> Iterator[Batch]:
        sizes = self._sizes
        each, more = divmod(max(sizes.identities - 2 * sizes.contacts, 0), sizes.contacts)
        for number in range(sizes.contacts):
            self._customers.add_contact(number, 2 + each + (number < more))
            yield from self.ledger.take_full()

    def _threads(self, messages: int) -> Iterator[Batch]:
        threads = Threads(self.ledger, self._rng, self._customers.all, self._now)
        messages += self._open(threads)
        while messages < self._sizes.messages:
            messages += threads.add_finished(self._sizes.messages - messages)
            yield from self.ledger.take_full()
        for number in range(self._sizes.bare_conversations):
            threads.add_bare(is_open=number % 5 < 3)
            yield from self.ledger.take_full()

    def _open(self, threads: Threads) -> int:
        """What waits now: the newest minutes ago, the oldest some days."""
        maya, others = cast.COLLEAGUES[0], cast.COLLEAGUES[1:]
        messages = 0
        if self._sizes.open_of_maya:
            self._add_missed(maya)
        for number in range(max(self._sizes.open_of_maya - 3, 0)):  # two are in the story, one is a missed call
            messages += threads.add_open(maya.team, maya, self._ago(15 + 14 * number * number), answered=number % 3 == 2)
        for number in range(self._sizes.unassigned):
            messages += threads.add_open(maya.team, None, self._ago(4 + 23 * number))
        for number in range(self._sizes.open_of_others):
            agent = others[number % len(others)]
            status = ("open", "open", "open", "pending", "snoozed")[number % 5]
            messages += threads.add_open(
                agent.team, agent, self._ago(9 + 47 * number), status=status, answered=status != "open"
            )  # fmt: skip
        return messages

    def _add_missed(self, maya: cast.Colleague) -> None:
        customer = self._rng.choice(self._customers.all)
        add_call(
            self.ledger,
            Rung(
                name="missed", customer=customer, team=maya.team, agent=maya, at=self._ago(52), direction="in", outcome="missed",
                wait_s=24, status="open",
            ),
        )  # fmt: skip

    def _ago(self, minutes: int) -> datetime:
        return self._now - timedelta(minutes=minutes)

    def _desk(self) -> Iterator[Batch]:
        desk = Desk(self.ledger, self._rng, self._customers.all, self._now)
        for make, count in (
            (desk.add_call, self._sizes.calls),
            (desk.add_note, self._sizes.notes),
            (desk.add_task, self._sizes.tasks),
        ):
            for number in range(count):
                make(number)
                yield from self.ledger.take_full()
