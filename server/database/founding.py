"""Makes a tenant: its row, its first roles and team, its first person, by commands of the system's; its name comes last."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import insert

from app.domain.roles.commands import CreateRole, GrantRole
from app.domain.roles.rules import BASELINE, PRESETS, preset_id
from app.domain.teams.commands import AddTeamMember, CreateTeam
from app.domain.tenants.commands import CreateWorkspace
from app.domain.tenants.rules import slug_of
from app.domain.users.commands import CreateUser
from app.kernel.columns import moment_from_us
from app.kernel.command import Command, Issued, body_of
from app.kernel.errors import BadValue
from app.kernel.ids import derived_id, new_id
from app.kernel.log import Tenant
from app.kernel.permissions import system_actor
from app.protocol.envelopes import refusal_of
from server.database.directory import TenantName, WorkspaceTaken
from server.database.sessions import set_password
from server.database.store import Stores, TenantStore

DEVICE = "patchbay-server"
FIRST_TEAM = "Everyone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who shall be able to sign in, with one of the first roles."""

    name: str
    email: str
    role: str
    password_hash: str


async def found_tenant(
    stores: Stores, name: str, *, country: str = "", time_zone: str = "UTC", admin: Person | None = None
) -> TenantStore:
    """A new tenant; `WorkspaceTaken` when its short name is in use.

    One act: the directory knows it only when all of it is there. What broke off before that is nobody's, and the name is free.
    """
    slug = slug_of(name)
    if stores.directory.find(slug) is not None:
        raise WorkspaceTaken(slug=slug)
    tenant = TenantName(id=new_id(), slug=slug, name=name)
    store = stores.begin(tenant.id)
    try:
        await store.change(lambda each: each.execute(insert(Tenant).values(id=tenant.id, slug=slug, name=name, change=0)))
        await all_as_system(store, _first_commands(tenant, country, time_zone))
        if admin is not None:
            await add_person(store, admin)
        stores.directory.add(tenant)
    except BaseException:
        stores.abandon(store)
        raise
    return stores.of(tenant.id)


def _first_commands(tenant: TenantName, country: str, time_zone: str) -> list[Command]:
    roles = [
        CreateRole(
            role_id=preset_id(tenant.id, preset.key), key=preset.key, name=preset.name, rights=dict(preset.rights),
            fields=dict(preset.fields),
        )
        for preset in PRESETS
    ]  # fmt: skip
    workspace = CreateWorkspace(name=tenant.name, country=country, time_zone=time_zone)
    return [workspace, *roles, CreateTeam(team_id=first_team(tenant.id), name=FIRST_TEAM)]


async def add_person(store: TenantStore, person: Person) -> UUID:
    """Let somebody in, and into the first team; their id."""
    role = person.role
    roles = [preset.key for preset in PRESETS if preset.key != BASELINE]
    if role not in roles:
        raise BadValue(field="role", value=role, hint=f"One of: {', '.join(roles)}.")
    user_id, now = new_id(), moment_from_us(store.now_us())
    # A password of nobody does no harm; somebody without a password would be in the way of the next try.
    await store.change(lambda each: set_password(each, store.tenant_id, user_id, person.password_hash, now))
    await all_as_system(
        store,
        [
            CreateUser(user_id=user_id, name=person.name, email=person.email),
            GrantRole(role_id=preset_id(store.tenant_id, role), user_id=user_id),
            AddTeamMember(team_id=first_team(store.tenant_id), user_id=user_id),
        ],
    )
    return user_id


def first_team(tenant_id: UUID) -> UUID:
    """The team that every tenant begins with."""
    return derived_id(tenant_id, "team", "first")


async def all_as_system(store: TenantStore, commands: Sequence[Command]) -> None:
    """Carry these out in nobody's name but the server's, in one transaction; raises the first refusal."""
    actor_id, batch = system_actor(store.tenant_id).user_id, list[Issued]()
    for command in commands:
        batch.append(
            Issued(
                id=new_id(), name=command.verb, body=body_of(command), actor_id=actor_id, device=DEVICE,
                acted_us=store.now_us(), seen={}, needs=tuple(each.id for each in batch[:1]),
            )
        )  # fmt: skip
    outcomes = await store.write(lambda: store.authority.carry_out(batch))
    for outcome in outcomes:
        if outcome.status == "rejected":
            raise refusal_of(outcome)
