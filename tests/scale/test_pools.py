"""A server process takes a bounded number of connections, however much is asked of it and however many workspaces there are."""

import asyncio
from pathlib import Path

import psycopg
from sqlalchemy.engine import make_url

from server.database.engines import POOL_SIZE
from server.database.founding import found_tenant
from server.database.place import Place
from server.database.store import SHARED_THREADS
from tests.scale.fleet import caller, console, sign_in
from tests.server.world import Database, running, stores_of

LINES = 2  # to hear the other processes, and to tell them
WORKSPACES = 15


async def test_a_process_takes_no_more_connections_than_its_pool_and_its_two_lines(
    place: Place, database: Database, tmp_path: Path
) -> None:
    with stores_of(place) as stores:
        for number in range(WORKSPACES):
            await found_tenant(stores, f"Workspace {number}")
    async with running(place, database.people) as world:
        ana = await sign_in(world.address, "ana@acme.example")
        most, is_over = 0, asyncio.Event()
        url = make_url(place.url).set(drivername="postgresql").render_as_string(hide_password=False)

        async def count() -> None:
            nonlocal most
            asking = await psycopg.AsyncConnection.connect(url, autocommit=True)
            mine = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            is_last = False
            while not is_last:
                is_last = is_over.is_set()
                row = await (await asking.execute(mine)).fetchone()
                most = max(most, row[0] if row else 0)
                await asyncio.sleep(0.02)
            await asking.close()

        counting = asyncio.gather(count())
        async with caller(world.address, ana) as program, console(world.address, ana, tmp_path) as desk:
            await desk.is_live()

            async def ask(number: int) -> int:
                if number % 3:
                    return (await program.get("/contacts")).status_code
                return (await program.post("/contacts", json={"name": f"Contact {number}"})).status_code

            answers = await asyncio.gather(*(ask(number) for number in range(150)))
        is_over.set()
        await counting
    assert set(answers) == {200, 201}
    assert SHARED_THREADS < POOL_SIZE  # the directory is asked beside the threads
    assert SHARED_THREADS // 2 < most <= POOL_SIZE + LINES
