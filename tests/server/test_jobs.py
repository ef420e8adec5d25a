"""Effects are carried out after their commit: once, again after a failure, by another when their worker died."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import select

from app.domain.conversations.commands import StartConversation
from app.domain.messages.commands import Reply
from app.kernel.clock import system_now_us
from app.kernel.columns import moment_from_us
from app.kernel.errors import PatchbayError
from app.kernel.ids import new_id
from app.kernel.log import Effect
from server.database.jobs import GiveUp, Job, TryLater, claim, dead, finish, replay
from server.database.place import Place
from server.database.store import Stores, TenantStore
from server.jobs import runner as runner_module
from server.jobs.runner import EffectHandler, Runner
from tests.server.world import Database, stores_of

LEASE = timedelta(seconds=60)
NAMES = ["email.send"]


@pytest_asyncio.fixture
async def store(place: Place, database: Database) -> AsyncIterator[TenantStore]:
    """Acme's data, without a server."""
    with stores_of(place) as stores:
        yield stores.of(database.people.acme)


async def send(store: TenantStore, database: Database, count: int = 1) -> None:
    """Replies, each of which is an effect."""
    ana, talk = database.people.ana, new_id()
    await store.issue(StartConversation(conversation_id=talk, channel="email", address="mia@example.com"), ana, "d1")
    for _ in range(count):
        await store.issue(Reply(conversation_id=talk, message_id=new_id(), text="Hello"), ana, "d1")


def take(store: TenantStore, worker: str, *, after: timedelta = timedelta()) -> Any:
    now = moment_from_us(store.now_us()) + after
    return store.change(lambda each: claim(each, store.tenant_id, NAMES, worker, now, now + LEASE, 8))


async def test_what_one_worker_has_another_does_not_get_until_the_lease_ends(store: TenantStore, database: Database) -> None:
    await send(store, database, 3)
    mine: list[Job] = await take(store, "a")
    assert ([job.name for job in mine], [job.attempts for job in mine]) == (NAMES * 3, [1, 1, 1])
    assert await take(store, "b") == []
    assert await store.change(partial(finish, job=mine[0], worker="a"))
    theirs = await take(store, "b", after=LEASE + timedelta(seconds=1))
    assert ({job.id for job in theirs}, theirs[0].attempts) == ({job.id for job in mine[1:]}, 2)
    assert not await store.change(partial(finish, job=mine[1], worker="a"))  # it came back too late
    assert await store.change(partial(finish, job=theirs[0], worker="b"))
    assert await store.change(partial(finish, job=theirs[1], worker="b"))
    assert await take(store, "c", after=LEASE * 9) == []


async def test_workers_at_once_get_each_job_once(store: TenantStore, database: Database) -> None:
    await send(store, database, 20)
    taken = await asyncio.gather(*(take(store, f"worker {number}") for number in range(6)))
    taken += await asyncio.gather(*(take(store, f"worker {number}") for number in range(6)))
    ids = [job.id for jobs in taken for job in jobs]
    assert len(ids) == len(set(ids)) == 20


async def test_a_refused_command_leaves_no_job(store: TenantStore, database: Database) -> None:
    with pytest.raises(PatchbayError, match="not here"):
        await store.issue(Reply(conversation_id=new_id(), message_id=new_id(), text="Hello"), database.people.ana, "d1")
    assert await take(store, "a") == []


class Sender:
    """A handler that fails as told, then does it."""

    def __init__(self, *failures: Exception) -> None:
        self.failures, self.done, self.tried = list(failures), list[Job](), 0

    async def __call__(self, _store: TenantStore, job: Job) -> None:
        self.tried += 1
        if self.failures:
            raise self.failures.pop(0)
        self.done.append(job)


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not is_so():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.01)


async def given_up(store: TenantStore) -> list[Any]:
    """The jobs that were, once there is one."""
    async with asyncio.timeout(60):
        while not (lost := await store.look(lambda each: dead(each, store.tenant_id, None, 10))):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    return list(lost)


async def run(stores: Stores, handler: EffectHandler, **options: Any) -> Runner:
    runner = Runner(stores, {"email.send": handler}, **options)
    await runner.start()
    return runner


async def test_a_commit_wakes_the_runner_without_polling(place: Place, database: Database) -> None:
    with stores_of(place) as stores:
        sender = Sender()
        runner = await run(stores, sender, look_again_s=3600)
        await asyncio.sleep(0.3)  # it has looked, and found nothing
        await send(stores.of(database.people.acme), database)
        await until(lambda: len(sender.done) == 1)
        await runner.stop()


async def test_a_failure_is_tried_again_and_giving_up_can_be_taken_back(
    place: Place, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner_module, "FIRST_DELAY_S", 0.02)
    with stores_of(place) as stores:
        store = stores.of(database.people.acme)
        sender = Sender(ValueError("a bug"), TryLater("the mail server is away", 0.02), GiveUp(reason="no such address"))
        runner = await run(stores, sender, look_again_s=0.05)
        await send(store, database)
        await until(lambda: sender.tried == 3)
        lost = await given_up(store)
        assert [(each.error, each.attempts) for each in lost] == [("This can't be carried out: no such address", 3)]
        now = moment_from_us(store.now_us())
        assert await store.change(lambda each: replay(each, store.tenant_id, lost[0].id, now))
        await until(lambda: len(sender.done) == 1)
        assert not await store.change(lambda each: replay(each, store.tenant_id, lost[0].id, now))
        await runner.stop()


async def test_what_fails_for_ever_is_given_up(place: Place, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner_module, "FIRST_DELAY_S", 0.001)
    monkeypatch.setattr(runner_module, "LONGEST_DELAY_S", 0.01)
    with stores_of(place) as stores:
        store = stores.of(database.people.acme)
        sender = Sender(*(OSError("away") for _ in range(99)))
        runner = await run(stores, sender, look_again_s=0.02)
        await send(store, database)
        assert len(await given_up(store)) == 1
        await asyncio.sleep(0.3)
        assert sender.tried == runner_module.MOST_ATTEMPTS
        await runner.stop()


async def test_a_dead_workers_job_is_taken_over(place: Place, database: Database) -> None:
    with stores_of(place) as stores:
        store = stores.of(database.people.acme)
        await send(store, database)
        now = moment_from_us(store.now_us())
        soon = now + timedelta(seconds=0.5)
        assert await store.change(lambda each: claim(each, store.tenant_id, NAMES, "dead", now, soon, 8))
        sender = Sender()
        runner = await run(stores, sender)
        await until(lambda: len(sender.done) == 1)
        assert sender.done[0].attempts == 2
        await runner.stop()


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.us = system_now_us()

    def __call__(self) -> int:
        return self.us


async def test_a_slow_handler_keeps_its_lease(place: Place, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner_module, "RENEW_S", 0.05)
    clock, done = Clock(), list[str]()
    stores, lease = Stores(place, clock), timedelta(seconds=60)

    async def slowly(store: TenantStore, job: Job) -> None:
        """Three leases long, however long that takes here."""
        mine = select(Effect.leased_until).where(Effect.tenant_id == store.tenant_id, Effect.id == job.id)
        for _ in range(4):
            clock.us += 45_000_000
            async with asyncio.timeout(60):
                while await store.look(lambda each: each.execute(mine).scalar()) != moment_from_us(clock.us) + lease:  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
        done.append(job.id.hex)

    try:
        first = await run(stores, slowly, lease=lease, look_again_s=0.02)
        second = await run(stores, slowly, lease=lease, look_again_s=0.02)
        await send(stores.of(database.people.acme), database)
        await until(lambda: bool(done))
        await asyncio.sleep(0.2)
        assert len(done) == 1
        await first.stop()
        await second.stop()
    finally:
        stores.close()
