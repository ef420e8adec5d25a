"""The demo's customers: accounts, contacts, and the numbers and addresses that they use."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app.domain.accounts.records import Account
from app.domain.contacts.records import Contact, ContactIdentity
from app.domain.contacts.rules import link_id
from app.domain.identities.records import Identity
from app.domain.identities.rules import EMAIL, PHONE, identity_id
from app.kernel.phone import last_digits_of
from tests.demo import texts
from tests.demo.ledger import Ledger
from tests.demo.people import INDUSTRIES, JOBS, Crowd, Region
from tests.demo.tags import tags_of

YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """A contact as threads and calls need it."""

    id: UUID
    name: str
    first: str
    language: str
    email: str
    phone: str  # E.164
    phone_shown: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Firm:
    """An account as contacts need it."""

    id: UUID
    domain: str
    region: Region


class Customers:
    """Makes them one by one and remembers them."""

    def __init__(self, ledger: Ledger, rng: random.Random, owners: list[UUID], now: datetime) -> None:
        self._ledger, self._rng, self._owners, self._now = ledger, rng, owners, now
        self._crowd = Crowd(rng)
        self._firms: list[Firm] = []
        self._shared: dict[UUID, tuple[str, str]] = {}  # the switchboards of some firms
        self.all: list[Customer] = []

    def add_account(self, number: int) -> None:
        """A company from somewhere."""
        name, domain, region = self._crowd.company()
        self._act()
        account_id = self._ledger.add(
            Account, self._ledger.id("account", number), owner_id=self._rng.choice(self._owners), team_id=self._ledger.tenant_id,
            name=name, domain=domain, industry=self._rng.choice(INDUSTRIES), country=region.country,
            tags=tags_of("account", number),
        )  # fmt: skip
        self._firms.append(Firm(id=account_id, domain=domain, region=region))
        if number % 25 == 0:
            self._shared[account_id] = self._crowd.phone(region)

    def add_contact(self, number: int, identities: int = 2) -> None:
        """Somebody with a phone number, an address, and more numbers up to `identities`."""
        rng, firm = self._rng, self._rng.choice(self._firms) if self._firms and self._rng.random() < 0.8 else None
        person = self._crowd.person(firm.region if firm and rng.random() < 0.7 else None)
        email, (phone, shown) = self._crowd.email(person, firm.domain if firm else None), self._crowd.phone(person.region)
        self._act()
        contact_id = self._ledger.add(
            Contact, self._ledger.id("contact", number), owner_id=rng.choice(self._owners), team_id=self._ledger.tenant_id,
            name=person.name, account_id=firm.id if firm else None, job_title=rng.choice(JOBS), language=person.region.language,
            time_zone=person.region.time_zone, pinned_note=self._pinned(), is_vip=rng.random() < 0.02,
            tags=tags_of("contact", number),
        )  # fmt: skip
        self.use_phone(contact_id, phone, shown, person.region.country, label="mobile", is_primary=True)
        self.use_email(contact_id, email, is_primary=True)
        for _ in range(identities - 2):
            self.use_phone(contact_id, *self._crowd.phone(person.region), person.region.country, label="office")
        if firm and firm.id in self._shared and rng.random() < 0.5:
            self._share(contact_id, firm)
        self.all.append(
            Customer(
                id=contact_id, name=person.name, first=person.first, language=person.region.language, email=email, phone=phone,
                phone_shown=shown,
            )
        )  # fmt: skip

    def use_phone(
        self, contact_id: UUID, value: str, shown: str, country: str, *, label: str = "", is_primary: bool = False
    ) -> None:
        """A number that nobody had before, and its use by somebody."""
        used = self._ledger.add(
            Identity, identity_id(self._ledger.tenant_id, PHONE, value), team_id=self._ledger.tenant_id, kind=PHONE, value=value,
            shown=shown, last_digits=last_digits_of(value), country=country,
        )  # fmt: skip
        self._link(contact_id, used, label, is_primary=is_primary)

    def use_email(self, contact_id: UUID, value: str, *, is_primary: bool = False) -> None:
        """An address that nobody had before, and its use by somebody."""
        used = self._ledger.add(
            Identity, identity_id(self._ledger.tenant_id, EMAIL, value), team_id=self._ledger.tenant_id, kind=EMAIL, value=value,
            shown=value,
        )  # fmt: skip
        self._link(contact_id, used, "work", is_primary=is_primary)

    def _link(self, contact_id: UUID, used: UUID, label: str, *, is_primary: bool) -> None:
        self._ledger.add(
            ContactIdentity,
            link_id(contact_id, used),
            contact_id=contact_id,
            identity_id=used,
            label=label,
            is_primary=is_primary,
        )

    def _share(self, contact_id: UUID, firm: Firm) -> None:
        """A switchboard is one number of several people."""
        value, shown = self._shared[firm.id]
        if shown:
            self.use_phone(contact_id, value, shown, firm.region.country, label="switchboard")
            self._shared[firm.id] = (value, "")
        else:
            used = identity_id(self._ledger.tenant_id, PHONE, value)
            self._link(contact_id, used, "switchboard", is_primary=False)

    def _pinned(self) -> str | None:
        if self._rng.random() > 0.03:
            return None
        return self._rng.choice(texts.PINNED).format(invoice=f"2026-{self._rng.randrange(100, 999):04}")

    def _act(self) -> None:
        self._ledger.act(self._now - YEAR * (0.05 + self._rng.random()), self._rng.choice(self._owners))
