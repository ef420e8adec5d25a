"""What it costs to see, number and write down every change: the same commands with and without audit, history and change feed."""

import contextlib
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
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
from server.database.migrate import TENANT, upgrade

TENANT_ID = new_id()
ACTOR = system_actor(TENANT_ID).user_id
BATCH = 50  # as a console pushes


def run(quick: bool) -> list[Row]:
    """Rounds in turn, with and without, on one SQLite file; the median over pairs of neighbours, by the processor's time."""
    rounds, people = (6, 500) if quick else (30, 20_000)
    with tempfile.TemporaryDirectory() as folder:
        authority = _authority(Path(folder))
        ids = [new_id() for _ in range(people)]
        _carry_out(authority, [CreateContact(contact_id=each, name=f"Person {place}") for place, each in enumerate(ids)])
        seldom()
        took: dict[bool, list[float]] = {True: [], False: []}
        count = 0
        for turn in range(rounds * 2):
            is_watched = turn % 4 in {0, 3}
            commands = list(_commands(ids, turn))
            count = len(commands)
            with contextlib.nullcontext() if is_watched else _unwatched():
                took[is_watched].append(_carry_out(authority, commands))
        with authority._engine.connect() as connection:  # a bench looks inside
            rows = connection.execute(select(func.count()).select_from(Audit)).scalar_one()
            contacts = len(ids)
    with_s, without_s = (statistics.median(took[each]) for each in (True, False))
    overhead = statistics.median(each / other - 1 for each, other in zip(took[True], took[False], strict=True))
    said = f"{rounds} rounds of {count:,} commands each, {BATCH} a transaction, {contacts:,} contacts, {rows:,} rows of audit"
    return [
        Row(metric="overhead_pct", value=overhead * 100, unit="%", target="<= 25", peer=said),
        Row(metric="with_per_s", value=count / with_s, unit="1/s", peer="a core's time, not the clock's"),
        Row(metric="without_per_s", value=count / without_s, unit="1/s", peer="nothing seen, numbered or written down"),
    ]  # fmt: skip


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
    for place in range(0, len(issued), BATCH):
        outcomes = authority.carry_out(issued[place : place + BATCH])
        assert all(each.status == "applied" for each in outcomes), outcomes
    return time.process_time() - began


@contextlib.contextmanager
def _unwatched() -> Iterator[None]:
    """The same commands, and nobody sees what they change: no change is found, judged, numbered, linked or written down."""

    def nothing(*_: Any) -> dict[Any, Any]:
        return {}

    def let_through(_watch: Watch, session: Session) -> None:
        session.connection().info["may_write"] = True

    with contextlib.ExitStack() as stack:
        stack.enter_context(mock.patch.object(Watch, "before_flush", let_through))
        for place, name in ((Watch, "net"), (UnitOfWork, "seal"), (batch, "save_head")):
            stack.enter_context(mock.patch.object(place, name, nothing))
        yield
