"""The cast of the access matrix: one record of each noun for each reason why Ben may see it, and roles made for a case."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from app.domain.accounts.commands import CreateAccount
from app.domain.calls.commands import LogCall
from app.domain.calls.rules import call_id_of
from app.domain.contacts.commands import CreateContact
from app.domain.conversations.commands import LinkContact, StartConversation
from app.domain.messages.commands import Reply
from app.domain.notes.commands import AddNote
from app.domain.roles.commands import CreateRole, GrantRole, RevokeRole, SetRoleRights
from app.domain.roles.rules import preset_id
from app.domain.shares.commands import ShareRecord
from app.domain.tasks.commands import CreateTask
from app.domain.teams.commands import CreateTeam
from app.domain.territories.commands import AddTerritoryMember, CreateTerritory, PlaceRecord
from app.domain.users.commands import CreateUser, EditUser
from app.kernel.columns import moment_from_us
from app.kernel.command import Command
from app.kernel.ids import derived_id, new_id
from app.kernel.permissions import system_actor
from app.kernel.undo import Undo
from server.database.founding import first_team
from server.database.store import TenantStore
from tests.server.world import World

ROWS = ("own", "shared", "team", "below", "territory", "everybody", "foreign")
SEEN = {  # at each level, told anew: the product must come to the same by another way
    "none": frozenset[str](),
    "own": frozenset({"own", "shared"}),
    "team": frozenset({"own", "shared", "team", "below", "territory", "everybody"}),
    "all": frozenset(ROWS),
}
NOUNS = ("contact", "account", "conversation", "call", "note", "task")
IN_SIGHT_OF_ALL = {"task": {"team": frozenset(ROWS)}}  # what is to be done belongs to everybody
SECRET = "quince-{row}"  # in a field of every contact: must be in no answer and no file where it is hidden


def seen_of(noun: str, level: str) -> frozenset[str]:
    """Which rows of a noun are in sight at a level."""
    return IN_SIGHT_OF_ALL.get(noun, {}).get(level, SEEN[level])


@dataclass
class Cast:
    """Ben's world."""

    world: World
    store: TenantStore
    ids: dict[tuple[str, str], UUID] = field(default_factory=dict)  # (noun, row) → record
    role: UUID = field(default_factory=new_id)

    @property
    def system(self) -> UUID:
        return system_actor(self.store.tenant_id).user_id

    async def do(self, command: Command, by: UUID | None = None) -> UUID:
        """Carry it out; the command's id."""
        command_id = new_id()
        await self.store.issue(command, by or self.system, "cast", command_id=command_id)
        return command_id

    async def undo(self, command_id: UUID) -> None:
        """Put it back as it was."""
        await self.do(Undo(command_id=command_id))

    async def give(self, rights: dict[str, str], fields: dict[str, str] | None = None) -> None:
        """From now on Ben's one role gives this."""
        await self.do(SetRoleRights(role_id=self.role, rights=rights, fields=fields or {}))

    def rows_of(self, noun: str, record_ids: Iterable[object]) -> set[str]:
        """Why records are in the cast; calls have conversations of their own, which are not."""
        told = {str(each) for each in record_ids}
        return {row for (each, row), known in self.ids.items() if each == noun and str(known) in told}


async def make_cast(world: World) -> Cast:
    """The people, the territories, and the records."""
    cast = Cast(world, world.server.stores.of(world.people.acme))
    ben, tenant, everyone = world.people.ben, cast.store.tenant_id, first_team(world.people.acme)
    junior, other, sales, emea, alps = (new_id() for _ in range(5))
    await cast.do(CreateRole(role_id=cast.role, key="tested", name="Tested", rights={}))
    await cast.do(GrantRole(role_id=cast.role, user_id=ben))
    await cast.do(RevokeRole(role_id=preset_id(tenant, "agent"), user_id=ben))
    for user, name in ((junior, "junior"), (other, "other")):
        await cast.do(CreateUser(user_id=user, name=name, email=f"{name}@acme.example"))
        await cast.do(GrantRole(role_id=preset_id(tenant, "supervisor"), user_id=user))
    await cast.do(EditUser(user_id=junior, patch={"manager_id": str(ben)}))
    await cast.do(CreateTeam(team_id=sales, name="Sales"))
    await cast.do(CreateTerritory(territory_id=emea, name="EMEA"))
    await cast.do(CreateTerritory(territory_id=alps, name="Alps", above_id=emea))
    await cast.do(AddTerritoryMember(territory_id=emea, user_id=ben))
    await cast.give({f"{noun}:*": "own" for noun in (*NOUNS, "message")})
    placed = {
        "own": (ben, sales), "shared": (other, sales), "team": (other, everyone), "below": (junior, sales),
        "territory": (other, sales), "everybody": (other, tenant), "foreign": (other, sales),
    }  # fmt: skip
    for row, (owner, team) in placed.items():
        for noun in NOUNS:
            made = await _make(cast, noun, row, owner, team)
            cast.ids[noun, row] = made
            if noun == "conversation":
                cast.ids["message", row] = derived_id(made, "message")
                said = Reply(conversation_id=made, message_id=cast.ids["message", row], text=SECRET.format(row=row))
                await cast.do(said, owner)
            if row == "territory":
                await cast.do(PlaceRecord(territory_id=alps, record_kind=noun, record_id=made))
            if row == "shared":
                await cast.do(ShareRecord(record_kind=noun, record_id=made, user_id=ben))
    return cast


async def _make(cast: Cast, noun: str, row: str, owner: UUID, team: UUID) -> UUID:
    record, name = derived_id(cast.store.tenant_id, noun, row), f"{noun} {row}"
    about: dict[str, Any] = {"contact_id": cast.ids.get(("contact", row), record)}
    match noun:
        case "contact":
            await cast.do(CreateContact(contact_id=record, name=name, team_id=team, job_title=SECRET.format(row=row)), owner)
        case "account":
            await cast.do(CreateAccount(account_id=record, name=name, team_id=team, industry=SECRET.format(row=row)), owner)
        case "conversation":
            start = StartConversation(conversation_id=record, channel="email", address="x@x.example", subject=name, team_id=team)
            await cast.do(start, owner)
            await cast.do(LinkContact(conversation_id=record, **about))
        case "note":
            await cast.do(AddNote(note_id=record, text=SECRET.format(row=row), **about), owner)
        case "task":
            await cast.do(CreateTask(task_id=record, title=name), owner)
        case _:
            at = moment_from_us(cast.store.now_us())
            told: dict[str, Any] = {"direction": "in", "number": "1", "state": "ended", "outcome": "answered", "started_at": at}
            await cast.do(
                LogCall(sip_call_id=row, queue=name, reason=SECRET.format(row=row), team_id=team, **about, **told), owner
            )
            record = call_id_of(cast.store.tenant_id, row)
    return record


@contextmanager
def looking(store: TenantStore) -> Iterator[Connection]:
    """A read transaction of one's own."""
    with store.engine.connect().execution_options(is_reader=True) as connection, connection.begin():
        yield connection
