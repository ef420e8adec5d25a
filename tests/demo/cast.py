"""Who works at the demo's company: eight people in three teams, with roles."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from uuid import UUID

from app.domain.roles.records import Role, RoleGrant
from app.domain.roles.rules import PRESETS, grant_id, preset_id, stored
from app.domain.teams.records import Team, TeamMember
from app.domain.teams.rules import membership_id
from app.domain.tenants.records import Workspace
from app.domain.users.records import User
from app.kernel.ids import derived_id
from app.kernel.permissions import system_actor
from tests.demo.ledger import Ledger

COMPANY = "Velora Bikes"
COUNTRY, TIME_ZONE = "DE", "Europe/Berlin"
MAYA = "maya@demo.example"  # the agent whom the demo signs in
SUPERVISOR = "priya@demo.example"  # sees all teams
ADMINISTRATOR = "aiko@demo.example"
CARE, SALES, WORKSHOP = "Customer care", "Sales", "Workshop"
INBOXES = {CARE: "support", SALES: "sales", WORKSHOP: "workshop"}  # a conversation's inbox_key; the address is …@demo.example
QUEUES = {CARE: "Billing", SALES: "Fleet sales", WORKSHOP: "Technical"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Colleague:
    """One of the company's people."""

    name: str
    email: str
    team: str
    role: str
    language: str
    state: str

    @property
    def first(self) -> str:
        return self.name.split()[0]


COLLEAGUES = (
    Colleague(name="Maya Kapoor", email=MAYA, team=CARE, role="agent", language="en", state="available"),
    Colleague(name="Jonas Weber", email="jonas@demo.example", team=CARE, role="agent", language="de", state="busy"),
    Colleague(name="Chloé Dubois", email="chloe@demo.example", team=CARE, role="agent", language="fr", state="available"),
    Colleague(name="Priya Raman", email=SUPERVISOR, team=CARE, role="supervisor", language="en", state="available"),
    Colleague(name="Marta Kowalska", email="marta@demo.example", team=SALES, role="agent", language="pl", state="break"),
    Colleague(name="Søren Østergård", email="soren@demo.example", team=SALES, role="supervisor", language="da", state="away"),
    Colleague(name="Tomás Ferreira", email="tomas@demo.example", team=WORKSHOP, role="agent", language="pt", state="available"),
    Colleague(name="Aiko Tanaka", email=ADMINISTRATOR, team=WORKSHOP, role="administrator", language="ja", state="offline"),
)


@cache
def user_id(tenant_id: UUID, email: str) -> UUID:
    """A colleague's id."""
    return derived_id(tenant_id, "demo", "user", email)


@cache
def team_id(tenant_id: UUID, name: str) -> UUID:
    """A team's id."""
    return derived_id(tenant_id, "demo", "team", name)


def add_cast(ledger: Ledger, now: datetime) -> None:
    """The workspace, the roles that every tenant begins with, the teams and the people."""
    tenant_id = everybody = ledger.tenant_id
    ledger.act(now - timedelta(days=370), system_actor(tenant_id).user_id)
    ledger.add(
        Workspace, tenant_id, team_id=everybody, name=COMPANY, country=COUNTRY, time_zone=TIME_ZONE, language="en"
    )  # fmt: skip
    for preset in PRESETS:
        ledger.add(
            Role, preset_id(tenant_id, preset.key), team_id=everybody, key=preset.key, name=preset.name,
            rights=stored(preset.rights, preset.fields),
        )  # fmt: skip
    for name in INBOXES:
        ledger.add(Team, team_id(tenant_id, name), team_id=everybody, name=name)
    for minutes, one in enumerate(COLLEAGUES):
        _add_colleague(ledger, one, now - timedelta(minutes=7 * minutes + 12))


def _add_colleague(ledger: Ledger, one: Colleague, since: datetime) -> None:
    tenant_id = ledger.tenant_id
    person, team, role = user_id(tenant_id, one.email), team_id(tenant_id, one.team), preset_id(tenant_id, one.role)
    ledger.add(
        User, person, team_id=tenant_id, name=one.name, email=one.email, language=one.language, time_zone=TIME_ZONE,
        state=one.state, state_since=since,
    )  # fmt: skip
    ledger.add(TeamMember, membership_id(team, person), member_of=team, user_id=person)
    ledger.add(RoleGrant, grant_id(person, role), team_id=tenant_id, user_id=person, role_id=role)
