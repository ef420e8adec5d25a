"""Every tenant's database behind threads: readers beside each other, one writer at a time on a SQLite file."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import StatementError

from app.kernel.clock import NowUs, system_now_us
from app.kernel.command import Command
from app.kernel.errors import BadValue
from app.kernel.reader import Reader
from app.protocol.envelopes import Outcome
from server.database import search
from server.database.authority import Authority, is_unstorable
from server.database.away import DatabaseDamaged, reachable
from server.database.blobs import BlobFolder, Blobs
from server.database.bucket import BlobBucket, BucketPlace, open_bucket, read_bucket
from server.database.directory import Directory
from server.database.engines import Engines
from server.database.ledger import Ledger, LedgerFolder, ledger_of
from server.database.openings import OpeningBook
from server.database.place import Place
from server.database.tries import Buckets
from server.database.uploads import Uploads

if TYPE_CHECKING:
    from minio import Minio

T = TypeVar("T")
READERS = 2  # more only wait for the interpreter
SHARED_THREADS = 10  # on PostgreSQL, where writers wait for each other in the database


class TenantStore:
    """One tenant's data. `authority` carries commands out, and only within `write`.

    Where there are other server processes: `outward` says a word to them, `on_word` hears theirs, and `on_doubt` is called
    when something of what they did may have been missed.
    """

    def __init__(
        self,
        *,
        tenant_id: UUID,
        engine: Engine,
        readers: Executor,
        writer: Executor,
        blobs: Path,
        now_us: NowUs,
        bucket: Blobs | None = None,
        ledger: Ledger | None = None,
    ) -> None:
        self.tenant_id = tenant_id
        self.engine = engine
        self.blobs: Blobs = bucket or BlobFolder(blobs, tenant_id)
        self.ledger: Ledger = ledger or LedgerFolder(blobs.with_name("ledger"))
        self.uploads = Uploads(blobs.with_name("uploads"), tenant_id)
        self.authority = Authority(engine, tenant_id, now_us, search.refresh)
        self.now_us = now_us
        self._readers, self._writer = readers, writer
        self._reading = engine.execution_options(is_reader=True)
        self.is_shared = engine.dialect.name != "sqlite"  # with other server processes
        self.authority.is_told = not self.is_shared
        self.outward: Callable[[UUID, str, bytes], None] = lambda *_: None
        self.on_word: dict[str, Callable[[bytes], None]] = {}
        self.on_doubt: list[Callable[[], None]] = [self.authority.forget_actors]
        self.on_hurry: list[Callable[[], None]] = []  # a job may be due before its time; on the event loop
        self.openings = OpeningBook(self)

    async def read(self, fn: Callable[[Reader], T], actor_id: UUID) -> T:
        """Ask, as somebody, in one read transaction on a reader's thread."""

        def ask(connection: Connection) -> T:
            return fn(Reader(connection, self.tenant_id, self.authority.actor(actor_id, connection)))

        return await self.look(ask)

    def say(self, topic: str, body: bytes = b"") -> None:
        """Say a word to the same part of the other processes; on the event loop."""
        self.outward(self.tenant_id, topic, body)

    def hear(self, topic: str, body: bytes) -> None:
        """Another process's word; on the event loop."""
        if topic in self.on_word:
            self.on_word[topic](body)

    def doubt(self) -> None:
        """Something may have been missed: all who follow the commits must look; on the event loop."""
        for look in list(self.on_doubt):
            look()

    async def write(self, fn: Callable[[], T]) -> T:
        """Run what carries commands out on the writer's thread."""
        return await asyncio.get_running_loop().run_in_executor(self._writer, self._writing, fn)

    async def issue(
        self, command: Command, actor_id: UUID, device: str, *,
        command_id: UUID | None = None, seen: dict[UUID, int] | None = None, address: str = "",
    ) -> Outcome:  # fmt: skip
        """Carry one command out; `Refused` when it cannot be done, now or when this id was given before."""
        return await self.write(
            lambda: self.authority.issue(command, actor_id, device, command_id=command_id, seen=seen, address=address)
        )

    async def look(self, fn: Callable[[Connection], T]) -> T:
        """Read the server's own tables."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._looking, fn)

    async def change(self, fn: Callable[[Connection], T]) -> T:
        """Change the server's own tables, in a transaction of their own."""
        return await self.write(lambda: self._changing(fn))

    async def aside(self, fn: Callable[[], T]) -> T:
        """Run something that blocks (files) beside the event loop."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, fn)

    def _looking(self, fn: Callable[[Connection], T]) -> T:
        epoch = self.authority.epoch
        with reachable(), self._reading.connect().execution_options(epoch=epoch) as connection, connection.begin():
            try:
                return fn(connection)
            except StatementError as error:
                if not is_unstorable(error):
                    raise
                raise BadValue(field="query", value="this", hint="The database has nothing to compare it with.") from error

    def _writing(self, fn: Callable[[], T]) -> T:
        with reachable():
            return fn()

    def _changing(self, fn: Callable[[Connection], T]) -> T:
        with self.engine.begin() as connection:
            return fn(connection)


class Stores:
    """The stores of all tenants; a tenant's opens when it is first asked for."""

    def __init__(self, place: Place, now_us: NowUs = system_now_us) -> None:
        self.place, self.now_us = place, now_us
        self._engines = Engines(place)
        self.directory = Directory(self._engines.directory)
        self.tries = Buckets(self._engines.directory, now_us)
        self._shared = ThreadPoolExecutor(READERS if place.is_sqlite else SHARED_THREADS, thread_name_prefix="database")
        self._writers: list[ThreadPoolExecutor] = []
        self._open: dict[UUID, TenantStore] = {}
        self._begun: dict[UUID, TenantStore] = {}
        self._bucket, self._ledger = _bucket(place), ledger_of(place)
        self.on_open: list[Callable[[TenantStore], None]] = []

    def of(self, tenant_id: UUID) -> TenantStore:
        """The store of a tenant that the directory knows; KeyError for another."""
        store = self._open.get(tenant_id)
        if store is None:
            if tenant_id not in {each.id for each in self.directory.all()}:
                raise KeyError(tenant_id)
            store = self._begun.pop(tenant_id) if tenant_id in self._begun else self._open_store(tenant_id)
            self._open[tenant_id] = store
            for tell in self.on_open:
                tell(store)
        return store

    def if_open(self, tenant_id: UUID) -> TenantStore | None:
        """The store of a tenant, if anybody asked for it so far."""
        return self._open.get(tenant_id)

    def opened(self) -> list[TenantStore]:
        """The stores that were asked for so far."""
        return list(self._open.values())

    def all(self) -> list[TenantStore]:
        """The stores of every tenant; `DatabaseDamaged` where a file can't be read."""
        return [self.of(each.id) for each in self.directory.all()]

    def readable(self) -> list[TenantStore]:
        """Those of every tenant whose file can be read: one that has rotted (the log tells of it) stops no other."""
        found = list[TenantStore]()
        for each in self.directory.all():
            with suppress(DatabaseDamaged):
                found.append(self.of(each.id))
        return found

    async def aside(self, fn: Callable[[], T]) -> T:
        """Ask the directory's database, or something else that blocks, beside the event loop."""
        return await asyncio.get_running_loop().run_in_executor(self._shared, fn)

    def begin(self, tenant_id: UUID) -> TenantStore:
        """The store of a tenant that is being founded: `of` gives it once the directory knows it."""
        store = self._begun[tenant_id] = self._open_store(tenant_id)
        return store

    def abandon(self, store: TenantStore) -> None:
        """The tenant came to nothing: its file goes. (On PostgreSQL rows may stay that no tenant of the directory can see.)"""
        self._begun.pop(store.tenant_id, None)
        if self.place.is_sqlite:
            store.engine.dispose()
            file = self.place.tenant_file(store.tenant_id)
            for each in (file, *(file.with_name(f"{file.name}-{kind}") for kind in ("wal", "shm"))):
                each.unlink(missing_ok=True)

    def close(self) -> None:
        """Let running work end and close every file and connection."""
        for executor in (self._shared, *self._writers):
            executor.shutdown(wait=True)
        for store in (*self._open.values(), *self._begun.values()):
            store.engine.dispose()
        self._engines.directory.dispose()

    def _open_store(self, tenant_id: UUID) -> TenantStore:
        writer = self._shared
        with reachable():
            engine = self._engines.tenant(tenant_id)
        if self.place.is_sqlite:
            writer = ThreadPoolExecutor(1, thread_name_prefix=f"writer-{tenant_id.hex[:8]}")
            self._writers.append(writer)
        bucket = BlobBucket(*self._bucket, tenant_id) if self._bucket else None
        return TenantStore(
            tenant_id=tenant_id, engine=engine, readers=self._shared, writer=writer,
            blobs=self.place.blobs, now_us=self.now_us, bucket=bucket, ledger=self._ledger,
        )  # fmt: skip


def _bucket(place: Place) -> "tuple[Minio, BucketPlace] | None":
    """The one client of the whole server, where files are not kept in the folder."""
    if not place.bucket_url:
        return None
    read = read_bucket(place.bucket_url)
    return open_bucket(read), read


def blobs_of(place: Place) -> Callable[[UUID], Blobs]:
    """The files of each tenant, for who works without stores."""
    bucket = _bucket(place)
    return lambda tenant_id: BlobBucket(*bucket, tenant_id) if bucket else BlobFolder(place.blobs, tenant_id)
