"""Acts that name others, made offline: what was made before in the same outbox is there by then, and what never was is said."""

from collections.abc import Iterator

import pytest

from app.domain.accounts.commands import CreateAccount, DeleteAccount
from app.domain.contacts.commands import CreateContact
from app.domain.contacts.records import Contact
from app.domain.tasks.commands import CreateTask
from app.domain.tasks.records import Task
from app.kernel.ids import new_id
from tests.kernel.nouns import test_nouns
from tests.sync.test_stories import Story
from tests.sync.world import TEAMS


@pytest.fixture(autouse=True, scope="module")
def nouns() -> Iterator[None]:
    with test_nouns():
        yield


def test_what_was_made_before_in_the_same_outbox_may_be_named() -> None:
    story, account, contact, task = Story(), new_id(), new_id(), new_id()
    acts = [
        story.do(story.ann, CreateAccount(account_id=account, name="Shop", team_id=TEAMS[0])),
        story.do(story.ann, CreateContact(contact_id=contact, name="Mia", account_id=account, team_id=TEAMS[0])),
        story.do(story.ann, CreateTask(task_id=task, title="Call", contact_id=contact)),
    ]
    story.sync()
    assert [story.status(each) for each in acts] == ["applied"] * 3
    assert story.at(story.bob, Contact, contact)["account_id"] == account
    assert story.at(story.bob, Task, task)["contact_id"] == contact


def test_what_was_deleted_meanwhile_may_be_named_and_what_never_was_holds_up_no_other() -> None:
    story, account, contact, task = Story(), new_id(), new_id(), new_id()
    story.do(story.bob, CreateAccount(account_id=account, name="Shop", team_id=TEAMS[0]))
    story.sync()
    story.do(story.bob, DeleteAccount(account_id=account))
    story.world.cycle(story.bob)
    kept = story.do(story.ann, CreateContact(contact_id=contact, name="Mia", account_id=account, team_id=TEAMS[0]))
    refused = story.do(story.ann, CreateTask(task_id=new_id(), title="Call", contact_id=new_id()))
    behind = story.do(story.ann, CreateTask(task_id=task, title="Write", contact_id=contact))
    story.sync()
    assert [story.status(each) for each in (kept, refused, behind)] == ["applied", "names_nothing", "applied"]
    assert story.at(story.bob, Task, task)["title"] == "Write"
