"""What leaves a person's sight leaves the file on the disk: tables, truth, traces of commands, free pages, gaps and log."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unittest.mock import patch
from uuid import UUID

import pytest

from app.domain.contacts.commands import AssignContact, CreateContact, EditContact
from app.domain.contacts.records import Contact
from app.domain.search import building, index
from app.kernel.command import Command
from app.kernel.errors import BadValue
from app.kernel.ids import new_id
from app.replica import file, idle, outbox, traces
from app.replica.file import open_file
from app.replica.replica import Replica
from app.replica.search import SearchIndex
from app.replica.tables import save
from app.replica.thread import ReplicaThread
from tests.replica.pages import opened
from tests.sync.disks import KEY
from tests.sync.indexed import check_index
from tests.sync.service import until
from tests.sync.world import TEAMS, TENANT, Desk, World, user_id

SECRET, COMMON = b"Secretname", b"Commonname"


class Laptop:
    """A console on a real file, whose person is about to leave team 1 with its 150 contacts."""

    def __init__(self, path: Path) -> None:
        self.path, self.world = path, World((0,))
        self.secret = [self.new(TEAMS[1], f"{SECRET.decode()} {number}") for number in range(150)]
        self.common = [self.new(TEAMS[0], f"{COMMON.decode()} {number}") for number in range(150)]
        self.replica = Replica(open_file(path, KEY), TENANT, user_id(0), "desk0", lambda: self.world.time_us)
        self.pull()

    def new(self, team: UUID, name: str) -> UUID:
        contact = new_id()
        self.world.order(
            CreateContact(contact_id=contact, name=name, job_title=f"{name} {'x' * (contact.int % 90)}", team_id=team)
        )
        return contact

    def pull(self) -> None:
        desk = Desk("desk0", user_id(0), self.replica.engine, 0)
        desk.replica = self.replica
        while True:
            self.world.send_pull(desk)
            self.world.serve(desk, 0)
            while desk.answers:
                self.world.receive(desk, 0)
            if self.replica.cursor().place is None:
                break
        while self.replica.search.go_on(self.replica.engine):
            pass

    def act(self, command: Command, *, is_pushed: bool = True) -> None:
        self.world.time_us += 1_000_000
        self.replica.run(command)
        if is_pushed:
            self.replica.settle(self.world.authority.carry_out(self.replica.outgoing().commands))

    def use(self) -> None:
        """Changed rows move about in the file; some commands are done, one is refused, one waits."""
        for number, contact in enumerate(self.secret[:60]):
            patch_ = {"job_title": f"{SECRET.decode()} again {'y' * number * 9}"}
            self.act(EditContact(contact_id=contact, patch=patch_))
        self.pull()
        self.replica.run(AssignContact(contact_id=self.secret[-1], owner_id=user_id(0), team_id=TEAMS[0]))
        refused = self.replica.outgoing().commands
        with patch.object(type(self.world.authority), "_together", side_effect=file_is_closed):
            outcomes = self.world.authority.carry_out(refused)
        self.replica.settle(outcomes)
        self.act(EditContact(contact_id=self.secret[-2], patch={"job_title": "my own words"}), is_pushed=False)
        self.act(EditContact(contact_id=self.common[0], patch={"job_title": "kept"}), is_pushed=False)

    def leave(self) -> None:
        self.world.move(user_id(0), TEAMS[1])
        self.pull()

    @property
    def bytes_on_disk(self) -> bytes:
        return opened(self.path, KEY)


def file_is_closed(*_: Any) -> Any:
    raise BadValue(field="x", value="x", hint="")


@pytest.fixture
def laptop(tmp_path: Path) -> Iterator[Laptop]:
    made = Laptop(tmp_path / "replica.db")
    yield made
    made.replica.engine.dispose()


def test_not_a_byte_of_it_is_found(laptop: Laptop) -> None:
    laptop.use()
    assert laptop.bytes_on_disk.count(SECRET) > 150
    laptop.leave()
    found = laptop.bytes_on_disk
    assert SECRET.lower() not in found.lower(), "nor in the words of the search index"
    assert found.count(COMMON) >= 150
    assert b"my own words" in found, "what the person said stays until the server has heard it"
    assert [each.command.patch for each in laptop.replica.entries() if isinstance(each.command, EditContact)] == [
        {"job_title": "my own words"}, {"job_title": "kept"},
    ]  # fmt: skip


def without_overwriting(stack: ExitStack) -> None:
    stack.enter_context(patch.object(file, "SETTINGS", tuple(each for each in file.SETTINGS if "secure" not in each)))
    stack.enter_context(patch.object(traces, "wipe", lambda *_, **__: True))


def without_wiping(stack: ExitStack) -> None:
    stack.enter_context(patch.object(traces, "wipe", lambda *_, **__: True))


def without_joining_the_index(stack: ExitStack) -> None:
    stack.enter_context(patch.object(SearchIndex, "join_some", lambda self, connection, is_first: False))


def without_scrubbing_traces(stack: ExitStack) -> None:
    stack.enter_context(patch.object(outbox, "scrub", lambda connection, gone, hidden: None))


@pytest.mark.parametrize("broken", [without_overwriting, without_wiping, without_joining_the_index, without_scrubbing_traces])
def test_each_safeguard_is_needed(tmp_path: Path, broken: Any) -> None:
    with ExitStack() as stack:
        broken(stack)
        laptop = Laptop(tmp_path / "replica.db")
        laptop.use()
        laptop.leave()
        assert SECRET.lower() in laptop.bytes_on_disk.lower()
        laptop.replica.engine.dispose()


def test_a_large_file_is_overwritten_at_once_and_written_anew_when_nobody_waits(laptop: Laptop) -> None:
    laptop.use()
    with patch.object(file, "WIPED_AT_ONCE_BYTES", 1):
        laptop.leave()
    assert laptop.bytes_on_disk.count(SECRET) < 300
    laptop.replica.engine.dispose()
    again = Replica(open_file(laptop.path, KEY), TENANT, user_id(0), "desk0", lambda: 0)
    again.wipe(whatever_size=True)
    assert SECRET.lower() not in opened(laptop.path, KEY).lower()
    again.engine.dispose()


def leave_a_large_file(laptop: Laptop) -> None:
    """So many go that the index is told only that they are gone."""
    laptop.use()
    with patch.object(file, "WIPED_AT_ONCE_BYTES", 1), patch.object(index, "MANY_DROPPED", 10):
        laptop.leave()
    assert SECRET.lower() in laptop.bytes_on_disk.lower()
    assert laptop.replica.is_unwiped


def test_the_words_of_very_many_are_joined_away(laptop: Laptop) -> None:
    leave_a_large_file(laptop)
    check_index(laptop.replica)
    laptop.replica.wipe(whatever_size=True)
    assert not laptop.replica.is_unwiped
    assert SECRET.lower() not in laptop.bytes_on_disk.lower()
    check_index(laptop.replica)


def test_wiping_is_given_up_when_somebody_waits_and_done_later(laptop: Laptop) -> None:
    leave_a_large_file(laptop)
    asked: list[int] = []

    def is_hurried() -> bool:
        asked.append(1)
        return len(asked) > 3

    with patch.object(file, "STEPS_BETWEEN_LOOKS", 10):
        laptop.replica.wipe(whatever_size=True, is_hurried=is_hurried)
    assert laptop.replica.is_unwiped
    assert laptop.replica.read(lambda reader: len(reader.all(reader.select(Contact)))) >= 150
    laptop.replica.wipe(whatever_size=True)
    assert SECRET.lower() not in laptop.bytes_on_disk.lower()


async def test_what_a_crash_left_in_the_file_is_wiped_when_the_next_start_is_idle(laptop: Laptop) -> None:
    leave_a_large_file(laptop)
    laptop.replica.engine.dispose()  # as if the process had been killed: nothing is written any more
    with patch.object(idle, "IDLE_S", 0.01):
        thread = await ReplicaThread.open(laptop.path, KEY, tenant_id=TENANT, actor_id=user_id(0), device="desk0")
        await until(lambda: not thread._replica.is_unwiped)
        assert SECRET.lower() not in laptop.bytes_on_disk.lower()
        await thread.close()


def test_an_idle_moment_is_waited_for_and_whoever_comes_goes_first() -> None:
    begun, gave_way, writer = threading.Event(), threading.Event(), ThreadPoolExecutor(1)

    class Slow:
        is_unwiped = True

        def wipe(self, *, whatever_size: bool, is_hurried: Callable[[], bool]) -> None:
            assert whatever_size
            begun.set()
            while not is_hurried():
                time.sleep(0.001)
            gave_way.set()

    with patch.object(idle, "IDLE_S", 0.01):
        wiping = idle.IdleWiping(Slow(), writer)
    with wiping.giving_way():
        wiping.soon()
        assert not begun.wait(0.1)
    assert begun.wait(60)
    with wiping.giving_way():
        assert gave_way.wait(60)
    wiping.close()
    writer.shutdown()


@pytest.mark.parametrize("slices", [1, 6, 14, 30])
def test_what_leaves_while_the_search_index_is_being_made_is_wiped_once_it_is(laptop: Laptop, slices: int) -> None:
    laptop.use()
    laptop.replica.engine.dispose()
    with open_file(laptop.path, KEY).begin() as connection:
        save(connection, "search", 0)  # as another program had made it
    laptop.replica = Replica(open_file(laptop.path, KEY), TENANT, user_id(0), "desk0", lambda: laptop.world.time_us)
    with patch.object(building, "SLICE_ROWS", 40):
        for _ in range(slices):
            laptop.replica.search.go_on(laptop.replica.engine)
        with patch.object(SearchIndex, "go_on", lambda self, engine: False):
            laptop.leave()
        while laptop.replica.search.go_on(laptop.replica.engine):
            pass
    laptop.replica.wipe()
    assert SECRET.lower() not in laptop.bytes_on_disk.lower()
    assert COMMON.lower() in laptop.bytes_on_disk.lower()
    check_index(laptop.replica)


def test_a_reader_in_the_way_puts_it_off_and_breaks_nothing(laptop: Laptop) -> None:
    laptop.use()
    with laptop.replica.engine.connect().execution_options(is_reader=True) as reader, reader.begin():
        reader.exec_driver_sql("SELECT count(*) FROM contact").scalar_one()
        laptop.leave()
    laptop.replica.wipe()
    assert SECRET.lower() not in laptop.bytes_on_disk.lower()
