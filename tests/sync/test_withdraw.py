"""What waits can be taken out again, as if it had never been given, until the server may have heard of it."""

from collections.abc import Iterator
from uuid import UUID

import pytest

from app.domain.contacts.commands import CreateContact, DeleteContact, EditContact
from app.domain.contacts.records import Contact
from app.domain.notes.commands import AddNote
from app.domain.notes.records import Note
from app.kernel.ids import new_id
from app.replica.outbox import OnItsWay
from tests.kernel.nouns import test_nouns
from tests.sync.world import Desk, World, rows_of


@pytest.fixture(autouse=True, scope="module")
def nouns() -> Iterator[None]:
    with test_nouns():
        yield


@pytest.fixture
def world() -> World:
    return World((0,))


def create(world: World, desk: Desk, name: str = "Ada") -> tuple[UUID, UUID]:
    """A new contact: its id and the command's."""
    contact_id = new_id()
    issued = world.act(desk, CreateContact(contact_id=contact_id, name=name, team_id=None))
    assert issued is not None
    return contact_id, issued.id


def test_what_was_withdrawn_is_gone_here_and_never_reaches_the_server(world: World) -> None:
    [desk] = world.desks
    kept, _ = create(world, desk, "kept")
    slip, command_id = create(world, desk, "slip")
    desk.replica.withdraw([command_id])
    assert set(rows_of(desk.disk, Contact)) == {kept}
    desk.issued = [each for each in desk.issued if each.id != command_id]
    world.quiesce()
    world.check()
    assert set(rows_of(world.disk, Contact)) == {kept}
    assert slip not in rows_of(world.disk, Contact)


def test_what_came_later_to_the_same_record_is_run_again_without_it(world: World) -> None:
    [desk] = world.desks
    contact_id, _ = create(world, desk)
    slip = world.act(desk, EditContact(contact_id=contact_id, patch={"job_title": "slip", "language": "it"}))
    world.act(desk, EditContact(contact_id=contact_id, patch={"job_title": "Fleet lead"}))
    assert slip is not None
    desk.replica.withdraw([slip.id])
    row = rows_of(desk.disk, Contact)[contact_id]
    assert (row["job_title"], row["language"]) == ("Fleet lead", None)


def test_an_entry_says_what_it_builds_on_and_goes_with_it(world: World) -> None:
    [desk] = world.desks
    contact_id, base = create(world, desk)
    _, other = create(world, desk, "apart")
    note = world.act(desk, AddNote(note_id=new_id(), text="x", contact_id=contact_id))
    assert note is not None
    told = {entry.command_id: entry for entry in desk.replica.entries()}
    assert told[note.id].builds_on == (base,)
    assert told[other].builds_on == ()
    desk.replica.withdraw([base, note.id])
    assert not rows_of(desk.disk, Note)
    assert [entry.command_id for entry in desk.replica.entries()] == [other]


def test_one_that_may_have_reached_the_server_is_not_withdrawn_nor_are_those_with_it(world: World) -> None:
    [desk] = world.desks
    _, sent = create(world, desk)
    world.send_push(desk)
    _, waits = create(world, desk, "waits")
    handed = {entry.command_id: entry.is_handed for entry in desk.replica.entries()}
    assert handed == {sent: True, waits: False}
    with pytest.raises(OnItsWay):
        desk.replica.withdraw([waits, sent])
    assert len(desk.replica.entries()) == 2
    desk.replica.withdraw([waits])
    assert [entry.command_id for entry in desk.replica.entries()] == [sent]


def test_a_refused_one_that_was_discarded_can_be_looked_at_again(world: World) -> None:
    [desk] = world.desks
    contact_id, _ = create(world, desk)
    world.cycle(desk)
    refused = world.act(desk, EditContact(contact_id=contact_id, patch={"name": "x"}))
    assert refused is not None
    world.order(DeleteContact(contact_id=contact_id))
    world.cycle(desk)
    assert [entry.state for entry in desk.replica.entries()] == ["rejected"]
    desk.replica.dismiss(refused.id)
    assert desk.replica.entries() == []
    desk.replica.reinstate(refused.id)
    assert [entry.error for entry in desk.replica.entries()] == ["not_here"]
