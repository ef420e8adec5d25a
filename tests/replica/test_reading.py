"""As whom the replica is read, remembered until a pull changes it; and questions that nobody waits for any more."""

import asyncio
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import select

from app.domain.notes.commands import AddNote
from app.domain.users.records import User
from app.kernel.ids import new_id
from app.kernel.reader import Reader
from app.kernel.tasks import TaskRunner
from app.protocol.envelopes import Block, Page
from app.replica.changed import Changed, changed
from app.replica.file import open_file
from app.replica.replica import Replica
from app.replica.thread import ReplicaThread
from tests.demo import cast
from tests.demo.dataset import SMALL
from tests.demo.fill import BENCH_DEVICE, BENCH_KEY, BENCH_TENANT, fill_replica

ME = cast.user_id(BENCH_TENANT, cast.SUPERVISOR)
COLUMNS = list(User.__table__.columns.keys())
ENDLESS = "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"


@pytest.fixture(scope="module")
def replica(tmp_path_factory: pytest.TempPathFactory) -> Replica:
    path = tmp_path_factory.mktemp("reading") / "replica.db"
    fill_replica(path, BENCH_KEY, SMALL, email=cast.SUPERVISOR)
    return Replica(open_file(path, BENCH_KEY), BENCH_TENANT, ME, BENCH_DEVICE, lambda: 0)


def page_that_ends_me(replica: Replica) -> Page:
    """What the server sends when somebody has left."""
    with replica.engine.connect() as connection, connection.begin():
        found = connection.exec_driver_sql(f"SELECT {', '.join(COLUMNS)} FROM user WHERE id = ?", (ME.bytes,)).one()  # noqa: S608
    cursor = replica.cursor()
    row = {**found._asdict(), "is_active": 0, "version": cursor.version + 1}
    block = Block("user", COLUMNS, [list(row.values())])
    return Page(start=cursor, end=msgspec.structs.replace(cursor, version=cursor.version + 1), server_us=1, blocks=[block])


def test_who_reads_is_asked_for_once(replica: Replica) -> None:
    first, second = replica.read(lambda reader: reader.actor), replica.read(lambda reader: reader.actor)
    assert first.may("contact:read")
    assert first is second


def test_a_pull_that_takes_ones_rights_counts_from_the_next_question(replica: Replica) -> None:
    assert replica.read(lambda reader: reader.actor.may("contact:read"))
    assert replica.apply(page_that_ends_me(replica))
    assert not replica.read(lambda reader: reader.connection.execute(select(User.is_active).where(User.id == ME)).scalar_one())
    assert not replica.read(lambda reader: reader.actor.may("contact:read"))


async def test_a_question_that_nobody_waits_for_is_broken_off_and_one_that_waits_is_never_asked(tmp_path: Path) -> None:
    thread = await ReplicaThread.open(
        tmp_path / "replica.db", BENCH_KEY, tenant_id=BENCH_TENANT, actor_id=ME, device=BENCH_DEVICE
    )
    tasks = TaskRunner()
    loop, has_begun, asked = asyncio.get_running_loop(), asyncio.Event(), list[str]()

    def endless(reader: Reader) -> None:
        loop.call_soon_threadsafe(has_begun.set)
        reader.connection.exec_driver_sql(ENDLESS).all()

    first = tasks.task(thread.read(endless))
    async with asyncio.timeout(60):
        await has_begun.wait()
    second = tasks.task(thread.read(lambda _reader: asked.append("second")))
    await asyncio.sleep(0)
    second.cancel()
    first.cancel()
    async with asyncio.timeout(60):
        assert await thread.read(lambda reader: reader.connection.exec_driver_sql("SELECT 1").scalar()) == 1
    assert asked == []
    assert first.cancelled()
    assert second.cancelled()
    await thread.close()


async def test_a_question_after_the_end_is_nobodys_and_an_act_is_said_to_be_lost(tmp_path: Path) -> None:
    thread = await ReplicaThread.open(
        tmp_path / "replica.db", BENCH_KEY, tenant_id=BENCH_TENANT, actor_id=ME, device=BENCH_DEVICE
    )
    await thread.close()
    with pytest.raises(asyncio.CancelledError):
        await thread.read(lambda reader: reader.actor)
    with pytest.raises(asyncio.CancelledError):
        await thread.outbox()
    with pytest.raises(RuntimeError):
        await thread.run(AddNote(note_id=new_id(), text="Too late"))


def test_a_first_download_names_no_row_and_what_comes_after_it_does(replica: Replica) -> None:
    """Naming a million rows took a quarter of the time; who listens takes it for more rows than anybody named."""
    fresh = Replica(open_file(None, BENCH_KEY), BENCH_TENANT, ME, BENCH_DEVICE, lambda: 0)
    heard = list[Changed]()
    fresh.on_change = lambda touches: heard.append(changed(touches))
    page = page_that_ends_me(replica)
    first = msgspec.structs.replace(page, start=fresh.cursor())
    assert fresh.apply(first)
    assert fresh.apply(msgspec.structs.replace(first, start=first.end, end=msgspec.structs.replace(first.end, version=99)))
    assert [told.ids for told in heard] == [None, frozenset({ME})]
    assert all("user" in told.kinds for told in heard)
