"""A server is killed in the middle of bringing its database up to date: nothing of it is left, and the next start does it all."""

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Connection, Engine, create_engine, inspect, text

from app.kernel.ids import new_id
from server.commands.line import main
from server.database.migrate import DIRECTORY, TENANT, differences, found_revision, upgrade
from server.database.place import Place, read_place
from server.database.store import Stores
from server.database.trail_check import verify
from tests.faults.own_server import ROOT, OwnServer
from tests.peers.postgresql import postgresql
from tests.peers.process import Peer
from tests.server.test_migrations import write_old

FIRST = "0001_first"


@pytest.fixture(scope="module")
def postgresql_url() -> Iterator[str]:
    """The owner's address."""
    with postgresql() as peer:
        yield peer.url()


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "sqlite":
        return read_place(f"sqlite:///{tmp_path}/patchbay.db")
    owner: str = request.getfixturevalue("postgresql_url")
    name = f"old_{new_id().hex}"
    engine = create_engine(read_place(owner, tmp_path).url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    engine.dispose()
    return read_place(f"{owner.rpartition('/')[0]}/{name}", tmp_path / "patchbay.d")


@pytest.fixture
def tenant_id(place: Place) -> UUID:
    """A workspace as the first version left it."""
    tenant_id = new_id()
    place.folder.mkdir(parents=True, exist_ok=True)
    with directory_of(place) as engine, engine.begin() as connection:
        upgrade(connection, DIRECTORY, FIRST)
        raw = tenant_id.bytes if place.is_sqlite else tenant_id
        connection.execute(text("INSERT INTO directory VALUES (:id, 'old', 'Old')"), {"id": raw})
    with tenants_of(place, tenant_id) as engine, engine.begin() as connection:
        upgrade(connection, TENANT, FIRST)
        write_old(connection, tenant_id)
    return tenant_id


@contextlib.contextmanager
def directory_of(place: Place) -> Iterator[Engine]:
    engine = create_engine(place.url)
    yield engine
    engine.dispose()


@contextlib.contextmanager
def tenants_of(place: Place, tenant_id: UUID) -> Iterator[Engine]:
    engine = create_engine(f"sqlite:///{place.tenant_file(tenant_id)}" if place.is_sqlite else place.url)
    yield engine
    engine.dispose()


def shape(connection: Connection) -> dict[str, list[str]]:
    """Every table with its columns, and what stands beside them."""
    looked = inspect(connection)
    columns = {table: sorted(each["name"] for each in looked.get_columns(table)) for table in looked.get_table_names()}
    return columns | {
        f"indexes of {table}": sorted(str(each["name"]) for each in looked.get_indexes(table)) for table in list(columns)
    }


@pytest.mark.parametrize("revision", ["0004_audit_chain", TENANT.head])
def test_a_server_killed_while_it_migrates_leaves_nothing_half_done(
    place: Place, tenant_id: UUID, revision: str, tmp_path: Path
) -> None:
    with tenants_of(place, tenant_id) as engine, engine.begin() as connection:
        before = shape(connection)
    kill_after(revision, place, tmp_path)
    with tenants_of(place, tenant_id) as engine, engine.begin() as connection:
        assert found_revision(connection, TENANT) == FIRST
        assert shape(connection) == before
        if place.is_sqlite:
            assert connection.execute(text("PRAGMA integrity_check")).scalar() == "ok"
    if not place.is_sqlite:
        assert main(["upgrade", "--database", place.url, "--folder", str(place.folder)]) == 0
    server = OwnServer(place, tmp_path)
    server.start()
    server.kill()
    with tenants_of(place, tenant_id) as engine, engine.begin() as connection:
        assert found_revision(connection, TENANT) == TENANT.head
        assert differences(connection, TENANT) == []
        found = verify(connection, tenant_id)
        assert (found.problem, found.rows >= 7) == ("", True), "what was there is there, and linked"
    stores = Stores(place)
    assert [store.tenant_id for store in stores.all()] == [tenant_id]
    stores.close()


def kill_after(revision: str, place: Place, folder: Path) -> None:
    marker = folder / "reached"
    words = ["-m", "tests.faults.migrating_process", place.url, str(place.folder), revision, str(marker)]
    process = Peer([sys.executable, *words], folder, name="migrating", environment={"PYTHONPATH": str(ROOT)})
    try:
        process.wait_ready(marker.exists, 240)
    finally:
        process.kill()
        process.stop()
