"""Server and consoles are killed at random points of real syncs over a bad line: nothing promised is lost, nothing is doubled."""

import asyncio
import json
import random
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import pytest
from sqlalchemy import Connection, Engine, select

import app.domain.nouns  # noqa: F401 - so that every kind is known
from app.domain.contacts.records import Contact
from app.kernel.log import Audit, CommandLog
from app.kernel.record import KINDS
from app.replica.file import open_file
from app.replica.tables import OUTBOX
from server.database.place import Place, read_place
from server.database.store import Stores
from tests.faults.desk_process import CALM, KEY, PROMISES, REPLICA, TICKETS
from tests.faults.own_server import ROOT, OwnServer, found, sign_in
from tests.faults.wire import Wire
from tests.peers.postgresql import postgresql
from tests.peers.process import Peer
from tests.sync.service import until
from tests.sync.world import rows_of

DESKS = ("d1", "d2", "d3")
SETTLE_S = 240.0


class Desks:
    """The consoles' processes and folders."""

    def __init__(self, folder: Path, url: str) -> None:
        self._folder, self._url = folder, url
        self._processes: dict[str, Peer] = {}

    def folder(self, device: str) -> Path:
        return self._folder / device

    def first(self, device: str, tickets: dict[str, str]) -> None:
        """Sign the device in and start it."""
        self.folder(device).mkdir()
        (self.folder(device) / TICKETS).write_text(json.dumps(tickets))
        self.start(device)

    def start(self, device: str) -> None:
        command = [sys.executable, "-m", "tests.faults.desk_process", str(self.folder(device)), self._url, device]
        self._processes[device] = Peer(command, self.folder(device), name="desk", environment={"PYTHONPATH": str(ROOT)})

    def kill(self, device: str) -> None:
        self._processes[device].kill()
        self._processes[device].stop()

    def are_running(self) -> bool:
        return all(each.is_running for each in self._processes.values())

    def calm(self) -> None:
        for device in self._processes:
            (self.folder(device) / CALM).touch()

    def promises(self) -> list[list[str]]:
        """What the consoles told their people is done: command, name, contact."""
        paths = [self.folder(device) / PROMISES for device in self._processes]
        return [line.split() for path in paths if path.exists() for line in path.read_text().splitlines()]

    def log(self, device: str) -> str:
        return self._processes[device].log()

    def stop(self) -> None:
        for device in self._processes:
            self.kill(device)


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    if request.param == "sqlite":
        yield read_place(f"sqlite:///{tmp_path}/patchbay.db")
    else:
        with postgresql() as peer:
            yield read_place(peer.url(), tmp_path / "patchbay.d")


@asynccontextmanager
async def scene(place: Place, folder: Path) -> AsyncIterator[tuple[OwnServer, Wire, Desks]]:
    """A server, a slow wire to it and three consoles at work."""
    await found(place)
    server = OwnServer(place, folder)
    await asyncio.to_thread(server.start)
    async with AsyncExitStack() as stack:
        stack.callback(server.kill)
        wire = await stack.enter_async_context(Wire(server.port, delay_s=0.004))
        desks = Desks(folder, wire.url)
        stack.callback(desks.stop)
        for device in DESKS:
            desks.first(device, await asyncio.to_thread(sign_in, server.url, device))
        yield server, wire, desks


@pytest.mark.timeout(600)
async def test_whoever_is_killed_every_promise_is_kept_once(place: Place, tmp_path: Path) -> None:
    async with scene(place, tmp_path) as (server, wire, desks):
        await until(lambda: len(desks.promises()) > 20, 100)
        await bad_time(server, wire, desks, rounds=10)
        desks.calm()
        await until(lambda: asyncio.to_thread(is_settled, server, desks), SETTLE_S)  # beside the wire, which carries on
        check_promises(server, desks)


async def bad_time(server: OwnServer, wire: Wire, desks: Desks, *, rounds: int) -> None:
    """Kills and cuts; whoever was killed is started again."""
    for number in range(rounds):
        await asyncio.sleep(0.2 + random.random() * 0.6)
        wire.cut()
        await asyncio.sleep(random.random() * 0.2)
        if number % 3 == 0:
            await asyncio.to_thread(server.kill)
            await asyncio.to_thread(server.start)
        else:
            device = random.choice(DESKS)
            desks.kill(device)
            desks.start(device)
    assert desks.are_running(), [desks.log(device)[-1500:] for device in DESKS]


def is_settled(server: OwnServer, desks: Desks) -> bool:
    """Whether nothing waits anywhere, and all consoles hold the same as the server."""
    files = [open_file(desks.folder(device) / REPLICA, KEY) for device in DESKS]
    try:
        if any(_waits(file) for file in files):
            return False
        there = all_rows(server.place)
        return all(rows_of(file, kind) == there[name] for file in files for name, kind in KINDS.items() if name != "conflict")
    finally:
        for file in files:
            file.dispose()


def _waits(file: Engine) -> bool:
    with file.connect() as connection:
        waiting = select(OUTBOX.c.id).where(OUTBOX.c.state.in_(("waiting", "answered")))
        return connection.execute(waiting).first() is not None


def all_rows(place: Place) -> dict[str, dict[UUID, dict[str, Any]]]:
    """What the server has; its process runs on."""
    return on_server(place, lambda engine: {name: rows_of(engine, kind) for name, kind in KINDS.items()})


T = TypeVar("T")


def on_server(place: Place, ask: Callable[[Engine], T]) -> T:
    """The database itself, past the server's process."""
    stores = Stores(place)
    try:
        [store] = stores.all()
        return ask(store.engine.execution_options(is_reader=True))
    finally:
        stores.close()


def check_promises(server: OwnServer, desks: Desks) -> None:
    """Each was answered once, and what was not refused is there, once."""
    promises = desks.promises()
    assert len(promises) == len({command for command, *_ in promises})

    def look(engine: Engine) -> tuple[dict[UUID, str], dict[UUID, int], set[UUID]]:
        with engine.connect() as connection:
            return _answers(connection), _changes(connection), set(connection.execute(select(Contact.id)).scalars())

    answers, changes, contacts = on_server(server.place, look)
    for command, name, contact in promises:
        status = answers.get(UUID(hex=command))
        assert status is not None, f"{name} {command} was promised and is lost"
        if name == "contact.create":
            assert status == "applied", (name, command, status)
            assert UUID(hex=contact) in contacts
            assert changes[UUID(hex=command)] == 3, "a contact, its number, and what ties the two; once"
    created = sum(name == "contact.create" for _, name, _ in promises)
    assert created <= len(contacts) <= created + len(DESKS) * 10, "a kill between doing and saying so leaves one more"


def _answers(connection: Connection) -> dict[UUID, str]:
    return {row.id: row.status for row in connection.execute(select(CommandLog.id, CommandLog.status))}


def _changes(connection: Connection) -> dict[UUID, int]:
    found: dict[UUID, int] = {}
    for (command_id,) in connection.execute(select(Audit.command_id)):
        found[command_id] = found.get(command_id, 0) + 1
    return found
