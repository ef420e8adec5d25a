"""Makes a tenant: its row, its entry in the directory, its first roles and team, by commands of the system's."""

from uuid import UUID

from sqlalchemy import insert

from app.domain.roles.commands import CreateRole, GrantRole
from app.domain.roles.rules import PRESETS, preset_id
from app.domain.teams.commands import AddTeamMember, CreateTeam
from app.domain.tenants.commands import CreateWorkspace
from app.domain.tenants.rules import slug_of
from app.domain.users.commands import CreateUser
from app.kernel.columns import moment_from_us
from app.kernel.command import Command
from app.kernel.errors import BadValue
from app.kernel.ids import derived_id, new_id
from app.kernel.log import Tenant
from app.kernel.permissions import system_actor
from server.database.directory import TenantName, WorkspaceTaken
from server.database.sessions import set_password
from server.database.store import Stores, TenantStore

DEVICE = "patchbay-server"
FIRST_TEAM = "Everyone"


async def found_tenant(stores: Stores, name: str, *, country: str = "", time_zone: str = "UTC") -> TenantStore:
    """A new tenant without people; `WorkspaceTaken` when its short name is in use."""
    slug = slug_of(name)
    if stores.directory.find(slug) is not None:
        raise WorkspaceTaken(slug=slug)
    tenant = TenantName(id=new_id(), slug=slug, name=name)
    stores.directory.add(tenant)
    store = stores.of(tenant.id)
    await store.change(lambda each: each.execute(insert(Tenant).values(id=tenant.id, slug=slug, name=name, change=0)))
    await as_system(store, CreateWorkspace(name=name, country=country, time_zone=time_zone))
    for preset in PRESETS:
        await as_system(
            store,
            CreateRole(
                role_id=preset_id(tenant.id, preset.key), key=preset.key, name=preset.name, rights=list(preset.rights),
                sees_all_teams=preset.sees_all_teams,
            ),
        )  # fmt: skip
    await as_system(store, CreateTeam(team_id=first_team(tenant.id), name=FIRST_TEAM))
    return store


async def add_person(store: TenantStore, *, name: str, email: str, role: str, password_hash: str) -> UUID:
    """Somebody who can sign in, with one of the first roles, in the first team; their id."""
    if role not in {preset.key for preset in PRESETS}:
        raise BadValue(field="role", value=role, hint=f"One of: {', '.join(preset.key for preset in PRESETS)}.")
    user_id = new_id()
    await as_system(store, CreateUser(user_id=user_id, name=name, email=email))
    await as_system(store, GrantRole(role_id=preset_id(store.tenant_id, role), user_id=user_id))
    await as_system(store, AddTeamMember(team_id=first_team(store.tenant_id), user_id=user_id))
    now = moment_from_us(store.now_us())
    await store.change(lambda each: set_password(each, store.tenant_id, user_id, password_hash, now))
    return user_id


def first_team(tenant_id: UUID) -> UUID:
    """The team that every tenant begins with."""
    return derived_id(tenant_id, "team", "first")


async def as_system(store: TenantStore, command: Command) -> None:
    """Carry a command out in nobody's name but the server's."""
    await store.issue(command, system_actor(store.tenant_id).user_id, DEVICE)
