"""A device that deletes too much is stopped and asks; nothing of it is lost, and nothing else is held up."""

from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch
from uuid import UUID

import pytest

from app.domain.contacts.commands import CreateContact, DeleteContact, EditContact
from app.domain.contacts.records import Contact
from app.kernel.clock import system_now_us
from app.kernel.columns import moment_from_us
from app.kernel.command import Issued, body_of
from app.kernel.ids import new_id
from app.protocol.envelopes import Push, without_hold
from app.replica.thread import ReplicaThread
from app.sync.server import ServerLink
from server.database import breaker
from server.database.breaker import Breaker, allow, holds
from tests.kernel.nouns import test_nouns
from tests.sync.service import console, service, until
from tests.sync.test_stories import Story
from tests.sync.world import TENANT, rows_of, user_id

MINUTE_US = 60_000_000


@pytest.fixture(autouse=True, scope="module")
def nouns() -> Iterator[None]:
    with test_nouns():
        yield


@pytest.fixture(autouse=True)
def few() -> Iterator[None]:
    with patch.object(breaker, "MOST_DELETIONS", 3):
        yield


class Cleaning(Story):
    """Ann selects eight of twenty contacts and deletes them; then goes on working."""

    def __init__(self) -> None:
        super().__init__()
        self.contacts = [self.new_contact(f"n{number}") for number in range(19)]
        self.sync()
        self.deletions = [self.do(self.ann, DeleteContact(contact_id=contact)) for contact in self.contacts[:8]]
        self.edit = self.do(self.ann, EditContact(contact_id=self.contact, patch={"name": "after"}))
        self.world.cycle(self.ann)
        self.world.cycle(self.bob)

    def states(self, deletions: list[Issued]) -> list[str]:
        told = {entry.command_id: entry.state for entry in self.ann.replica.entries()}
        return [told.get(each.id, "done") for each in deletions]

    def alive(self, number: int) -> set[UUID]:
        rows = rows_of((self.world.disk, self.ann.disk, self.bob.disk)[number], Contact)
        return {key for key, row in rows.items() if row["deleted_at"] is None} & set(self.contacts)


def test_what_goes_too_far_is_held_with_its_reason_and_the_rest_goes_on() -> None:
    story = Cleaning()
    assert story.states(story.deletions) == ["done"] * 3 + ["held"] * 5
    entry = next(each for each in story.ann.replica.entries() if each.state == "held")
    assert (entry.error, entry.values["kind"], entry.values["count"]) == ("mass_deletion", "contact", 4)
    assert story.alive(0) == story.alive(2) == set(story.contacts[3:])
    assert story.alive(1) == set(story.contacts[8:]), "here they stay deleted until the person says otherwise"
    assert story.at(story.bob, Contact, story.contact)["name"] == "after"
    assert not story.ann.replica.outgoing().commands


def test_what_is_confirmed_is_carried_out_once() -> None:
    story = Cleaning()
    with story.world.disk.begin() as connection:
        assert [each.device for each in holds(connection, TENANT, story.ann.actor_id)] == [story.ann.name]
        assert not holds(connection, TENANT, story.bob.actor_id)
        now = moment_from_us(story.world.time_us)
        assert not allow(connection, TENANT, story.ann.name, story.bob.actor_id, now), "not by just anybody"
        assert allow(connection, TENANT, story.ann.name, story.ann.actor_id, now)
    story.ann.replica.release()
    story.sync()
    assert story.states(story.deletions) == ["done"] * 8
    assert story.alive(0) == story.alive(2) == set(story.contacts[8:])


def test_what_is_discarded_comes_back() -> None:
    story = Cleaning()
    story.ann.replica.discard([each.id for each in story.deletions[3:]])
    for each in story.deletions[3:]:
        story.ann.issued.remove(each)
    story.sync()
    assert story.alive(1) == set(story.contacts[3:])


def test_neither_a_new_push_nor_a_server_that_starts_anew_forgets_the_count() -> None:
    story = Cleaning()
    story.world.start_server()
    more = story.do(story.ann, DeleteContact(contact_id=story.contacts[-1]))
    other = story.do(story.bob, DeleteContact(contact_id=story.contacts[-2]))
    for desk in (story.ann, story.bob):
        story.world.cycle(desk)
    assert story.states([more]) == ["held"]
    assert story.status(other) == "applied", "another device has a count of its own"


def test_slowly_or_a_small_share_is_nobodys_business() -> None:
    story = Cleaning()
    story.world.time_us += 11 * MINUTE_US
    later = story.do(story.ann, DeleteContact(contact_id=story.contacts[-1]))
    story.world.cycle(story.ann)
    assert story.states([later]) == ["done"]
    with patch.object(breaker, "MOST_PERCENT", 60):
        share = Cleaning()
    assert share.states(share.deletions) == ["done"] * 8


def test_an_older_console_hears_a_refusal() -> None:
    story = Cleaning()
    held = next(each for each in story.deletions if story.states([each]) == ["held"])
    outcome = story.world.authority.carry_out([held])[0]
    assert (outcome.status, without_hold(outcome).status, outcome.error) == ("held", "rejected", "mass_deletion")


async def test_over_the_wire_the_person_confirms(tmp_path: Path) -> None:
    async with service(tmp_path) as served, console(0, tmp_path, served.url) as ann, console(1, tmp_path, served.url) as bob:
        contacts = [new_id() for _ in range(8)]
        for contact in contacts:
            served.order(CreateContact(contact_id=contact, name="Ada"))
        await until(lambda: len(ann.rows("contact")) == 8)
        for contact in contacts:
            await ann.replica.run(DeleteContact(contact_id=contact))
        await ann.is_live()
        await until(lambda: sum(row["deleted_at"] is not None for row in bob.rows("contact").values()) == 3)
        assert sum(entry.state == "held" for entry in await ann.replica.outbox()) == 5
        await ann.syncer.confirm_deletions()
        await until(lambda: all(row["deleted_at"] is not None for row in bob.rows("contact").values()))
        await until(lambda: ann.syncer.state.waiting == 0)
        await until(lambda: is_empty(ann.replica))


async def is_empty(replica: ReplicaThread) -> bool:
    return not await replica.outbox()


async def test_a_device_counts_as_the_one_that_signed_in_whatever_its_commands_say(tmp_path: Path) -> None:
    async with service(tmp_path) as served:
        contacts = [new_id() for _ in range(20)]
        for contact in contacts:
            served.order(CreateContact(contact_id=contact, name="Ada"))
        commands = [
            Issued(
                id=new_id(), name="contact.delete", body=body_of(DeleteContact(contact_id=contact)), actor_id=user_id(0),
                device=f"another{number}", acted_us=system_now_us(),
            )
            for number, contact in enumerate(contacts[:8])
        ]  # fmt: skip
        link = ServerLink(served.url, token, token)
        answer = await link.push(Push(device="another", commands=commands))
        await link.close()
        assert [each.status for each in answer.outcomes] == ["applied"] * 3 + ["held"] * 5
        with served.engine.begin() as connection:
            assert {each.device for each in holds(connection, TENANT, user_id(0))} == {"desk0"}


async def token() -> str:
    """Of the first person, on desk0."""
    return "0:fresh"


def test_without_it_everything_would_be_gone() -> None:
    with patch.object(Breaker, "_check", lambda self, mine, count: None):
        story = Cleaning()
    assert story.alive(2) == set(story.contacts[8:])
