"""PostgreSQL goes away under consoles that push and listen, and comes back: nothing is lost or doubled, and all go on."""

import asyncio
import logging
from collections import Counter
from pathlib import Path
from typing import Literal

import psycopg
import pytest
from sqlalchemy.engine import make_url

from app.domain.contacts.commands import CreateContact
from app.domain.contacts.erasing import EraseContact
from app.kernel.ids import new_id
from server.database.away import OUTAGE
from server.database.place import Place
from tests.peers.postgresql import PostgreSql, postgresql
from tests.peers.process import PeerFailed
from tests.scale.fleet import caller, console, sign_in, until
from tests.scale.test_workers import all_have, busy_consoles, counted, serving, write_until
from tests.server.world import Database, PostgresqlDatabase, running

PATIENCE_S = 60.0


def url_of(place: Place, database: str = "") -> str:
    url = make_url(place.url).set(drivername="postgresql")
    return (url.set(database=database) if database else url).render_as_string(hide_password=False)


def let_in(place: Place, *, is_let_in: bool) -> None:
    """Let the server into its database, or end all its connections and let nobody in."""
    name = place.url.rpartition("/")[2]
    with psycopg.connect(url_of(place, "postgres"), autocommit=True) as owner:
        owner.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS {str(is_let_in).lower()}')
        if not is_let_in:
            owner.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))


async def test_while_the_database_lets_nobody_in_all_wait_and_the_log_says_so_once(
    place: Place, database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with running(place, database.people) as world:
        tickets = await sign_in(world.address, "ana@acme.example")
        async with console(world.address, tickets, tmp_path) as desk, caller(world.address, tickets) as program:
            await desk.is_live()
            made = {new_id(): f"Contact {number}" for number in range(6)}
            for number, (contact, name) in enumerate(made.items()):
                if number == 2:
                    await asyncio.to_thread(let_in, place, is_let_in=False)
                await desk.replica.run(CreateContact(contact_id=contact, name=name, team_id=database.people.acme))
            await until(lambda: desk.syncer.state.kind == "offline", PATIENCE_S)
            told = [await program.get("/contacts") for _ in range(3)]
            told += [await program.post("/contacts", json={"name": "Not now"}) for _ in range(3)]
            assert {(each.status_code, each.json()["key"]) for each in told} == {(503, "database_away")}
            await asyncio.to_thread(let_in, place, is_let_in=True)
            await until(lambda: desk.syncer.state.kind == "live" and desk.syncer.state.waiting == 0, PATIENCE_S)
            assert (await program.post("/contacts", json={"name": "Now"})).status_code == 201
            await until(lambda: OUTAGE.since_s is None, PATIENCE_S)
    assert {contact: counted(place, database.people.acme)[contact] for contact in made} == dict.fromkeys(made, 1)
    said = [each.getMessage() for each in caplog.records if each.levelno >= logging.WARNING]
    begun = [each for each in said if "can't be reached" in each]
    ended = [each for each in said if "is there again" in each]
    assert 1 <= len(begun) == len(ended) <= 6, said  # what was on its way to success when it went away may end it too early
    lines = [each for each in said if "other server processes" in each]
    assert len(lines) <= 6, said  # that the two lines to them broke, on a machine that stalls perhaps more than once
    assert len(said) == len(begun) + len(ended) + len(lines), said


How = Literal["fast", "immediate", "kill"]


async def restart(peer: PostgreSql, how: How) -> None:
    """As an administrator, a power cut of the service, or the kernel short of memory does it."""
    await asyncio.to_thread(peer.kill if how == "kill" else lambda: peer.stop(how))
    await asyncio.sleep(3)
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                return await asyncio.to_thread(peer.start)
            except PeerFailed:  # its children have not all noticed yet
                await asyncio.sleep(0.5)


@pytest.mark.soak
@pytest.mark.timeout(600)
async def test_postgresql_restarted_under_two_workers_loses_nothing(tmp_path: Path) -> None:
    with postgresql() as peer:
        database = await asyncio.to_thread(PostgresqlDatabase, peer.url(), tmp_path / "made")
        place, acme = database.copy(tmp_path / "place"), database.people.acme
        with serving(place, tmp_path) as server:
            before = server.workers()
            async with busy_consoles(server.address, tmp_path) as desks:
                erased = new_id()
                await desks[0].replica.run(CreateContact(contact_id=erased, name="Erase Me"))
                await desks[0].is_live()
                for how in ("fast", "immediate", "kill"):
                    is_over = asyncio.Event()
                    writing = asyncio.ensure_future(write_until(desks, acme, is_over))  # noqa: TID251
                    await asyncio.sleep(0.5)
                    await restart(peer, how)
                    is_over.set()
                    made = await writing
                    await all_have(desks, made)
                    found = counted(place, acme)
                    assert {contact: found[contact] for contact in made} == dict.fromkeys(made, 1)
                await desks[0].syncer.ask(EraseContact(contact_id=erased))
                await until(lambda: not open_jobs(place), PATIENCE_S)
            assert server.workers() == before
            said = [line for line in server.said().splitlines() if " WARNING " in line or " ERROR " in line]
            assert Counter(" ERROR " in line for line in said)[True] == 0
            assert len(said) <= 3 * 2 * 4, said  # of each restart, each worker: gone, back, and the two lines


def open_jobs(place: Place) -> list[str]:
    with psycopg.connect(url_of(place)) as owner:
        return [row[0] for row in owner.execute("SELECT name FROM effect WHERE state <> 'done'").fetchall()]
