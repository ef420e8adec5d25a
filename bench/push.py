"""10,000 commands as an outbox would send them, carried out in pushes of 50, on SQLite and on PostgreSQL."""

import asyncio
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from uuid import UUID

from app.domain.contacts.commands import CreateContact, EditContact
from app.domain.notes.commands import AddNote
from app.domain.tasks.commands import CreateTask
from app.kernel.clock import system_now_us
from app.kernel.command import Command, Issued, body_of
from app.kernel.ids import new_id
from app.protocol.codec import pack, unpack
from app.protocol.envelopes import Answer, Push
from app.protocol.version import PROTOCOL
from app.sync.exchange import BATCH
from bench.report import Row
from server.commands.garbage import seldom
from server.database.engines import prepare
from server.database.founding import Person, add_person, found_tenant
from server.database.place import Place, read_place
from server.database.store import Stores, TenantStore
from tests.peers.postgresql import postgresql

COMMANDS, QUICK_COMMANDS, SETTLING = 10_000, 1_000, 1_000
DEVICE = "bench"


def run(quick: bool) -> list[Row]:
    """The server's executor in this process, with packing, transactions, audit and change feed; no HTTP and no console."""
    count = QUICK_COMMANDS if quick else COMMANDS
    said = f"{count:,} commands in pushes of {BATCH}: a quarter new contacts with a number, half edits, the rest notes and tasks"
    with tempfile.TemporaryDirectory() as text:
        sqlite, own = _measure(read_place(f"sqlite:///{text}/patchbay.db"), count, lambda: None)
    with postgresql() as peer, tempfile.TemporaryDirectory() as text:
        place = read_place(peer.create_database("bench"), Path(text))
        prepare(place)
        postgres, _ = _measure(place, count, lambda: peer.run("ANALYZE", "bench"))
    return [
        Row(metric="commands_per_s", value=sqlite, unit="1/s", target=">= 1500", peer=said),
        Row(metric="own_commands_per_s", value=own, unit="1/s", peer="in a second of processor time, whatever else is at work"),
        Row(metric="pg_commands_per_s", value=postgres, unit="1/s", target=">= 1000", peer=f"{said}; forced RLS, fsync off"),
    ]


def _measure(place: Place, count: int, settle: Callable[[], object]) -> tuple[float, float]:
    """Commands in a second, and in a second of this process's own work.

    A thousand come before, and PostgreSQL counts its rows, as it does by itself within the first minute of a workspace.
    """
    stores = Stores(place)
    try:
        store, user_id = asyncio.run(_found(stores))
        pushes = [pack(Push(device=DEVICE, commands=batch)) for batch in _batches(list(_outbox(user_id, SETTLING + count)))]
        _carry_out(store, pushes[: SETTLING // BATCH])
        settle()
        seldom()
        began, own_began = time.perf_counter(), time.process_time()
        _carry_out(store, pushes[SETTLING // BATCH :])
        return count / (time.perf_counter() - began), count / (time.process_time() - own_began)
    finally:
        stores.close()


def _carry_out(store: TenantStore, pushes: Sequence[bytes]) -> None:
    for push in pushes:
        outcomes = store.authority.carry_out(unpack(push, Push).commands)
        assert all(outcome.status == "applied" for outcome in outcomes), outcomes
        pack(Answer(server_us=system_now_us(), outcomes=outcomes))


async def _found(stores: Stores) -> tuple[TenantStore, UUID]:
    store = await found_tenant(stores, "Bench")
    return store, await add_person(store, Person(name="Ana", email="ana@bench.example", role="agent", password_hash=""))


def _outbox(user_id: UUID, count: int) -> Iterator[Issued]:
    """In rounds of eight: two contacts, four edits of them, a note, a task."""
    began_us, contacts = system_now_us(), list[UUID]()
    for number in range(count):
        seen: dict[UUID, int] = {}
        command: Command
        match number % 8:
            case 0 | 1:
                contacts.append(new_id())
                phone = f"+49301{number:07}"
                command = CreateContact(contact_id=contacts[-1], name=f"Customer {number}", phones=(phone,))
            case 6:
                command = AddNote(note_id=new_id(), text=f"Called back {number}", contact_id=contacts[-1])
            case 7:
                command = CreateTask(task_id=new_id(), title=f"Call {number}", contact_id=contacts[-2])
            case turn:
                about = contacts[-1 - turn % 2]
                seen = {about: 0}
                command = EditContact(contact_id=about, patch={("job_title", "pinned_note")[turn // 4]: f"Text {number}"})
        yield Issued(
            id=new_id(), name=command.verb, body=body_of(command), actor_id=user_id, device=DEVICE, acted_us=began_us + number,
            seen=seen, spoken=PROTOCOL,
        )  # fmt: skip


def _batches(commands: list[Issued]) -> list[list[Issued]]:
    return [commands[at : at + BATCH] for at in range(0, len(commands), BATCH)]
