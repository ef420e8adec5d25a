"""What was deleted long ago goes for good, and a console that missed it begins anew rather than going on without a word."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from app.domain.contacts.commands import CreateContact, DeleteContact, EditContact
from app.domain.contacts.records import Contact, ContactIdentity
from app.kernel.columns import moment_from_us
from app.kernel.ids import new_id
from app.protocol.cursor import MustResnapshot
from server.database.tombstones import mark, purge_some
from tests.kernel.nouns import test_nouns
from tests.sync.service import console, same_as_server, service, until
from tests.sync.test_stories import Story
from tests.sync.world import TEAMS, TENANT, rows_of


@pytest.fixture(autouse=True, scope="module")
def nouns() -> Iterator[None]:
    with test_nouns():
        yield


def test_a_console_that_missed_a_purged_deletion_begins_anew_and_keeps_its_outbox() -> None:
    story = Story()
    gone = story.new_contact("gone")
    story.sync()
    waiting = story.do(story.ann, EditContact(contact_id=story.contact, patch={"job_title": "mine"}))
    story.do(story.bob, DeleteContact(contact_id=gone))
    story.world.cycle(story.bob)
    story.world.purge()
    with pytest.raises(MustResnapshot):
        story.world.pages(story.ann, story.ann.replica.cursor())
    story.world.send_pull(story.ann)
    story.world.serve(story.ann, 0)
    story.world.receive(story.ann, 0)
    assert story.ann.replica.cursor().version == 0
    assert [each.id for each in story.ann.replica.outgoing().commands] == [waiting.id]
    story.sync()
    assert gone not in rows_of(story.ann.disk, Contact)
    assert story.at(story.bob, Contact, story.contact)["job_title"] == "mine"


def test_a_pull_that_broke_off_before_the_purge_begins_anew_too() -> None:
    story = Story()
    gone = story.new_contact("gone")
    story.sync()
    for _ in range(4):
        story.do(story.bob, CreateContact(contact_id=new_id(), name="more", team_id=TEAMS[0]))
    story.do(story.bob, DeleteContact(contact_id=gone))
    story.world.cycle(story.bob)
    story.world.page_rows = 1
    story.world.send_pull(story.ann)
    story.world.serve(story.ann, 0)
    story.world.receive(story.ann, 0)
    assert story.ann.replica.cursor().place is not None
    story.ann.answers.clear()
    story.world.purge()
    with pytest.raises(MustResnapshot):
        story.world.pages(story.ann, story.ann.replica.cursor())
    story.sync()
    assert gone not in rows_of(story.ann.disk, Contact)


def test_who_has_seen_the_deletion_drops_the_tombstone_with_what_stood_below_it() -> None:
    story = Story()
    gone, kept = new_id(), new_id()
    for contact in (gone, kept):
        story.do(
            story.ann, CreateContact(contact_id=contact, name="x", phones=(f"+49301{contact.int % 10**6:06}",), team_id=TEAMS[0])
        )
    story.do(story.ann, DeleteContact(contact_id=gone))
    story.sync()
    assert len(rows_of(story.bob.disk, ContactIdentity)) == 2
    cursor = story.bob.replica.cursor()
    story.world.purge()
    story.sync()
    assert story.bob.replica.cursor().version >= cursor.version, "no new download"
    for disk in (story.world.disk, story.ann.disk, story.bob.disk):
        assert gone not in rows_of(disk, Contact)
        assert {row["contact_id"] for row in rows_of(disk, ContactIdentity).values()} == {kept}


def test_how_far_it_went_is_never_behind_what_is_gone() -> None:
    story = Story()
    doomed = [story.new_contact(f"n{number}") for number in range(7)]
    for contact in doomed:
        story.do(story.ann, DeleteContact(contact_id=contact))
    story.sync()
    with story.world.disk.begin() as connection:
        mark(connection, TENANT, moment_from_us(story.world.time_us))
    before = {key: row["version"] for key, row in rows_of(story.world.disk, Contact).items()}
    is_more, steps, left = True, 0, dict[UUID, Any]()
    while is_more:
        with story.world.disk.begin() as connection:
            is_more = purge_some(connection, TENANT, 1 << 40, at_most=3)
        with story.world.disk.connect() as connection:
            purged = connection.exec_driver_sql("SELECT purged FROM tenant").scalar_one()
        left = rows_of(story.world.disk, Contact)
        assert {key for key, version in before.items() if key not in left and version > purged} == set()
        steps += 1
    assert steps > 1
    assert not set(doomed) & left.keys()
    story.sync()


def test_a_cursor_from_a_future_that_the_server_has_lost_begins_anew() -> None:
    """The server was restored from a backup: what the console saw after it never happened."""
    story = Story()
    cursor = story.ann.replica.cursor()
    with pytest.raises(MustResnapshot):
        story.world.pages(story.ann, type(cursor)(cursor.version + 1_000, cursor.sight, cursor.layout))


async def test_over_the_wire_it_is_a_new_download_by_itself(tmp_path: Path) -> None:
    async with service(tmp_path) as served:
        gone, kept = new_id(), new_id()
        for contact in (gone, kept):
            served.order(CreateContact(contact_id=contact, name="Ada"))
        async with console(0, tmp_path, served.url) as ann:
            await ann.is_live()
            assert gone in ann.rows("contact")
            await ann.syncer.stop()
            waiting = await ann.replica.run(EditContact(contact_id=kept, patch={"name": "mine"}))
            served.order(DeleteContact(contact_id=gone))
            with served.engine.begin() as connection:
                mark(connection, TENANT, moment_from_us(served.store.now_us()))
                while purge_some(connection, TENANT, 1 << 40):
                    pass
        async with console(0, tmp_path, served.url) as ann:
            await ann.is_live()
            await until(lambda: same_as_server(served, ann))
            assert ann.rows("contact").keys() == {kept}
            assert ann.rows("contact")[kept]["name"] == "mine"
            assert waiting.id not in {entry.command_id for entry in await ann.replica.outbox()}
