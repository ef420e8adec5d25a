"""Every test that asks for `place` or a caller runs twice: on SQLite and on PostgreSQL."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from server.database.place import Place
from tests.peers.postgresql import postgresql
from tests.server.world import Database, PostgresqlDatabase, SqliteDatabase, World, running


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """The owner's address of a PostgreSQL that lives as long as the tests."""
    with postgresql() as peer:
        yield peer.url()


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Database:
    """Two workspaces, made once."""
    folder = tmp_path_factory.mktemp("made")
    if request.param == "sqlite":
        return SqliteDatabase(folder)
    return PostgresqlDatabase(request.getfixturevalue("postgresql_url"), folder)


@pytest.fixture
def place(database: Database, tmp_path: Path) -> Place:
    """A copy of the two workspaces that is this test's own."""
    return database.copy(tmp_path / "place")


@pytest_asyncio.fixture
async def world(place: Place, database: Database) -> AsyncIterator[World]:
    """A running server."""
    async with running(place, database.people) as made:
        yield made


@pytest_asyncio.fixture
async def ana(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """The administrator of Acme."""
    async with world.signed_in("acme", "ana@acme.example") as caller:
        yield caller


@pytest_asyncio.fixture
async def ben(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """An agent of Acme."""
    async with world.signed_in("acme", "ben@acme.example", device="d2") as caller:
        yield caller


@pytest_asyncio.fixture
async def zoe(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """The administrator of Zenith, who must see nothing of Acme."""
    async with world.signed_in("zenith", "zoe@zenith.example", device="d3") as caller:
        yield caller
