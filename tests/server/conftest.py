"""Every test that asks for `place` or a caller runs twice: on SQLite and on PostgreSQL."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import Engine, event

from server.database.place import Place
from tests.peers.postgresql import postgresql
from tests.server.one_tenant import StatementWatch
from tests.server.world import Database, PostgresqlDatabase, SqliteDatabase, World, running


@pytest.fixture(autouse=True)
def statements() -> Iterator[StatementWatch]:
    """What the server asks the database: a statement that leaves open whose rows it means fails the test."""
    watch = StatementWatch()
    event.listen(Engine, "before_cursor_execute", watch.look)
    yield watch
    event.remove(Engine, "before_cursor_execute", watch.look)
    if watch.loose:
        pytest.fail("statements do not say which tenant they mean:\n" + "\n".join(sorted(watch.loose)), pytrace=False)


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """The owner's address of a PostgreSQL that lives as long as the tests."""
    with postgresql() as peer:
        yield peer.url()


@pytest.fixture(scope="session")
def on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Database:
    """Two workspaces, made once."""
    return SqliteDatabase(tmp_path_factory.mktemp("made"))


@pytest.fixture(scope="session")
def on_postgresql(tmp_path_factory: pytest.TempPathFactory, postgresql_url: str) -> Database:
    """The same, made once."""
    return PostgresqlDatabase(postgresql_url, tmp_path_factory.mktemp("made"))


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    """One of the two."""
    made: Database = request.getfixturevalue(f"on_{request.param}")
    return made


@pytest.fixture
def place(database: Database, tmp_path: Path) -> Iterator[Place]:
    """A copy of the two workspaces that is this test's own."""
    made = database.copy(tmp_path / "place")
    yield made
    database.drop(made)


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
