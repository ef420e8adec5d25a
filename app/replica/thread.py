"""The replica behind its own threads: one that writes, one that reads beside it; everyone else awaits."""

import asyncio
import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from sqlalchemy import Engine

from app.kernel.clock import NowUs, system_now_us
from app.kernel.command import Command, Issued
from app.kernel.errors import Refused
from app.kernel.reader import Reader
from app.protocol.cursor import Cursor
from app.protocol.envelopes import Outcome, Page, Push
from app.protocol.live import News
from app.protocol.ondemand import Size
from app.replica import rows
from app.replica.acts import Act
from app.replica.changed import Changed, changed
from app.replica.errors import ReplicaUnreadable, told_plainly
from app.replica.file import broken_off, open_file
from app.replica.idle import IdleWiping
from app.replica.journal import Journal
from app.replica.outbox import OutboxEntry
from app.replica.rekey import journal_of, rekey
from app.replica.replica import Replica
from app.replica.rescue import mark_damaged, open_or_rescue
from app.replica.rows import Touches

T = TypeVar("T")
log = logging.getLogger(__name__)
Listener = Callable[[Changed], None]


class ReplicaThread:
    """What the console's other parts hold of the replica; every method is awaited on any event loop."""

    def __init__(self, replica: Replica, writer: ThreadPoolExecutor, *, path: Path | None, rescued: int | None) -> None:
        self.rescued = rescued  # how many acts were kept from a damaged file that was replaced; nothing: it was whole
        self._path = path
        self.tenant_id, self.actor_id, self.device = replica.tenant_id, replica.actor_id, replica.device
        self._replica, self._writer = replica, writer
        self._reader = ThreadPoolExecutor(1, "replica-reader")
        self._listeners: dict[Listener, asyncio.AbstractEventLoop] = {}
        self._queue_listeners: dict[Callable[[], None], asyncio.AbstractEventLoop] = {}
        self._is_closing = self._is_indexing = False
        replica.on_change = self._tell
        self._wiping = IdleWiping(replica, writer)
        self._wiping.soon()  # the last time may have ended before it was done

    @classmethod
    async def open(
        cls, path: Path | None, key: bytes, *, tenant_id: UUID, actor_id: UUID, device: str, now_us: NowUs = system_now_us
    ) -> "ReplicaThread":
        """Open or create the file, or replace it when it has rotted (`rescued` tells).

        `ReplicaUnreadable` when the key does not fit, `DiskFull` when there is no room.
        """
        writer = ThreadPoolExecutor(1, "replica-writer")

        def built(engine: Engine, journal: Journal | None) -> Replica:
            return Replica(engine, tenant_id, actor_id, device, now_us, journal=journal)

        def opened() -> tuple[Replica, int | None]:
            with told_plainly():
                return open_or_rescue(path, key, built) if path else (built(open_file(None, key), None), None)

        try:
            replica, rescued = await asyncio.get_running_loop().run_in_executor(writer, opened)
        except BaseException:
            writer.shutdown(wait=False)
            raise
        thread = cls(replica, writer, path=path, rescued=rescued)
        writer.submit(thread._begin_journal)
        thread._begin_index()
        return thread

    def _begin_journal(self) -> None:
        """On the writing thread, before the first act and beside the first reading."""
        try:
            self._replica.begin_journal()
        except Exception:  # the replica itself is whole: it is tried again at the first act
            log.exception("the journal could not be begun")

    async def close(self) -> None:
        """Finish what runs, then let the file go."""
        self._listeners, self._is_closing = {}, True
        self._wiping.close()
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(None, self._reader.shutdown)
        await loop.run_in_executor(self._writer, self._wipe_at_last)
        await loop.run_in_executor(self._writer, self._replica.engine.dispose)
        await loop.run_in_executor(None, self._writer.shutdown)

    def _wipe_at_last(self) -> None:
        """Half an index is made again after the next opening; it would be in the way."""
        if self._replica.is_unwiped:
            self._replica.search.give_up(self._replica.engine)
        self._replica.wipe(whatever_size=True)

    async def rekey(self, key: bytes, new_key: bytes) -> None:
        """Encrypt the file with another key while nobody reads or writes; `DiskFull` leaves it as it was."""
        loop, arrived, held = asyncio.get_running_loop(), asyncio.Event(), threading.Event()

        def hold() -> None:
            loop.call_soon_threadsafe(arrived.set)
            held.wait()

        reading = loop.run_in_executor(self._reader, hold)
        try:
            await arrived.wait()
            await self._write(self._rekey, key, new_key)
        finally:
            held.set()
            await reading

    def _rekey(self, key: bytes, new_key: bytes) -> None:
        if self._path is None:
            raise ValueError("a replica in memory has no file")
        self._replica.engine.dispose()
        try:
            rekey(self._path, key, new_key)
        except BaseException:
            self._replica.engine = open_file(self._path, key)
            raise
        self._replica.change_file(open_file(self._path, new_key), journal_of(self._path, new_key))
        self._begin_index()

    # ── the search index ───────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def indexed(self) -> float | None:
        """How much of the search index is made, from 0 to 1, while it is being made: what is not in it is not found."""
        return self._replica.search.share

    def _begin_index(self) -> None:
        """Go on with it until it is made, unless that is under way."""
        if not self._is_indexing and self._replica.search.share is not None:
            self._is_indexing = True
            self._writer.submit(self._index)

    def _index(self) -> None:
        """On the writing thread: one slice; then whoever came meanwhile, then the next."""
        if self._is_closing:
            return
        is_more = False
        try:
            with told_plainly():
                is_more = self._replica.search.go_on(self._replica.engine)
            if not is_more:
                self._wiping.soon()
        except Exception:  # less is found than there is; everything else goes on, and the next pull begins it again
            log.exception("the search index could not be made")
        self._is_indexing = False
        if is_more:
            self._begin_index()

    # ── for the desk ───────────────────────────────────────────────────────────────────────────────────────────────────

    async def run(self, command: Command, seen: dict[UUID, int] | None = None) -> Issued:
        """Do it here at once and queue it for the server; raises `Refused`, `NeedsServer`, `DiskFull`."""
        issued = await self._write(self._replica.run, command, seen)
        self._tell_queued()
        return issued

    async def run_many(self, commands: Sequence[Command], group: UUID) -> list[Issued | Refused]:
        """Do each here at once and queue it, in one transaction; what cannot be done says why and holds nothing up."""
        done = await self._write(self._replica.run_many, commands, group)
        self._tell_queued()
        return done

    async def read(self, question: Callable[[Reader], T]) -> T:
        """Ask on the reading thread: a pull that writes does not hold it up. Who waits no longer breaks the question off."""
        given_up = threading.Event()

        def asked(reader: Reader) -> T:
            with broken_off(reader.connection, given_up.is_set):
                return question(reader)

        try:
            return await self._run(self._reader, partial(self._replica.read, asked))
        except asyncio.CancelledError:
            given_up.set()
            raise

    async def outbox(self) -> list[OutboxEntry]:
        """What waits and what was rejected, oldest first."""
        return await self._run(self._reader, self._replica.entries)

    async def acts(self, limit: int, *, is_folded: bool = False) -> list[Act]:
        """What was done on this device, latest first; `is_folded`: a group is one act."""
        return await self._run(self._reader, partial(self._replica.acts, limit, is_folded=is_folded))

    async def members(self, group: UUID) -> list[UUID]:
        """The commands of a group that were not refused, latest first; nothing of what is no group."""
        return await self._run(self._reader, partial(self._replica.members, group))

    async def count_waiting(self) -> int:
        """How many commands the server has not heard of."""
        return await self._run(self._reader, self._replica.count_waiting)

    async def dismiss(self, command_id: UUID) -> None:
        """The person has read why a command was rejected."""
        await self._write(self._replica.dismiss, command_id)

    async def reinstate(self, command_id: UUID) -> None:
        """The person wants to see the rejected command again."""
        await self._write(self._replica.reinstate, command_id)

    async def withdraw(self, command_ids: Sequence[UUID]) -> None:
        """Take back commands that the server has not heard of, as if they had never been given; raises `OnItsWay`."""
        await self._write(self._replica.withdraw, command_ids)

    async def release(self) -> None:
        """The person has confirmed what was held: it waits for the server again."""
        await self._write(self._replica.release)
        self._tell_queued()

    async def discard(self, command_ids: Sequence[UUID]) -> None:
        """The person does not mean what was held."""
        await self._write(self._replica.discard, command_ids)

    async def size(self) -> Size:
        """How much of each kind is on this device."""
        return await self.read(lambda reader: rows.size_of(reader.connection))

    async def file_bytes(self) -> int:
        """How much room the file and its log take."""
        path = self._path
        files = [] if path is None else [path, path.with_name(f"{path.name}-wal")]
        return await asyncio.to_thread(lambda: sum(each.stat().st_size for each in files if each.exists()))

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Be told on this event loop after each commit that changed rows; call the result to end it."""
        self._listeners = {**self._listeners, listener: asyncio.get_running_loop()}
        return partial(self._unsubscribe, listener)

    def on_queued(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Be told on this event loop whenever a command waits for the server; call the result to end it."""
        self._queue_listeners = {**self._queue_listeners, listener: asyncio.get_running_loop()}
        return partial(self._end_queued, listener)

    async def kept(self, key: str) -> bytes | None:
        """What this device keeps for itself under a key."""
        return await self._run(self._reader, partial(self._replica.kept, key))

    async def keep(self, key: str, value: bytes | None) -> None:
        """Keep it, in the encrypted file and nowhere else; None forgets it."""
        await self._write(self._replica.keep, key, value)

    # ── for the syncer ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def issue(self, command: Command) -> Issued:
        """A command that goes to the server past the outbox."""
        return await self._write(self._replica.issue, command)

    async def note_done(self, issued: Issued, version: int) -> None:
        """The server has done it: it is listed among what was done here."""
        await self._write(self._replica.note_done, issued, version)

    async def cursor(self) -> Cursor:
        """Where the replica stands."""
        return await self._write(self._replica.cursor)

    async def outgoing(self, limit: int = 50) -> Push:
        """What the server must hear next."""
        return await self._write(self._replica.outgoing, limit)

    async def settle(self, outcomes: Iterable[Outcome]) -> None:
        """Take in the server's answers."""
        await self._write(self._replica.settle, outcomes)

    async def apply(self, *pages: Page) -> bool:
        """Take in pages that follow one another; False when they are for another place."""
        is_taken = await self._write(self._replica.apply, *pages)
        self._begin_index()
        return is_taken

    async def apply_news(self, news: News) -> bool:
        """Take in what the live socket told; False when it is for another place."""
        return await self._write(self._replica.apply_news, news)

    async def start_over(self) -> None:
        """Forget the server's rows, keep what waits, and stand at the beginning."""
        await self._write(self._replica.start_over)

    async def as_of_us(self) -> int | None:
        """The server's time at which the replica was last known to be complete."""
        return await self._write(self._replica.as_of_us)

    async def skew_us(self) -> int:
        """As `Replica.skew_us`."""
        return await self._write(self._replica.skew_us)

    async def measure_skew(self, sent_us: int, server_us: int, received_us: int) -> int:
        """Learn the server's time from one exchange."""
        return await self._write(self._replica.measure_skew, sent_us, server_us, received_us)

    # ── details ────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _write(self, work: Callable[..., T], *arguments: object) -> T:
        with self._wiping.giving_way():
            return await self._run(self._writer, partial(work, *arguments))

    async def _run(self, thread: ThreadPoolExecutor, work: Callable[[], T]) -> T:
        def plainly() -> T:
            try:
                with told_plainly():
                    return work()
            except ReplicaUnreadable:
                if self._path is not None:
                    mark_damaged(self._path)
                raise

        if self._is_closing and thread is self._reader:
            raise asyncio.CancelledError  # the console leaves: nobody waits for the answer any more
        return await asyncio.get_running_loop().run_in_executor(thread, plainly)

    def _tell_queued(self) -> None:
        here = asyncio.get_running_loop()
        for tell, loop in self._queue_listeners.items():
            tell() if loop is here else loop.call_soon_threadsafe(tell)

    def _tell(self, touches: Touches) -> None:
        """On the writing thread, after the commit; the listeners are called on their own loops."""
        told = changed(touches)
        for listener, loop in self._listeners.items():
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._hear, listener, told)

    def _hear(self, listener: Listener, told: Changed) -> None:
        """On the listener's loop; who has ended meanwhile hears nothing more."""
        if listener in self._listeners:
            listener(told)

    def _unsubscribe(self, listener: Listener) -> None:
        self._listeners = {each: loop for each, loop in self._listeners.items() if each != listener}

    def _end_queued(self, listener: Callable[[], None]) -> None:
        self._queue_listeners = {each: loop for each, loop in self._queue_listeners.items() if each != listener}
