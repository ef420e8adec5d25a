"""What is done at one server process is known at the others at once, and nothing is missed when they cannot hear each other."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from functools import partial
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from sqlalchemy.engine import make_url

from app.domain.contacts.commands import AssignContact, CreateContact, EditContact
from app.domain.conversations.commands import StartConversation
from app.domain.messages.commands import Reply
from app.domain.roles.commands import RevokeRole
from app.domain.roles.rules import preset_id
from app.domain.teams.commands import CreateTeam
from app.kernel.ids import new_id
from app.protocol.live import Presence
from server.bootstrap import Service
from server.database import neighbours
from server.database.batch import Committed
from server.database.jobs import Job
from server.database.neighbours import Neighbours
from server.database.notices import CHANNEL, decode, unsealed
from server.database.place import Place
from server.database.store import TenantStore
from server.database.vault import Vault
from server.jobs.runner import Runner
from server.sync import contacts, live
from server.sync.endpoints import live_of
from tests.scale.fleet import Console, caller, console, sign_in, two_servers, until
from tests.server.world import Database, World, running, stores_of


@pytest.fixture(autouse=True)
def _nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is known at the other process was told to it."""
    monkeypatch.setattr(live, "WATCH_S", 3600.0)
    monkeypatch.setattr(contacts, "LOOK_EVERY_S", 3600.0)


@asynccontextmanager
async def one_each(place: Place, database: Database, folder: Path) -> AsyncIterator[tuple[World, World, Console, Console]]:
    """Two servers, Ana's console at one and Ben's at the other."""
    async with two_servers(place, database.people) as (one, other):
        ana, ben = await sign_in(one.address, "ana@acme.example"), await sign_in(other.address, "ben@acme.example")
        async with console(one.address, ana, folder) as hers, console(other.address, ben, folder) as his:
            await hers.is_live()
            await his.is_live()
            yield one, other, hers, his


def plain(place: Place) -> str:
    return make_url(place.url).set(drivername="postgresql").render_as_string(hide_password=False)


async def test_a_change_at_one_server_is_seen_live_at_the_other(place: Place, database: Database, tmp_path: Path) -> None:
    async with one_each(place, database, tmp_path) as (_, _, ana, ben):
        contact = new_id()
        await ana.replica.run(CreateContact(contact_id=contact, name="Ada", team_id=database.people.acme))
        await ben.sees(contact, "Ada")
        await ben.replica.run(EditContact(contact_id=contact, patch={"name": "Ada L."}))
        await ana.sees(contact, "Ada L.")


async def test_a_small_change_comes_with_its_rows_and_the_other_server_asks_for_nothing(
    place: Place, database: Database, tmp_path: Path
) -> None:
    async with one_each(place, database, tmp_path) as (_, other, ana, ben):
        told, contact = list[Committed](), new_id()
        other.server.stores.of(database.people.acme).authority.on_commit.append(told.append)
        await ana.replica.run(CreateContact(contact_id=contact, name="Ada", team_id=database.people.acme))
        await ben.sees(contact, "Ada")
        rows = [row for each in told if "contact" in each.kinds for row in each.rows or ()]
        assert [(row.kind, row.root, "Ada" in row.values) for row in rows] == [("contact", contact.bytes, True)]


async def test_servers_with_different_keys_tell_each_other_all_the_same(
    place: Place, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody gave each machine a key of its own: sessions do not travel then, but changes do."""
    monkeypatch.setattr(neighbours, "unsealed", lambda told, _box: unsealed(told, Vault(bytes(32)).box("another")))
    async with one_each(place, database, tmp_path) as (_, _, ana, ben):
        contact = new_id()
        await ana.replica.run(CreateContact(contact_id=contact, name="Ada", team_id=database.people.acme))
        await ben.sees(contact, "Ada")


async def test_both_write_at_once_and_both_end_equal(place: Place, database: Database, tmp_path: Path) -> None:
    async with one_each(place, database, tmp_path) as (_, _, ana, ben):
        made: dict[UUID, str] = {}
        for number in range(40):
            for desk in (ana, ben):
                contact = new_id()
                made[contact] = f"Contact {number}"
                await desk.replica.run(CreateContact(contact_id=contact, name=made[contact], team_id=database.people.acme))
            await asyncio.sleep(0.01)
        for contact, name in made.items():
            await ana.sees(contact, name)
            await ben.sees(contact, name)


async def test_rights_taken_at_one_server_are_gone_at_the_other_at_once(place: Place, database: Database) -> None:
    people = database.people
    async with (
        two_servers(place, people) as (one, other),
        caller(other.address, await sign_in(other.address, "ben@acme.example")) as ben,
    ):
        assert (await ben.get("/contacts")).status_code == 200
        revoke = RevokeRole(role_id=preset_id(people.acme, "agent"), user_id=people.ben)
        await one.server.stores.of(people.acme).issue(revoke, people.ana, "d1")

        async def is_refused() -> bool:
            return (await ben.get("/contacts")).status_code == 403

        await until(is_refused)


async def test_guessing_at_all_servers_at_once_gains_nothing(place: Place, database: Database) -> None:
    async with two_servers(place, database.people) as servers:
        answers = [await servers[n % 2].try_sign_in("acme", "ben@acme.example", f"guess {n} guess") for n in range(12)]
        assert [each.status_code for each in answers] == [401] * 10 + [429] * 2


async def test_a_session_ended_at_one_server_is_over_at_the_other_at_once(place: Place, database: Database) -> None:
    async with two_servers(place, database.people) as (one, other):
        tickets = await sign_in(one.address, "ben@acme.example")
        async with caller(one.address, tickets) as here, caller(other.address, tickets) as there:
            assert (await there.get("/contacts")).status_code == 200
            assert (await here.post("/sign-out")).status_code == 204

            async def is_out() -> bool:
                return (await there.get("/contacts")).status_code == 401

            await until(is_out)


async def test_what_was_missed_while_the_line_was_down_is_found_when_it_is_up(
    place: Place, database: Database, tmp_path: Path
) -> None:
    async with one_each(place, database, tmp_path) as (_, _, ana, ben):
        contact = new_id()
        await ana.replica.run(CreateContact(contact_id=contact, name="Ada", team_id=database.people.acme))
        await ben.sees(contact, "Ada")
        for number in range(3):
            await until(partial(_are_cut, place))
            await ana.replica.run(EditContact(contact_id=contact, patch={"name": f"Ada {number}"}))
            await ben.sees(contact, f"Ada {number}")


async def _are_cut(place: Place) -> bool:
    """Whether there were lines of both processes, and are no more."""
    lines = (
        "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        " AND query ~ '^(LISTEN|SELECT 1$|SELECT pg_notify)'"
    )
    with psycopg.connect(plain(place), autocommit=True) as owner:
        up = owner.execute(f"SELECT count(*) {lines}").fetchone()
        return up is not None and up[0] >= 2 and owner.execute(f"SELECT pg_terminate_backend(pid) {lines}").rowcount >= 2


async def test_what_nobody_told_is_found_all_the_same(
    place: Place, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command line writes, or a process dies between its commit and telling of it."""
    monkeypatch.setattr(live, "WATCH_S", 0.3)
    async with one_each(place, database, tmp_path) as (_, _, ana, ben):
        contact = new_id()
        with stores_of(place) as stores:
            made = CreateContact(contact_id=contact, name="Ada", team_id=database.people.acme)
            await stores.of(database.people.acme).issue(made, database.people.ana, "cli")
        await ana.sees(contact, "Ada")
        await ben.sees(contact, "Ada")


async def test_presence_is_told_at_every_server_and_not_to_oneself(place: Place, database: Database, tmp_path: Path) -> None:
    async with one_each(place, database, tmp_path) as (one, other, ana, ben):
        store, team = one.server.stores.of(database.people.acme), new_id()
        heard, own = list[Presence](), list[Presence]()
        ben.syncer.on_presence(heard.append)
        ana.syncer.on_presence(own.append)
        subject, hidden = new_id(), new_id()
        for command in (
            CreateTeam(team_id=team, name="Night"),
            CreateContact(contact_id=subject, name="Ada"),
            CreateContact(contact_id=hidden, name="Bea", team_id=team),
        ):
            await store.issue(command, ana.user_id, "d1")
        await ben.sees(subject, "Ada")
        await ana.syncer.present("typing", hidden)
        there = live_of(other.server.application, other.server.stores.of(database.people.acme)).whereabouts.presences
        await until(lambda: there.doing(ana.user_id) is not None)
        await ana.syncer.present("typing", subject)
        await until(lambda: bool(heard))
        assert (heard[0].doing, heard[0].about, heard[0].user_id) == ("typing", subject, database.people.ana)
        await store.issue(AssignContact(contact_id=subject, owner_id=None, team_id=team), ana.user_id, "d1")
        await until(lambda: heard[-1].doing == "")
        await store.issue(AssignContact(contact_id=subject, owner_id=None, team_id=None), ana.user_id, "d1")
        await until(lambda: heard[-1].doing == "typing")
        await ana.syncer.stop()
        await until(lambda: heard[-1].doing == "")
        assert {told.about for told in heard} == {subject, None}
        assert own == []


async def test_a_job_left_at_one_process_wakes_the_runner_of_another(place: Place, database: Database) -> None:
    done: list[Job] = []

    async def send(_store: TenantStore, job: Job) -> None:
        done.append(job)

    with stores_of(place) as here, stores_of(place) as there:
        runner = Runner(there, {"email.send": send}, look_again_s=3600)
        services: list[Service] = [Neighbours(here), Neighbours(there), runner]
        for service in services:
            await service.start()
        await asyncio.sleep(0.3)  # the runner has looked, and found nothing
        store, talk, ana = here.of(database.people.acme), new_id(), database.people.ana
        await store.issue(StartConversation(conversation_id=talk, channel="email", address="mia@example.com"), ana, "d1")
        await store.issue(Reply(conversation_id=talk, message_id=new_id(), text="Hello"), ana, "d1")
        await until(lambda: len(done) == 1)
        for service in reversed(services):
            await service.stop()


async def test_many_commits_are_told_in_few_notifications(
    place: Place, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(neighbours, "WINDOW_S", 0.4)
    async with running(place, database.people) as world:
        line = await psycopg.AsyncConnection.connect(plain(place), autocommit=True)
        await line.execute(f"LISTEN {CHANNEL}")
        store, began = world.server.stores.of(database.people.acme), time.monotonic()
        for _ in range(100):
            made = CreateContact(contact_id=new_id(), name="Ada", team_id=database.people.acme)
            await store.issue(made, database.people.ana, "d1")
        windows = (time.monotonic() - began) / 0.4
        told, changes = 0, 0
        async with aclosing(line.notifies(timeout=60.0)) as notices:
            while changes < 100:
                heard = decode((await anext(notices)).payload)
                assert isinstance(heard, Committed)
                told, changes = told + 1, changes + heard.to_version - heard.from_version
        await line.close()
    assert 1 <= told <= windows + 3
    assert changes == 100


async def test_without_a_line_nothing_is_believed_of_people(place: Place, database: Database) -> None:
    with stores_of(place) as here, stores_of(place) as there:
        people = database.people
        store = here.of(people.acme)
        assert await store.read(lambda reader: reader.actor.may("contact:read"), people.ben)
        revoke = RevokeRole(role_id=preset_id(people.acme, "agent"), user_id=people.ben)
        await there.of(people.acme).issue(revoke, people.ana, "d1")
        assert not await store.read(lambda reader: reader.actor.may("contact:read"), people.ben)
