"""What was committed goes from SQLite's log into the file while the server runs, and no commit has to wait for that."""

from pathlib import Path

from app.domain.contacts.commands import CreateContact
from app.kernel.ids import new_id
from server.bootstrap import build_server
from server.database.store import TenantStore
from server.jobs.log_keeper import LogKeeper
from tests.server.world import Database, stores_of
from tests.sync.service import until


def in_the_file(file: Path, name: str) -> bool:
    """Whether it stands there; the log is a file of its own."""
    return name.encode() in file.read_bytes()


async def create(store: TenantStore, database: Database, name: str) -> None:
    await store.issue(CreateContact(contact_id=new_id(), name=name), database.people.ana, "d1")


async def test_a_log_is_moved_beside_the_writer(on_sqlite: Database, tmp_path: Path) -> None:
    place = on_sqlite.copy(tmp_path / "place")
    with stores_of(place) as stores:
        store = stores.of(on_sqlite.people.acme)
        file = place.tenant_file(store.tenant_id)
        await create(store, on_sqlite, "Left Early")
        assert not in_the_file(file, "Left Early"), "a commit leaves it in the log"
        keeper = LogKeeper(stores, every_s=0.01)
        await keeper.start()
        await create(store, on_sqlite, "Kept Late")
        await until(lambda: in_the_file(file, "Kept Late") and in_the_file(file, "Left Early"))
        await keeper.stop()


def test_a_server_over_files_has_one(on_sqlite: Database, tmp_path: Path) -> None:
    server = build_server(on_sqlite.copy(tmp_path / "place"))
    assert any(isinstance(service, LogKeeper) for service in server.services)
    server.passwords.close()
    server.stores.close()
