"""A lock holds for consoles that have not heard of it, too."""

from collections.abc import Iterator

import pytest

from app.domain.contacts.commands import EditContact, LockContact, UnlockContact
from app.domain.contacts.records import Contact
from app.domain.roles.commands import SetRoleRights
from app.kernel.locking import Locked
from tests.kernel.nouns import test_nouns
from tests.sync.test_stories import Story
from tests.sync.world import ROLE


@pytest.fixture(autouse=True, scope="module")
def nouns() -> Iterator[None]:
    with test_nouns():
        yield


def story() -> Story:
    """Nobody at the two desks may lock."""
    told = Story()
    told.world.order(SetRoleRights(role_id=ROLE, rights={"*": "team", "contact:lock": "none"}))
    told.sync()
    return told


def test_an_edit_made_offline_before_the_lock_was_heard_of_is_refused() -> None:
    told = story()
    edit = told.do(told.ann, EditContact(contact_id=told.contact, patch={"job_title": "Baker"}))
    told.world.order(LockContact(contact_id=told.contact))
    told.sync()
    assert told.status(edit) == "locked"
    assert told.at(told.ann, Contact, told.contact)["job_title"] is None


def test_a_console_refuses_by_itself_what_it_knows_to_be_locked() -> None:
    told = story()
    told.world.order(LockContact(contact_id=told.contact))
    told.sync()
    assert told.world.act(told.ann, EditContact(contact_id=told.contact, patch={"job_title": "Baker"})) is None
    assert isinstance(told.world.refusal, Locked)
    told.world.order(UnlockContact(contact_id=told.contact))
    told.sync()
    told.do(told.ann, EditContact(contact_id=told.contact, patch={"job_title": "Baker"}))
    told.sync()
    assert told.at(told.bob, Contact, told.contact)["job_title"] == "Baker"
