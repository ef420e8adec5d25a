"""What a laptop brings home, on a whole server and both databases: what clashes is asked, and one bad act stays alone."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
import pytest_asyncio

from app.domain.conflicts.commands import SettleConflict
from app.domain.conflicts.queries import conflicts
from app.domain.contacts.commands import CreateContact, EditContact
from app.domain.contacts.queries import contact
from app.domain.notes.commands import AddNote
from app.kernel.ids import new_id
from app.replica.outbox import OutboxEntry
from app.replica.thread import ReplicaThread
from tests.peers.postgresql import postgresql
from tests.server.test_routes import make
from tests.server.world import Database, PostgresqlDatabase, SqliteDatabase, World, running
from tests.sync.service import until
from tests.sync.test_erased_everywhere import console

PATIENCE_S = 60.0
BEN = "ben@acme.example"


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """Two workspaces, made once on each of the two."""
    made = tmp_path_factory.mktemp("made")
    if request.param == "sqlite":
        yield SqliteDatabase(made)
    else:
        with postgresql() as peer:
            yield PostgresqlDatabase(peer.url(), made)


@pytest_asyncio.fixture
async def world(database: Database, tmp_path: Path) -> AsyncIterator[World]:
    """A running server."""
    place = database.copy(tmp_path / "place")
    async with running(place, database.people) as made:
        yield made
    database.drop(place)


@pytest_asyncio.fixture
async def ana(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """The administrator of Acme, on the web."""
    async with world.signed_in("acme", "ana@acme.example") as caller:
        yield caller


async def shown(replica: ReplicaThread, contact_id: UUID) -> Any:
    return await replica.read(lambda reader: contact(reader, contact_id))


async def test_the_same_field_is_asked_and_others_are_joined(world: World, ana: httpx.AsyncClient, tmp_path: Path) -> None:
    """Edited offline at 14:09, on the web at 14:12, brought home at 15:00."""
    made = await make(ana, "contacts", name="Mia Wong", job_title="Clerk")
    mia = UUID(made["id"])
    async with console(world, tmp_path, BEN, world.people.ben, "laptop", os.urandom(32)) as (replica, live, _):
        async with live():
            await shown(replica, mia)
        await replica.run(EditContact(contact_id=mia, patch={"job_title": "Offline", "pinned_note": "mine"}))
        patched = await ana.patch(f"/contacts/{mia}", json={"job_title": "Web", "language": "it"})
        assert patched.status_code == 200
        async with live():
            await until(lambda: is_settled(replica), PATIENCE_S)
            known = await shown(replica, mia)
            assert (known.job_title, known.pinned_note, known.language) == ("Web", "mine", "it")
            [asked] = await replica.read(conflicts)
            assert (asked.met[0].mine, asked.met[0].theirs, asked.met[0].original) == ("Offline", "Web", "Clerk")
        await replica.run(SettleConflict(conflict_id=asked.id, choice="mine"))  # without the server
        async with live():
            await until(lambda: is_settled(replica), PATIENCE_S)
        after = (await ana.get(f"/contacts/{mia}")).json()
        assert (after["job_title"], after["pinned_note"], after["language"]) == ("Offline", "mine", "it")
        assert await replica.read(conflicts) == []


async def is_settled(replica: ReplicaThread) -> bool:
    return not [each for each in await replica.outbox() if each.state != "rejected"]


async def test_of_thirty_acts_the_bad_one_stays_with_its_reason_and_what_stands_on_it(
    world: World, ana: httpx.AsyncClient, tmp_path: Path
) -> None:
    key, ids = os.urandom(32), [new_id() for _ in range(28)]
    bad, note = new_id(), new_id()
    await make(ana, "contacts", name="Taken Already", phones=["+4930123456"])
    async with console(world, tmp_path, BEN, world.people.ben, "laptop", key) as (replica, live, _):
        async with live():
            pass
        for place, each in enumerate(ids):
            await replica.run(CreateContact(contact_id=each, name=f"Person {place}"))
            if place == 13:
                await replica.run(EditContact(contact_id=ids[0], patch={"job_title": "x" * 3}))
        await replica.run(CreateContact(contact_id=bad, name="Twice", phones=("+4930123999",), only_if_new=True))
        await replica.run(AddNote(note_id=note, text="about Twice", contact_id=bad))
        assert len(await replica.outbox()) == 31
        await make(ana, "contacts", name="Quicker", phones=["+4930123999"])
        async with live():
            await until(lambda: is_settled(replica), PATIENCE_S)
        kept = await left(replica)
        assert kept == {"contact.create": "duplicate_contact", "note.add": "not_here"}
    async with console(world, tmp_path, BEN, world.people.ben, "laptop", key) as (replica, live, _):
        assert await left(replica) == kept, "also after the program was started anew"
        create, on_it = await replica.outbox()
        assert create.values["name"] == "Quicker"
        assert isinstance(create.command, CreateContact)
        assert isinstance(on_it.command, AddNote)
        await again(replica, create, CreateContact(contact_id=new_id(), name="Twice", phones=("+4930123998",)))
        await again(replica, on_it, AddNote(note_id=new_id(), text="about Twice", contact_id=ids[0]))
        async with live():
            await until(lambda: is_settled(replica), PATIENCE_S)
        assert await replica.outbox() == []
    names = {row["name"] for row in (await ana.get("/contacts", params={"limit": 100})).json()["rows"]}
    assert {f"Person {place}" for place in range(28)} | {"Twice", "Quicker", "Taken Already"} <= names


async def left(replica: ReplicaThread) -> dict[str, str]:
    """What stays, and why."""
    return {each.name: each.error for each in await replica.outbox()}


async def again(replica: ReplicaThread, entry: OutboxEntry, command: Any) -> None:
    """As the person edited it."""
    await replica.run(command)
    await replica.dismiss(entry.command_id)
