"""A server with two workspaces, copied for each test from one that was made once, and callers over HTTP."""

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

import httpx
import psycopg
from argon2 import PasswordHasher
from sqlalchemy import insert
from typing_extensions import override

from app.kernel.columns import moment_from_us
from app.kernel.ids import new_id
from app.kernel.log import Effect
from server.bootstrap import Server, build_server
from server.database.engines import prepare
from server.database.founding import Person, add_person, found_tenant
from server.database.place import Place, read_place
from server.database.store import Stores, TenantStore
from server.web.passwords import Passwords

PASSWORD = "correct horse battery"


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Who is in the two workspaces. Ana administers Acme, Ben is an agent there, Zoe administers Zenith."""

    acme: UUID
    zenith: UUID
    ana: UUID
    ben: UUID
    zoe: UUID


class Database(Protocol):
    """Gives each test a copy of the two workspaces."""

    people: People

    def copy(self, folder: Path) -> Place:
        """A place that nobody else uses."""

    def drop(self, place: Place) -> None:
        """Nobody needs that copy any more."""


async def _found(place: Place) -> People:
    prepare(place)
    stores, passwords = Stores(place), quick_passwords()
    try:
        known = await passwords.hash(PASSWORD)
        acme = await found_tenant(stores, "Acme", country="GB")
        zenith = await found_tenant(stores, "Zenith", country="DE")
        return People(
            acme=acme.tenant_id,
            zenith=zenith.tenant_id,
            ana=await add_person(acme, Person(name="Ana", email="ana@acme.example", role="administrator", password_hash=known)),
            ben=await add_person(acme, Person(name="Ben", email="ben@acme.example", role="agent", password_hash=known)),
            zoe=await add_person(
                zenith, Person(name="Zoe", email="zoe@zenith.example", role="administrator", password_hash=known)
            ),
        )
    finally:
        passwords.close()
        stores.close()


class SqliteDatabase(Database):
    """Copies the closed files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.people = asyncio.run(_found(read_place(f"sqlite:///{folder}/patchbay.db")))

    @override
    def copy(self, folder: Path) -> Place:
        shutil.copytree(self._folder, folder, dirs_exist_ok=True)
        return read_place(f"sqlite:///{folder}/patchbay.db")

    @override
    def drop(self, place: Place) -> None:
        for each in place.folder.rglob("*.db*"):
            each.unlink()


class PostgresqlDatabase(Database):
    """Lets PostgreSQL copy a template."""

    def __init__(self, owner_url: str, folder: Path) -> None:
        self._url, self._count = owner_url, 0
        self._run('CREATE DATABASE "made"')
        self.people = asyncio.run(_found(read_place(self._named("made"), folder)))

    @override
    def copy(self, folder: Path) -> Place:
        self._count += 1
        self._run(f'CREATE DATABASE "copy{self._count}" TEMPLATE "made"')
        return read_place(self._named(f"copy{self._count}"), folder / "patchbay.d")

    @override
    def drop(self, place: Place) -> None:
        self._run(f'DROP DATABASE "{place.url.rpartition("/")[2]}" WITH (FORCE)')

    def _named(self, name: str) -> str:
        return f"{self._url.rpartition('/')[0]}/{name}"

    def _run(self, statement: str) -> None:
        with psycopg.connect(self._url, autocommit=True) as connection:
            for is_last in (*[False] * 12, True):  # PostgreSQL itself waits five seconds for sessions that have just ended
                try:
                    connection.execute(statement)
                except psycopg.errors.ObjectInUse:
                    if is_last:
                        raise
                else:
                    return


@dataclass(slots=True, kw_only=True)
class World:
    """A running server and those who call it."""

    server: Server
    address: str
    people: People

    def stranger(self, **options: Any) -> httpx.AsyncClient:
        """A caller who is not signed in."""
        return httpx.AsyncClient(base_url=f"{self.address}/api/v1", timeout=120, **options)

    async def try_sign_in(self, workspace: str, email: str, password: str = PASSWORD, device: str = "d1") -> httpx.Response:
        """What the server says to this."""
        async with self.stranger() as caller:
            return await caller.post(
                "/sign-in", json={"workspace": workspace, "email": email, "password": password, "device": device}
            )

    @contextlib.asynccontextmanager
    async def signed_in(self, workspace: str, email: str, device: str = "d1") -> AsyncIterator[httpx.AsyncClient]:
        """A caller with an access token."""
        answer = (await self.try_sign_in(workspace, email, device=device)).raise_for_status().json()
        async with self.stranger(headers={"Authorization": f"Bearer {answer['access_token']}"}) as caller:
            yield caller


@contextlib.asynccontextmanager
async def running(place: Place, people: People) -> AsyncIterator[World]:
    """A server over the place, until the block ends."""
    server = build_server(place, passwords=quick_passwords())
    async with server.running("127.0.0.1", 0) as address:
        yield World(server=server, address=address, people=people)


def quick_passwords() -> Passwords:
    """The same work, less of it: tests sign in often."""
    return Passwords(PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1))


@contextlib.contextmanager
def stores_of(place: Place) -> Iterator[Stores]:
    """The stores of a place without a server."""
    stores = Stores(place)
    try:
        yield stores
    finally:
        stores.close()


async def lose_jobs(store: TenantStore, count: int) -> list[UUID]:
    """Mails whose sending was given up; the jobs' ids."""
    ids, now = [new_id() for _ in range(count)], moment_from_us(store.now_us())
    rows = [
        {
            "tenant_id": store.tenant_id, "id": each, "name": "email.send", "payload": {"message_id": new_id().hex},
            "run_at": now, "attempts": 1, "state": "dead", "error": "no such address",
        }
        for each in ids
    ]  # fmt: skip
    await store.change(lambda each: each.execute(insert(Effect), rows))
    return ids
