"""One server for all tests of a module, and who calls it: import these where each test takes people and words of its own."""

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from tests.server.world import Database, World, running


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def world(database: Database, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A running server."""
    place = database.copy(tmp_path_factory.mktemp("together") / "place")
    async with running(place, database.people) as made:
        yield made
    database.drop(place)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def ana(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """The administrator of Acme."""
    async with world.signed_in("acme", "ana@acme.example") as caller:
        yield caller


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def ben(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """An agent of Acme."""
    async with world.signed_in("acme", "ben@acme.example", device="d2") as caller:
        yield caller
