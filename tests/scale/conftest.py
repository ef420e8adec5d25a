"""Several server processes over one PostgreSQL: made once, copied for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from server.database.place import Place
from tests.peers.postgresql import PostgreSql, postgresql
from tests.server.world import Database, PostgresqlDatabase


@pytest.fixture(scope="session")
def peer() -> Iterator[PostgreSql]:
    """A PostgreSQL that lives as long as the tests."""
    with postgresql() as running:
        yield running


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory, peer: PostgreSql) -> Database:
    """Two workspaces, made once."""
    return PostgresqlDatabase(peer.url(), tmp_path_factory.mktemp("made"))


@pytest.fixture
def place(database: Database, tmp_path: Path) -> Iterator[Place]:
    """A copy of the two workspaces that is this test's own."""
    made = database.copy(tmp_path / "place")
    yield made
    database.drop(made)
