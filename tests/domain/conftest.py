"""A tenant with an agent, an agent of another team, a supervisor and an administrator, on SQLite."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.domain import nouns
from app.domain.contacts.commands import CreateContact
from app.domain.roles.actors import actor_of
from app.domain.roles.commands import CreateRole, GrantRole
from app.domain.roles.rules import PRESETS, preset_id
from app.domain.teams.commands import AddTeamMember, CreateTeam
from app.domain.tenants.commands import CreateWorkspace
from app.domain.users.commands import CreateUser
from app.kernel.command import Command
from app.kernel.database import open_sqlite
from app.kernel.ids import new_id
from app.kernel.log import Audit, Effect, Tenant
from app.kernel.permissions import system_actor
from app.kernel.reader import Reader
from app.kernel.record import Base
from app.protocol.envelopes import Outcome
from server.database.authority import Authority
from server.database.tables import ServerTable

T = TypeVar("T")
KNOWN = nouns.NOUNS
BEGIN_US = 1_790_000_000_000_000


@dataclass
class House:
    """One tenant; time goes on by a second with each command."""

    engine: Engine
    tenant_id: UUID
    time_us: int = BEGIN_US
    people: dict[str, UUID] = field(default_factory=dict)
    teams: dict[str, UUID] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.authority = Authority(self.engine, self.tenant_id, lambda: self.time_us)

    @property
    def system(self) -> UUID:
        return system_actor(self.tenant_id).user_id

    def do(self, command: Command, by: str = "agent", command_id: UUID | None = None) -> Outcome:
        """Carry it out as somebody; raises what it is refused with."""
        self.time_us += 1_000_000
        actor = self.system if by == "system" else self.people[by]
        return self.authority.issue(command, actor, f"desk-{by}", command_id=command_id)

    def ask(self, question: Callable[[Reader], T], by: str = "agent") -> T:
        """Read as somebody."""
        actor_id = self.system if by == "system" else self.people[by]
        with self.engine.connect().execution_options(is_reader=True) as connection, connection.begin():
            return question(Reader(connection, self.tenant_id, actor_of(connection, self.tenant_id, actor_id)))

    def audits(self, record_id: UUID) -> list[Audit]:
        """What was written down of a record, oldest first."""
        with Session(self.engine) as session:
            return list(session.scalars(select(Audit).where(Audit.record_id == record_id).order_by(Audit.version)))

    def effects(self) -> list[Effect]:
        """What waits to be done outside."""
        with Session(self.engine) as session:
            return list(session.scalars(select(Effect)))

    def contact(self, name: str = "Luca Bianchi", **more: object) -> UUID:
        """A new person, made by the agent."""
        contact_id = new_id()
        self.do(CreateContact(contact_id=contact_id, name=name, **more))  # type: ignore[arg-type] # as the command says
        return contact_id


def found(engine: Engine) -> House:
    """A tenant with its first people in two teams."""
    tenant_id = new_id()
    with Session(engine) as session, session.begin():
        session.add(Tenant(id=tenant_id, change=0, slug=tenant_id.hex, name="Velora"))
    house = House(engine, tenant_id)
    house.do(CreateWorkspace(name="Velora", country="DE"), "system")
    for preset in PRESETS:
        house.do(
            CreateRole(
                role_id=preset_id(tenant_id, preset.key), key=preset.key, name=preset.name, rights=dict(preset.rights),
                fields=dict(preset.fields),
            ),
            "system",
        )  # fmt: skip
    for team in ("care", "sales"):
        house.teams[team] = new_id()
        house.do(CreateTeam(team_id=house.teams[team], name=team), "system")
    for name, role, team in (
        ("agent", "agent", "care"), ("other", "agent", "sales"), ("supervisor", "supervisor", "care"),
        ("administrator", "administrator", "care"),
    ):  # fmt: skip
        house.people[name] = new_id()
        house.do(CreateUser(user_id=house.people[name], name=name.title(), email=f"{name}@velora.example"), "system")
        house.do(GrantRole(role_id=preset_id(tenant_id, role), user_id=house.people[name]), "system")
        house.do(AddTeamMember(team_id=house.teams[team], user_id=house.people[name]), "system")
    return house


@pytest.fixture
def engine() -> Engine:
    """An empty database."""
    engine = open_sqlite()
    Base.metadata.create_all(engine)
    ServerTable.metadata.create_all(engine)
    return engine


@pytest.fixture
def house(engine: Engine) -> House:
    """A tenant with its first people."""
    return found(engine)
