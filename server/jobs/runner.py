"""Carries effects out after their commit: claimed with a lease, retried with backoff, given up where a person can see it."""

import asyncio
import contextlib
import logging
import random
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from app.kernel.columns import moment_from_us
from app.kernel.ids import new_id
from app.kernel.tasks import TaskRunner
from server.database.away import DatabaseAway
from server.database.batch import Committed
from server.database.jobs import GiveUp, Job, TryLater, claim, finish, give_up, next_due, put_off, renew
from server.database.store import Stores, TenantStore

log = logging.getLogger(__name__)
EffectHandler = Callable[[TenantStore, Job], Awaitable[None]]
LEASE = timedelta(seconds=60)
RENEW_S = 20.0
LOOK_AGAIN_S = 5.0  # another process may have left something, or died
AWAY_PAUSE_S = 2.0  # while the database is out of reach
DRAIN_S = 5.0  # for what is under way when the server ends
AT_ONCE = 8
MOST_ATTEMPTS = 10
FIRST_DELAY_S = 2.0
LONGEST_DELAY_S = 3600.0


class Runner:
    """A service: one loop a tenant, woken by commits, by the next due time, and every few seconds."""

    def __init__(
        self,
        stores: Stores,
        handlers: Mapping[str, EffectHandler],
        *,
        lease: timedelta = LEASE,
        look_again_s: float = LOOK_AGAIN_S,
    ) -> None:
        self.worker = new_id().hex
        self._stores, self._handlers = stores, dict(handlers)
        self._lease, self._look_again_s = lease, look_again_s
        self._tasks = TaskRunner()
        self._wake: dict[UUID, asyncio.Event] = {}
        self._serving: list[asyncio.Task[None]] = []
        self._is_ending = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._random = random.Random()  # noqa: S311  # spreads retries, hides nothing

    async def start(self) -> None:
        """Begin for every tenant, and for those that open later."""
        self._loop = asyncio.get_running_loop()
        self._stores.on_open.append(self._begin)
        for store in self._stores.readable():
            self._begin(store)

    async def stop(self) -> None:
        """Begin nothing more, and let what was begun finish for a moment; the rest is taken over when its lease runs out."""
        if self._is_ending:
            return
        self._stores.on_open.remove(self._begin)
        self._is_ending = True
        for wake in self._wake.values():
            wake.set()
        if self._serving:
            await asyncio.wait(self._serving, timeout=DRAIN_S)
        await self._tasks.close()

    def _begin(self, store: TenantStore) -> None:
        if store.tenant_id in self._wake or self._loop is None:
            return
        wake = self._wake[store.tenant_id] = asyncio.Event()
        loop = self._loop

        def committed(told: Committed) -> None:
            if told.has_effects and not loop.is_closed():
                loop.call_soon_threadsafe(wake.set)

        store.authority.on_commit.append(committed)
        store.on_doubt.append(wake.set)
        store.on_hurry.append(wake.set)
        self._serving.append(self._tasks.task(self._serve(store, wake), name=f"jobs of {store.tenant_id}"))

    async def _serve(self, store: TenantStore, wake: asyncio.Event) -> None:
        while not self._is_ending:
            try:
                await self._serve_some(store, wake)
            except DatabaseAway:  # which was told once, for all of them
                await asyncio.sleep(AWAY_PAUSE_S)

    async def _serve_some(self, store: TenantStore, wake: asyncio.Event) -> None:
        wake.clear()
        jobs = await self._claim(store)
        if jobs:
            await asyncio.gather(*(self._carry_out(store, job) for job in jobs))
            return
        wait_s = await self._idle_s(store)
        if self._is_ending:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                await wake.wait()

    async def _claim(self, store: TenantStore) -> list[Job]:
        now = self._now()
        names = list(self._handlers)
        return await store.change(lambda each: claim(each, store.tenant_id, names, self.worker, now, now + self._lease, AT_ONCE))

    async def _idle_s(self, store: TenantStore) -> float:
        due = await store.look(lambda each: next_due(each, store.tenant_id, list(self._handlers)))
        if due is None:
            return self._look_again_s
        return min(max((due - self._now()).total_seconds(), 0.01), self._look_again_s)

    async def _carry_out(self, store: TenantStore, job: Job) -> None:
        try:
            await self._try(store, job)
        except DatabaseAway:  # what became of it cannot be written down: it is taken up again when the lease ends
            log.info("%s %s is left to its lease", job.name, job.id)

    async def _try(self, store: TenantStore, job: Job) -> None:
        try:
            await self._with_lease(store, job)
        except DatabaseAway:
            raise
        except GiveUp as error:
            await self._give_up(store, job, str(error))
        except TryLater as error:
            await self._retry(store, job, str(error), error.delay_s)
        except Exception as error:  # a handler's bug or a gateway's mood: kept with the job, tried again
            log.warning("%s %s failed (attempt %d)", job.name, job.id, job.attempts, exc_info=error)
            await self._retry(store, job, f"{type(error).__name__}: {error}", None)
        else:
            await store.change(lambda each: finish(each, job, self.worker))

    async def _with_lease(self, store: TenantStore, job: Job) -> None:
        """Let the handler work, and renew the lease for as long as it does."""
        renewing = self._tasks.task(self._renew(store, job), name=f"lease of {job.id}")
        try:
            await self._handlers[job.name](store, job)
        finally:
            renewing.cancel()

    async def _renew(self, store: TenantStore, job: Job) -> None:
        while True:
            await asyncio.sleep(min(RENEW_S, self._lease.total_seconds() / 3))
            until = self._now() + self._lease
            with contextlib.suppress(DatabaseAway):
                if not await store.change(partial(renew, job=job, worker=self.worker, until=until)):
                    return

    async def _retry(self, store: TenantStore, job: Job, error: str, delay_s: float | None) -> None:
        if job.attempts >= MOST_ATTEMPTS:
            await self._give_up(store, job, error)
            return
        backoff_s = min(FIRST_DELAY_S * 2 ** (job.attempts - 1), LONGEST_DELAY_S) * self._random.uniform(0.5, 1.0)
        run_at = self._now() + timedelta(seconds=backoff_s if delay_s is None else delay_s)
        await store.change(lambda each: put_off(each, job, self.worker, run_at, error))

    async def _give_up(self, store: TenantStore, job: Job, error: str) -> None:
        log.warning("%s %s was given up: %s", job.name, job.id, error)
        await store.change(lambda each: give_up(each, job, self.worker, error))

    def _now(self) -> datetime:
        return moment_from_us(self._stores.now_us())
