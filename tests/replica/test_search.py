"""The index of the device holds exactly what the rows say, whatever was pulled, typed, undone, refused or forgotten."""

import asyncio
from collections import deque
from functools import partial
from pathlib import Path

import pytest
import sqlcipher3
from sqlalchemy.exc import DatabaseError

from app.domain.contacts.commands import AssignContact, CreateContact, DeleteContact, EditContact
from app.domain.contacts.records import Contact
from app.domain.search import building, sqlite
from app.domain.search.queries import search
from app.domain.search.sqlite import SqliteIndex
from app.kernel.ids import new_id
from app.kernel.undo import Undo
from app.replica.file import open_file
from app.replica.replica import Replica
from app.replica.tables import save
from app.replica.thread import ReplicaThread
from tests.demo import cast
from tests.demo.dataset import SMALL
from tests.demo.fill import BENCH_DEVICE, BENCH_KEY, BENCH_TENANT, fill_replica
from tests.sync.disks import KEY
from tests.sync.indexed import check_index
from tests.sync.storms import fill, make_room
from tests.sync.world import TEAMS, TENANT, World, rows_of, user_id


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


def made_anew(world: World, replica: Replica) -> Replica:
    """The same rows after an update of the program, which makes another index of them."""
    with replica.engine.begin() as connection:
        save(connection, "search", 0)
    return Replica(replica.engine, TENANT, user_id(0), "desk0", lambda: world.time_us)


def go_on(replica: Replica) -> bool:
    return replica.search.go_on(replica.engine)


def test_a_replica_without_an_index_makes_one_when_it_is_opened(world: World) -> None:
    replica = world.desks[0].replica
    with replica.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM meta WHERE key = 'search'")
        connection.exec_driver_sql("DROP TABLE search_word")
    again = Replica(replica.engine, TENANT, user_id(0), "desk0", lambda: world.time_us)
    assert again.search.share == 0
    while go_on(again):
        pass
    assert len(found(again, "amara")) == 6
    check_index(again)


def test_while_the_index_is_being_made_everything_goes_on_and_what_is_in_it_is_found(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(building, "SLICE_ROWS", 3)
    monkeypatch.setattr(building, "READ_ROWS", 2)
    monkeypatch.setattr(building, "SLICE_ORDERED", 5)
    monkeypatch.setattr(sqlite, "JOINED_PAGES", 1)
    monkeypatch.setattr(building, "SLICE_WORDS", 4)
    one = world.desks[0]
    replica, shares, added = made_anew(world, one.replica), list[float](), list[str]()
    while go_on(replica):
        assert replica.search.share is not None
        shares.append(replica.search.share)
        name = f"Quartz {len(shares)}"
        replica.run(CreateContact(contact_id=new_id(), name=name))
        added.append(name)
        if name in {"Quartz 3", "Quartz 20"}:  # before and after it has been indexed
            victim = {"Quartz 3": "Bianchi 8", "Quartz 20": "Bianchi 0"}[name]
            contact_id = next(key for key, row in rows_of(replica.engine, Contact).items() if row["name"] == victim)
            replica.run(DeleteContact(contact_id=contact_id))
    assert len(shares) > 20
    assert shares == sorted(shares)
    assert found(replica, "quartz") == sorted(added)
    assert found(replica, "bianchi") == ["Bianchi 10", "Bianchi 2", "Bianchi 4", "Bianchi 6"]
    check_index(replica)
    half = made_anew(world, replica)
    while half.search.share is not None and half.search.share < 0.5:
        go_on(half)
    names = {row["name"] for row in rows_of(replica.engine, Contact).values()}
    assert set(found(half, "ama")) | set(found(half, "qua")) <= names
    assert half.read(lambda reader: search(reader, q="qua", typing=True, limit=50)).groups, "by its beginning, too"
    crashed = Replica(replica.engine, TENANT, user_id(0), "desk0", lambda: world.time_us)
    assert crashed.search.share == 0, "it begins again"
    while go_on(crashed):
        pass
    check_index(crashed)


def test_an_index_that_finds_no_room_is_begun_again_with_the_next_pull(world: World) -> None:
    desk = world.desks[0]
    desk.replica = made_anew(world, desk.replica)
    fill(desk.disk)
    with pytest.raises((DatabaseError, sqlcipher3.dbapi2.DatabaseError), match="disk is full"):
        deque(iter(partial(go_on, desk.replica), False))
    assert desk.replica.search.share is None
    make_room(desk.disk)
    world.order(CreateContact(contact_id=new_id(), name="Zoë Quartz"))
    world.cycle(desk)
    assert found(desk.replica, "zoe") == ["Zoë Quartz"]
    check_index(desk.replica)


async def test_it_is_made_beside_everything_else(tmp_path: Path) -> None:
    path, email = tmp_path / "replica.db", cast.SUPERVISOR
    fill_replica(path, BENCH_KEY, SMALL, email=email)
    with open_file(path, BENCH_KEY).begin() as connection:
        save(connection, "search", 0)
    thread = await ReplicaThread.open(
        path, BENCH_KEY, tenant_id=BENCH_TENANT, actor_id=cast.user_id(BENCH_TENANT, email), device=BENCH_DEVICE
    )
    await thread.run(CreateContact(contact_id=new_id(), name="Zoë Quartz"))
    async with asyncio.timeout(60):
        while thread.indexed is not None:
            await thread.cursor()
    [group] = (await thread.read(lambda reader: search(reader, q="quartz"))).groups
    assert [hit.title for hit in group.hits] == ["Zoë Quartz"]
    await thread.close()
    check_index(Replica(open_file(path, BENCH_KEY), BENCH_TENANT, cast.user_id(BENCH_TENANT, email), BENCH_DEVICE, lambda: 0))


def test_before_the_first_download_nothing_is_found(tmp_path: Path) -> None:
    replica = Replica(open_file(tmp_path / "replica.db", KEY), TENANT, user_id(0), "desk0", lambda: 1_800_000_000_000_000)
    assert found(replica, "amara") == []
