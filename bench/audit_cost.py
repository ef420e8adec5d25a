"""What it costs to see, number and write down every change: the same commands with and without audit, history and change feed."""

import contextlib
import itertools
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar
from unittest import mock

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from app.domain.contacts.commands import CreateContact, EditContact
from app.domain.tasks.commands import CompleteTask, CreateTask
from app.kernel.clock import system_now_us
from app.kernel.command import Command, Issued, body_of
from app.kernel.database import open_sqlite
from app.kernel.ids import new_id
from app.kernel.log import Audit, Tenant
from app.kernel.permissions import system_actor
from app.kernel.watch import Watch
from app.kernel.work import UnitOfWork
from bench.report import Row
from server.commands.garbage import seldom
from server.database import batch
from server.database.authority import Authority
from server.database.batch import Batch
from server.database.migrate import TENANT, upgrade

TENANT_ID = new_id()
ACTOR = system_actor(TENANT_ID).user_id
BATCH = 50  # as a console pushes
T = TypeVar("T")
Way = Callable[[], contextlib.AbstractContextManager[None]]


def run(quick: bool) -> list[Row]:
    """Transactions in turn, with it, without it, and with nothing seen at all, on one SQLite file, by the processor's time."""
    rounds, people = (6, 500) if quick else (45, 20_000)
    ways: dict[str, Way] = {"with": contextlib.nullcontext, "without": _unwritten, "unseen": _unseen}
    took: dict[str, list[float]] = {each: [] for each in ways}
    with tempfile.TemporaryDirectory() as folder:
        authority = _authority(Path(folder))
        ids = [new_id() for _ in range(people)]
        _carry_out(authority, [CreateContact(contact_id=each, name=f"Person {place}") for place, each in enumerate(ids)])
        seldom()
        for turn in range(rounds):
            for commands, way in zip(batched(_commands(ids, turn)), itertools.cycle(_turned(list(ways), turn)), strict=False):
                with ways[way]():
                    took[way].append(_carry_out(authority, commands))
        with authority._engine.connect() as connection:  # a bench looks inside
            rows = connection.execute(select(func.count()).select_from(Audit)).scalar_one()
    middle = {way: statistics.median(each) / BATCH for way, each in took.items()}
    count = len(took["with"])
    said = f"{count:,} transactions of {BATCH} commands each way, in turn, {people:,} contacts, {rows:,} rows of audit"
    return [
        Row(metric="overhead_pct", value=(middle["with"] / middle["without"] - 1) * 100, unit="%", target="<= 25", peer=said),
        Row(
            metric="overhead_of_all_pct", value=(middle["with"] / middle["unseen"] - 1) * 100, unit="%",
            peer="against commands of which nobody sees what they change: no rights over fields, no locks, no conflicts either",
        ),
        Row(metric="with_per_s", value=1 / middle["with"], unit="1/s", peer="a core's time, not the clock's"),
        Row(metric="without_per_s", value=1 / middle["without"], unit="1/s", peer="nothing numbered, linked, kept or told"),
        Row(metric="unseen_per_s", value=1 / middle["unseen"], unit="1/s", peer="nothing seen either"),
    ]  # fmt: skip


def batched(commands: Iterable[T]) -> Iterator[list[T]]:
    """As a console pushes."""
    left = iter(commands)
    while some := list(itertools.islice(left, BATCH)):
        yield some


def _turned(ways: list[str], turn: int) -> list[str]:
    """Each way has each place in the round once."""
    return ways[turn % len(ways) :] + ways[: turn % len(ways)]


def _authority(folder: Path) -> Authority:
    engine = open_sqlite(str(folder / "tenant.db"))
    with engine.begin() as connection:
        upgrade(connection, TENANT)
        connection.execute(insert(Tenant).values(id=TENANT_ID, slug="bench", name="Bench", change=0))
    return Authority(engine, TENANT_ID, system_now_us)


def _commands(ids: Sequence[Any], turn: int) -> Iterator[Command]:
    """Half are changes of a person's fields, the rest tasks that are made and done, and new people."""
    for place in range(250):
        at, task_id = ids[(turn * 250 + place) % len(ids)], new_id()
        yield EditContact(contact_id=at, patch={"job_title": f"Title {turn}-{place}", "pinned_note": f"Note {turn}"})
        yield CreateTask(task_id=task_id, title="Call back", contact_id=at)
        yield EditContact(contact_id=at, patch={"job_title": f"Again {turn}-{place}"})
        yield CompleteTask(task_id=task_id) if place % 2 else CreateContact(contact_id=new_id(), name="New")


def _carry_out(authority: Authority, commands: Sequence[Command]) -> float:
    """Seconds of the processor."""
    issued = [
        Issued(id=new_id(), name=each.verb, body=body_of(each), actor_id=ACTOR, device="bench", acted_us=system_now_us())
        for each in commands
    ]
    began = time.process_time()
    for some in batched(issued):
        outcomes = authority.carry_out(some)
        assert all(each.status == "applied" for each in outcomes), outcomes
    return time.process_time() - began


@contextlib.contextmanager
def _unwritten() -> Iterator[None]:
    """The same commands without audit, history and change feed: no change is numbered, linked, written down or told of.

    What a command changes is seen all the same, since rights over fields, locks and conflicts are judged by it, and it is
    stamped with time and person, which every list shows.
    """
    with _made_nothing((UnitOfWork, "seal"), (batch, "save_head"), (Batch, "_tell"), (Batch, "_wake")):
        yield


@contextlib.contextmanager
def _unseen() -> Iterator[None]:
    """Nobody sees either what they change: none of it is found or judged."""

    def let_through(_watch: Watch, session: Session) -> None:
        session.connection().info["may_write"] = True

    with mock.patch.object(Watch, "before_flush", let_through), _unwritten(), _made_nothing((Watch, "net")):
        yield


@contextlib.contextmanager
def _made_nothing(*what: tuple[Any, str]) -> Iterator[None]:
    def nothing(*_: Any) -> dict[Any, Any]:
        return {}

    with contextlib.ExitStack() as stack:
        for place, name in what:
            stack.enter_context(mock.patch.object(place, name, nothing))
        yield
