"""A replica's file that rots: it is found and said, the file replaced, and nothing that the server has not heard of is lost."""

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path
from unittest.mock import patch

import pytest

from app.domain.contacts.commands import CreateContact, EditContact
from app.domain.contacts.queries import contacts
from app.domain.contacts.records import Contact
from app.kernel.command import Issued
from app.kernel.ids import new_id
from app.protocol.codec import pack, unpack
from app.protocol.envelopes import Page
from app.replica.errors import ReplicaUnreadable
from app.replica.thread import ReplicaThread
from tests.sync.disks import KEY
from tests.sync.world import TENANT, Desk, World, rows_of, user_id

pytestmark = pytest.mark.expects_errors
PAGE = 4096
DRAFT = f"draft:{new_id().hex}"
Rot = Callable[[Path], None]


@pytest.fixture
def world() -> World:
    world = World((0,))
    for number in range(160):
        world.order(CreateContact(contact_id=new_id(), name=f"name{number:03} {'x' * 300}"))
    return world


async def opened(path: Path, key: bytes = KEY) -> ReplicaThread:
    return await ReplicaThread.open(
        path, key, tenant_id=TENANT, actor_id=user_id(0), device="desk0", now_us=lambda: 1_900_000_000_000_000
    )


async def downloaded(world: World, thread: ReplicaThread) -> None:
    for page in world.pages(Desk("desk0", user_id(0), world.disk, 0), await thread.cursor()):
        assert await thread.apply(unpack(pack(page), Page))


async def at_work(world: World, path: Path) -> list[Issued]:
    """A console that has downloaded all, and done five things that the server has not heard of."""
    thread = await opened(path)
    await downloaded(world, thread)
    await thread.keep(DRAFT, b"half a sentence")
    contact = next(iter(rows_of(thread._replica.engine, Contact)))
    done = [await thread.run(EditContact(contact_id=contact, patch={"job_title": f"v{number}"})) for number in range(4)]
    done.append(await thread.run(CreateContact(contact_id=new_id(), name="made here")))
    await thread.close()
    return done


def head_overwritten(path: Path) -> None:
    _overwrite(path, [0])


def cut_in_half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def emptied(path: Path) -> None:
    path.write_bytes(b"\x00" * PAGE)


def gone(path: Path) -> None:
    path.unlink()


def everything_overwritten(path: Path) -> None:
    _overwrite(path, range(path.stat().st_size // PAGE))


def _overwrite(path: Path, pages: Iterable[int]) -> None:
    with path.open("r+b") as file:
        for page in pages:
            file.seek(page * PAGE + 16)
            file.write(b"\xa5" * 200)


@pytest.mark.parametrize("rot", [head_overwritten, cut_in_half, emptied, gone, everything_overwritten])
async def test_whatever_happens_to_the_file_what_waited_is_pushed(world: World, tmp_path: Path, rot: Rot) -> None:
    path = tmp_path / "replica.db"
    done = await at_work(world, path)
    rot(path)
    thread = await opened(path)
    if thread.rescued is None:  # found only when it is read
        with pytest.raises(ReplicaUnreadable):
            await thread.read(lambda reader: [contacts(reader, limit=100), *reader.all(reader.select(Contact))])
        await thread.close()
        thread = await opened(path)
    assert thread.rescued == len(done)
    assert [issued.id for issued in (await thread._write(thread._replica.outgoing)).commands] == [issued.id for issued in done]
    await thread.close()
    desk = world.desks[0]
    desk.disk = (again := await opened(path))._replica.engine
    assert again.rescued is None
    desk.replica, desk.issued = again._replica, []
    world.cycle(desk)
    world.check_same(desk)
    assert not await again.outbox()
    assert sum(row["name"] == "made here" for row in rows_of(world.disk, Contact).values()) == 1
    await again.close()


async def found_when_read(path: Path) -> ReplicaUnreadable:
    """Rot one page of the contacts: one that opening does not look at."""
    whole = path.read_bytes()
    for page in range(len(whole) // PAGE // 3, len(whole) // PAGE):
        path.write_bytes(whole)
        _overwrite(path, [page])
        thread = await opened(path)
        try:
            await thread.read(lambda reader: reader.all(reader.select(Contact)))
        except ReplicaUnreadable as said:
            assert thread.rescued is None
            return said
        finally:
            await thread.close()
    raise AssertionError("no page of the contacts was found")


async def test_drafts_outlive_what_left_them_readable(world: World, tmp_path: Path) -> None:
    path = tmp_path / "replica.db"
    await at_work(world, path)
    said = await found_when_read(path)
    assert "Start Patchbay again" in str(said)
    again = await opened(path)
    assert again.rescued == 5
    assert await again.kept(DRAFT) == b"half a sentence"
    await again.close()


async def test_another_key_is_no_damage(world: World, tmp_path: Path) -> None:
    path = tmp_path / "replica.db"
    await at_work(world, path)
    before = path.read_bytes()
    with pytest.raises(ReplicaUnreadable):
        await opened(path, bytes(32))
    assert path.read_bytes() == before
    thread = await opened(path)
    assert (thread.rescued, await thread.count_waiting()) == (None, 5)
    await thread.close()


async def test_a_rescue_that_breaks_off_begins_again(world: World, tmp_path: Path) -> None:
    path = tmp_path / "replica.db"
    await at_work(world, path)
    head_overwritten(path)
    with patch.object(Path, "replace", side_effect=OSError("no power")), pytest.raises(OSError, match="no power"):
        await opened(path)
    thread = await opened(path)
    assert thread.rescued == 5
    await thread.close()


async def test_a_journal_that_is_torn_gives_what_is_whole(world: World, tmp_path: Path) -> None:
    path = tmp_path / "replica.db"
    done = await at_work(world, path)
    journal = tmp_path / "replica.db.journal"
    journal.write_bytes(journal.read_bytes()[:-3])
    head_overwritten(path)
    thread = await opened(path)
    assert thread.rescued == len(done) - 1
    await thread.close()


async def test_nothing_of_what_was_done_can_be_read_in_the_journal(world: World, tmp_path: Path) -> None:
    await at_work(world, tmp_path / "replica.db")
    kept = (tmp_path / "replica.db.journal").read_bytes()
    assert len(kept) > 500
    assert b"made here" not in kept
    assert b"contact.create" not in kept


async def test_a_journal_does_not_grow_for_ever(world: World, tmp_path: Path) -> None:
    path = tmp_path / "replica.db"
    thread = await opened(path)
    await downloaded(world, thread)
    with patch("app.replica.journal.LONGEST_BYTES", 4_000):
        for number in range(60):
            await thread.run(CreateContact(contact_id=new_id(), name=f"made {number}"))
            push = await thread.outgoing()
            await thread.settle(await asyncio.to_thread(world.authority.carry_out, push.commands))
            await downloaded(world, thread)
    assert (tmp_path / "replica.db.journal").stat().st_size < 8_000
    await thread.close()


async def test_what_was_withdrawn_does_not_come_back_with_a_rescue(world: World, tmp_path: Path) -> None:
    path = tmp_path / "replica.db"
    done = await at_work(world, path)
    thread = await opened(path)
    await thread.withdraw([done[-1].id])
    await thread.close()
    emptied(path)
    thread = await opened(path)
    assert [issued.id for issued in (await thread.outgoing()).commands] == [issued.id for issued in done[:-1]]
    await thread.close()
