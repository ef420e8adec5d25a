"""What stands on the disk: encrypted, whole after a crash, downloaded again when the layout changes, one console at a time."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import msgspec
import pytest
import sqlcipher3
from sqlalchemy.exc import DatabaseError

from app.domain.contacts.commands import CreateContact, EditContact
from app.domain.contacts.records import Contact
from app.kernel.command import Issued
from app.kernel.errors import NeedsServer, NotAllowed
from app.kernel.ids import new_id
from app.protocol.codec import pack, unpack
from app.protocol.cursor import Cursor
from app.protocol.envelopes import Page
from app.replica import replica as replica_module
from app.replica import tables
from app.replica.errors import DiskFull, ReplicaBusy, ReplicaUnreadable
from app.replica.file import open_file
from app.replica.lock import FileLock, ask_forward
from app.replica.replica import Replica
from app.replica.thread import ReplicaThread
from tests.sync.disks import KEY
from tests.sync.indexed import check_index
from tests.sync.storms import fill, make_room
from tests.sync.world import TEAMS, TENANT, Desk, World, rows_of, user_id


@pytest.fixture
def world() -> World:
    world = World((0,))
    for number in range(12):
        world.order(CreateContact(contact_id=new_id(), name=f"n{number}", phones=(f"+4930555{number:04}",)))
    return world


def replica_at(path: Path, **options: Any) -> Replica:
    return Replica(open_file(path, KEY, **options), TENANT, user_id(0), "desk0", lambda: 1_800_000_000_000_000)


def pages(world: World, cursor: Cursor) -> list[Page]:
    desk = Desk("desk0", user_id(0), world.disk, 0)
    return [unpack(pack(page), Page) for page in world.pages(desk, cursor)]


def count(replica: Replica) -> int:
    return replica.read(lambda reader: len(reader.all(reader.select(Contact))))


def indexes(replica: Replica) -> int:
    with replica.engine.connect() as connection:
        return int(connection.exec_driver_sql("SELECT count(*) FROM sqlite_master WHERE name LIKE 'contact_by_%'").scalar_one())


def test_nothing_of_it_can_be_read_without_the_key(tmp_path: Path, world: World) -> None:
    path = tmp_path / "replica.db"
    replica = replica_at(path)
    for page in pages(world, replica.cursor()):
        replica.apply(page)
    replica.engine.dispose()
    assert not path.read_bytes().startswith(b"SQLite format 3")
    assert b"+4930555" not in path.read_bytes()
    with pytest.raises(ReplicaUnreadable):
        asyncio.run(ReplicaThread.open(path, bytes(32), tenant_id=TENANT, actor_id=user_id(0), device="d"))


def test_a_first_download_that_breaks_off_goes_on_and_gets_its_indexes(tmp_path: Path, world: World) -> None:
    path = tmp_path / "replica.db"
    replica = replica_at(path)
    first = pages(world, replica.cursor())
    for page in first[:-2]:
        assert replica.apply(page)
    assert not indexes(replica)
    replica.engine.dispose()
    again = replica_at(path)
    rest = pages(world, again.cursor())
    assert len(rest) == 2
    for page in rest:
        assert again.apply(page)
    assert count(again) == 12
    assert indexes(again) > 2


def test_pages_that_follow_one_another_are_taken_in_at_once(tmp_path: Path, world: World) -> None:
    replica = replica_at(tmp_path / "replica.db")
    first = pages(world, replica.cursor())
    assert len(first) > 3
    assert not replica.apply(first[0], *first[2:]), "one is missing"
    assert not replica.apply(*first[1:]), "the first is missing"
    assert replica.cursor() == first[0].start
    assert replica.apply(*first[:2])
    assert replica.apply(*first[2:])
    assert count(replica) == 12
    assert indexes(replica) > 2
    check_index(replica)


def test_a_crash_at_the_last_page_leaves_the_one_before(tmp_path: Path, world: World) -> None:
    path = tmp_path / "replica.db"
    replica = replica_at(path)
    *middle, last = pages(world, replica.cursor())
    for page in middle:
        assert replica.apply(page)
    with patch.object(replica_module, "create_indexes", side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
        replica.apply(last)
    replica.engine.dispose()
    again = replica_at(path)
    assert again.cursor() == last.start
    assert again.apply(last)
    assert count(again) == 12


def test_rows_that_come_twice_in_a_download_that_began_anew_are_kept_once(tmp_path: Path, world: World) -> None:
    replica = replica_at(tmp_path / "replica.db")
    first = pages(world, replica.cursor())
    for page in first[:-1]:
        replica.apply(page)
    world.move(user_id(0), TEAMS[2])
    anew = pages(world, replica.cursor())
    assert len(anew) > 1, "other keys: from the beginning"
    for page in anew:
        assert replica.apply(page)
    assert count(replica) == 12
    desk = Desk("desk0", user_id(0), replica.engine, 0)
    world.check_same(desk)


def test_another_layout_is_downloaded_again_and_the_outbox_kept(tmp_path: Path, world: World) -> None:
    path = tmp_path / "replica.db"
    replica = replica_at(path)
    for page in pages(world, replica.cursor()):
        replica.apply(page)
    contact = next(iter(rows_of(replica.engine, Contact)))
    waiting = replica.run(EditContact(contact_id=contact, patch={"name": "mine"}))
    replica.engine.dispose()
    with patch.object(tables, "LOCAL_VERSION", 99):
        again = replica_at(path)
    assert again.cursor() == Cursor()
    assert count(again) == 0
    for page in pages(world, again.cursor()):
        again.apply(page)
    assert rows_of(again.engine, Contact)[contact]["name"] == "mine", "what waits was run again over the new rows"
    assert [each.id for each in again.outgoing().commands] == [waiting.id]


def test_an_older_servers_rows_get_defaults_and_a_newer_ones_are_cut(tmp_path: Path, world: World) -> None:
    replica = replica_at(tmp_path / "replica.db")

    def altered(page: Page) -> Page:
        blocks = []
        for block in page.blocks:
            if block.kind == "contact":
                place = block.columns.index("is_vip")
                columns = [*block.columns[:place], *block.columns[place + 1 :], "shoe_size"]
                rows = [[*row[:place], *row[place + 1 :], 43] for row in block.rows]
                blocks.append(msgspec.structs.replace(block, columns=columns, rows=rows))
            else:
                blocks.append(block)
        return msgspec.structs.replace(page, blocks=blocks)

    for page in pages(world, replica.cursor()):
        assert replica.apply(altered(page))
    assert {row["is_vip"] for row in rows_of(replica.engine, Contact).values()} == {False}


def test_a_disk_that_fills_in_the_middle_of_a_group_is_said(world: World) -> None:
    """SQLite gives the whole transaction up then: there is no savepoint any more to go back to."""
    desk = world.desks[0]
    world.cycle(desk)
    before = rows_of(desk.disk, Contact)
    many = [
        EditContact(contact_id=contact, patch={"name": f"{number} {'x' * 400}"}) for number in range(20) for contact in before
    ]
    fill(desk.disk)
    with pytest.raises((DatabaseError, sqlcipher3.dbapi2.DatabaseError), match="disk is full"):
        desk.replica.run_many(many, new_id())
    assert rows_of(desk.disk, Contact) == before
    make_room(desk.disk)
    assert all(isinstance(each, Issued) for each in desk.replica.run_many(many, new_id()))


def test_a_full_disk_is_said_and_nothing_is_half_written(tmp_path: Path, world: World) -> None:
    path = tmp_path / "replica.db"
    replica = replica_at(path)
    for page in pages(world, replica.cursor()):
        replica.apply(page)
    with replica.engine.connect() as connection:
        used = int(connection.exec_driver_sql("PRAGMA page_count").scalar_one())
    replica.engine.dispose()

    async def fill() -> int:
        with patch("app.replica.rescue.open_file", lambda path, key: open_file(path, key, max_pages=used + 3)):
            thread = await ReplicaThread.open(path, KEY, tenant_id=TENANT, actor_id=user_id(0), device="d")
        done = 0

        async def write() -> None:
            nonlocal done
            for done in range(500):  # noqa: B007 - the last that was done counts
                await thread.run(CreateContact(contact_id=new_id(), name="x" * 400))

        try:
            with pytest.raises(DiskFull):
                await write()
            assert await thread.count_waiting() == done
            assert await thread.read(lambda reader: len(reader.all(reader.select(Contact)))) == 12 + done
        finally:
            await thread.close()
        return done

    assert asyncio.run(fill()) < 500


def test_before_the_first_download_nothing_can_be_done(tmp_path: Path) -> None:
    replica = replica_at(tmp_path / "replica.db")
    with pytest.raises((NotAllowed, NeedsServer)):
        replica.run(CreateContact(contact_id=new_id(), name="n"))
    assert replica.as_of_us() is None


# ── one console a file ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
async def held(tmp_path: Path) -> AsyncIterator[tuple[Path, FileLock]]:
    path = tmp_path / "replica.lock"
    lock = FileLock(path)
    yield path, lock
    await lock.release()


async def test_a_second_console_finds_the_first_and_asks_it_forward(held: tuple[Path, FileLock]) -> None:
    path, lock = held
    forward: list[bool] = []
    await lock.listen(lambda: forward.append(True))
    with pytest.raises(ReplicaBusy):
        FileLock(path)
    assert await ask_forward(path)
    assert forward == [True]
    await lock.release()
    again = FileLock(path)
    assert not await ask_forward(path), "nobody listens yet"
    await again.release()


async def test_a_console_that_died_leaves_no_lock(tmp_path: Path) -> None:
    path = tmp_path / "replica.lock"
    take = f"from app.replica.lock import FileLock; lock = FileLock(Path({str(path)!r}))"
    code = f"import os; from pathlib import Path; {take}; os._exit(9)"
    done = await asyncio.to_thread(subprocess.run, [sys.executable, "-c", code], check=False)
    assert done.returncode == 9
    await FileLock(path).release()
