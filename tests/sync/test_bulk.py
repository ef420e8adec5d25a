"""Many records changed at once without the server: done once, refused one by one, and taken back together."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.conflicts.queries import conflicts
from app.domain.contacts.commands import CreateContact, DeleteContact, EditContact, LockContact
from app.domain.contacts.records import Contact
from app.domain.roles.commands import SetRoleRights
from app.kernel.command import Command, Issued
from app.kernel.errors import NotAllowed, NotInBulk, Refused
from app.kernel.ids import new_id
from app.kernel.log import Audit
from app.kernel.undo import Undo
from app.replica import outbox
from tests.kernel.nouns import test_nouns
from tests.sync.test_stories import Story
from tests.sync.world import ROLE, TENANT, Desk, rows_of


@pytest.fixture(autouse=True, scope="module")
def nouns() -> Iterator[None]:
    with test_nouns():
        yield


class Bulky(Story):
    """With ten contacts that both know."""

    def __init__(self) -> None:
        super().__init__()
        self.contacts = [self.new_contact(f"Person {place}") for place in range(10)]
        self.sync()

    def together(self, desk: Desk, commands: list[Command]) -> tuple[UUID, list[Issued | Refused]]:
        group = new_id()
        self.world.time_us += 1_000_000
        done = desk.replica.run_many(commands, group)
        for each in done:
            if isinstance(each, Issued):
                desk.issued.append(each)
                self.world.acted_us[each.id] = each.acted_us
        return group, done

    def titles(self, desk: Desk) -> list[str | None]:
        known = rows_of(desk.disk, Contact)
        return [known[each]["job_title"] for each in self.contacts]

    def edit_all(self, desk: Desk, title: str) -> tuple[UUID, list[Issued | Refused]]:
        return self.together(desk, [EditContact(contact_id=each, patch={"job_title": title}) for each in self.contacts])

    def undo(self, desk: Desk, group: UUID) -> list[Issued | Refused]:
        _, done = self.together(desk, [Undo(command_id=each) for each in desk.replica.members(group)])
        return done


def test_what_was_changed_offline_arrives_once_and_is_taken_back_as_one_act() -> None:
    told = Bulky()
    group, done = told.edit_all(told.ann, "Baker")
    assert len(done) == 10
    assert told.titles(told.ann) == ["Baker"] * 10, "at once"
    told.world.send_push(told.ann)
    told.world.serve(told.ann, 0, keep=True, lose_answer=True)
    told.sync()
    assert told.titles(told.bob) == ["Baker"] * 10
    with Session(told.world.disk) as session:
        ids = [each.id for each in done if isinstance(each, Issued)]
        assert len(session.scalars(select(Audit).where(Audit.tenant_id == TENANT, Audit.command_id.in_(ids))).all()) == 10
    latest = told.ann.replica.acts(1, is_folded=True)[0]
    assert (latest.command_id, latest.count, latest.state, latest.is_undone) == (group, 10, "done", False)
    assert all(isinstance(each, Issued) for each in told.undo(told.ann, group))
    told.sync()
    assert told.titles(told.bob) == [None] * 10
    taken, act = told.ann.replica.acts(2, is_folded=True)
    assert (taken.name, taken.count, act.command_id, act.is_undone) == ("undo", 10, group, True)


def test_one_that_is_refused_by_the_server_holds_no_other_up() -> None:
    told = Bulky()
    told.world.order(SetRoleRights(role_id=ROLE, rights={"*": "team", "contact:lock": "none"}))
    told.sync()
    group, done = told.edit_all(told.ann, "Baker")
    told.world.order(LockContact(contact_id=told.contacts[3]))
    told.do(told.bob, DeleteContact(contact_id=told.contacts[7]))
    told.world.cycle(told.bob)
    told.sync()
    statuses = [told.status(each) for each in done if isinstance(each, Issued)]
    assert statuses == ["applied"] * 3 + ["locked"] + ["applied"] * 3 + ["not_here"] + ["applied"] * 2
    titles = told.titles(told.bob)
    assert (titles[3], titles.count("Baker")) == (None, 8)
    (act,) = told.ann.replica.acts(1, is_folded=True)
    assert (act.count, act.refused) == (8, 2)
    assert len(told.undo(told.ann, group)) == 8
    told.sync()
    assert told.titles(told.bob) == [None] * 10


def test_one_that_meets_a_later_change_gives_way_alone() -> None:
    told = Bulky()
    told.edit_all(told.ann, "Baker")
    told.do(told.bob, EditContact(contact_id=told.contacts[0], patch={"job_title": "Miller"}))
    told.world.cycle(told.bob)
    told.sync()
    for desk in (told.ann, told.bob):
        assert told.titles(desk) == ["Miller"] + ["Baker"] * 9
    (lost,) = told.ann.replica.read(conflicts)
    assert (lost.met[0].mine, lost.met[0].theirs) == ("Baker", "Miller")


def test_what_was_changed_since_is_not_taken_back_and_the_rest_is() -> None:
    told = Bulky()
    group, _ = told.edit_all(told.ann, "Baker")
    told.sync()
    told.do(told.bob, EditContact(contact_id=told.contacts[2], patch={"job_title": "Miller"}))
    told.sync()
    done = told.undo(told.ann, group)
    refused = [each for each in done if isinstance(each, Refused)]
    assert [each.key for each in refused] == ["changed_since_done"]
    told.sync()
    assert told.titles(told.bob) == [None, None, "Miller"] + [None] * 7


def test_a_console_leaves_out_what_it_knows_cannot_be_done() -> None:
    told = Bulky()
    told.world.order(SetRoleRights(role_id=ROLE, rights={"*": "team", "contact:lock": "none"}))
    told.world.order(LockContact(contact_id=told.contacts[3]))
    told.sync()
    _, done = told.edit_all(told.ann, "Baker")
    assert [each.key for each in done if isinstance(each, Refused)] == ["locked"]
    assert told.titles(told.ann).count("Baker") == 9
    told.sync()


def test_the_right_to_change_many_is_asked_for_on_the_console_and_on_the_server() -> None:
    told = Bulky()
    _, waiting = told.edit_all(told.ann, "Baker")
    told.world.order(SetRoleRights(role_id=ROLE, rights={"*": "team", "contact:bulk": "none"}))
    told.sync()
    assert {told.status(each) for each in waiting if isinstance(each, Issued)} == {"not_allowed"}
    _, done = told.edit_all(told.ann, "Miller")
    assert all(isinstance(each, NotAllowed) and each.values == {"permission": "contact:bulk"} for each in done)
    told.do(told.ann, EditContact(contact_id=told.contacts[0], patch={"job_title": "One by one"}))
    told.sync()


def test_what_is_not_meant_for_many_is_refused_in_a_group() -> None:
    told = Bulky()
    _, (refused,) = told.together(told.ann, [CreateContact(contact_id=new_id(), name="X")])
    assert isinstance(refused, NotInBulk)


def test_a_group_is_one_of_the_acts_that_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "KEPT_DONE", 3)
    told = Bulky()
    group, _ = told.edit_all(told.ann, "Baker")
    for place in range(2):
        told.do(told.ann, EditContact(contact_id=told.contacts[0], patch={"job_title": f"Title {place}"}))
    told.sync()
    assert len(told.ann.replica.members(group)) == 10
    told.do(told.ann, EditContact(contact_id=told.contacts[0], patch={"job_title": "The last"}))
    told.sync()
    assert told.ann.replica.members(group) == []


def test_an_outbox_that_is_older_than_groups_keeps_what_waits_in_it() -> None:
    told = Bulky()
    waiting = told.do(told.ann, EditContact(contact_id=told.contacts[0], patch={"job_title": "Baker"}))
    with told.ann.disk.begin() as connection:
        connection.exec_driver_sql("DROP INDEX ix_outbox_group_id")
        connection.exec_driver_sql("ALTER TABLE outbox DROP COLUMN group_id")
    told.world.crash(told.ann)
    group, _ = told.edit_all(told.ann, "Miller")
    told.sync()
    assert told.status(waiting) == "applied"
    assert len(told.ann.replica.members(group)) == 10
    assert told.titles(told.bob) == ["Miller"] * 10
