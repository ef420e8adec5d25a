"""The index of the device holds exactly what the rows say, whatever was pulled, typed, undone, refused or forgotten."""

from pathlib import Path

import pytest

from app.domain.contacts.commands import AssignContact, CreateContact, DeleteContact, EditContact
from app.domain.contacts.records import Contact
from app.domain.search.queries import search
from app.domain.search.sqlite import SqliteIndex
from app.kernel.ids import new_id
from app.kernel.undo import Undo
from app.replica.file import open_file
from app.replica.replica import Replica
from tests.sync.indexed import check_index
from tests.sync.world import KEY, TEAMS, TENANT, World, rows_of, user_id


@pytest.fixture
def world() -> World:
    world = World((0, 0))
    for number in range(12):
        name = f"Amara Okafor {number}" if number % 2 else f"Bianchi {number}"
        world.order(CreateContact(contact_id=new_id(), name=name, phones=(f"+4930555{number:04}",)))
    for desk in world.desks:
        world.cycle(desk)
    return world


def found(replica: Replica, q: str, kind: str = "contact") -> list[str]:
    groups = replica.read(lambda reader: search(reader, q=q, limit=50)).groups
    return sorted(hit.title for group in groups if group.kind == kind for hit in group.hits)


def test_what_was_downloaded_is_found(world: World) -> None:
    replica = world.desks[0].replica
    assert len(found(replica, "amara")) == 6
    assert len(found(replica, "okafor 3")) == 1
    assert len(found(replica, "0003", kind="identity")) == 1
    check_index(replica)


def test_what_is_done_here_is_found_at_once_and_no_longer_once_it_is_undone(world: World) -> None:
    replica = world.desks[0].replica
    contact_id = new_id()
    replica.run(CreateContact(contact_id=contact_id, name="Zoë Quartz"))
    assert found(replica, "zoe") == ["Zoë Quartz"]
    replica.run(EditContact(contact_id=contact_id, patch={"name": "Zoë Marble"}))
    assert found(replica, "quartz") == []
    assert found(replica, "marble") == ["Zoë Marble"]
    replica.run(DeleteContact(contact_id=contact_id))
    assert found(replica, "zoe") == []
    check_index(replica)
    other = replica.run(CreateContact(contact_id=new_id(), name="Yara"))
    replica.run(Undo(command_id=other.id))
    assert found(replica, "yara") == []
    check_index(replica)


def test_what_the_server_refuses_is_found_no_longer(world: World) -> None:
    one, other = world.desks
    contact_id = next(iter(rows_of(one.replica.engine, Contact)))
    other.replica.run(DeleteContact(contact_id=contact_id))
    world.cycle(other)
    one.replica.run(EditContact(contact_id=contact_id, patch={"name": "Never Taken"}))
    assert found(one.replica, "never") == ["Never Taken"]
    world.cycle(one)
    assert found(one.replica, "never") == []
    check_index(one.replica)


def test_what_others_change_is_found_by_its_new_words(world: World) -> None:
    one, other = world.desks
    contact_id = next(iter(rows_of(one.replica.engine, Contact)))
    other.replica.run(EditContact(contact_id=contact_id, patch={"name": "Renamed Elsewhere", "pinned_note": "knows the porter"}))
    world.cycle(other)
    world.cycle(one)
    assert found(one.replica, "elsewhere") == found(one.replica, "porter") == ["Renamed Elsewhere"]
    check_index(one.replica)


def test_what_leaves_sight_leaves_the_index_its_words_and_the_file(world: World) -> None:
    desk = world.desks[0]
    secret = new_id()
    world.order(CreateContact(contact_id=secret, name="Xanthippe Vellichor"))
    world.cycle(desk)
    assert found(desk.replica, "vellichor")
    world.order(AssignContact(contact_id=secret, owner_id=user_id(1), team_id=TEAMS[2]))
    world.cycle(desk)
    assert found(desk.replica, "vellichor") == []
    with desk.replica.engine.connect() as connection:
        assert not SqliteIndex(connection).is_known("vellichor")
        blocks = connection.exec_driver_sql("SELECT block FROM search_fts_data").scalars()
        assert not any(b"vellichor" in block or b"anthippe" in block for block in blocks)
    check_index(desk.replica)


def test_a_replica_without_an_index_makes_one_when_it_is_opened(world: World) -> None:
    replica = world.desks[0].replica
    with replica.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM meta WHERE key = 'search'")
        connection.exec_driver_sql("DROP TABLE search_word")
    again = Replica(replica.engine, TENANT, user_id(0), "desk0", lambda: world.time_us)
    assert len(found(again, "amara")) == 6
    check_index(again)


def test_before_the_first_download_nothing_is_found(tmp_path: Path) -> None:
    replica = Replica(open_file(tmp_path / "replica.db", KEY), TENANT, user_id(0), "desk0", lambda: 1_800_000_000_000_000)
    assert found(replica, "amara") == []
