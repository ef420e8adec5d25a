"""The hard cases one by one, told with two consoles and a server."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.conflicts.commands import SettleConflict
from app.domain.conflicts.queries import conflicts
from app.domain.contacts.commands import AssignContact, CreateContact, DeleteContact, EditContact
from app.domain.contacts.records import Contact
from app.domain.conversations.commands import StartConversation
from app.domain.conversations.records import Conversation
from app.domain.messages.commands import Reply
from app.domain.messages.records import Message
from app.domain.teams.commands import CreateTeam
from app.domain.users.commands import EditUser
from app.kernel.command import Command, Issued, body_of
from app.kernel.errors import AlreadyExists, NeedsServer
from app.kernel.ids import new_id
from app.kernel.log import CommandLog, Effect
from app.kernel.undo import Undo
from app.protocol.codec import pack, unpack
from app.protocol.envelopes import Page
from tests.kernel.nouns import CreateDeal, HandOver, MergeContacts, MoveStage, RaiseScore, SetAmount, Stumble, TDeal, test_nouns
from tests.sync.world import HOUR_US, SYSTEM, TEAMS, TENANT, Desk, World, rows_of


@pytest.fixture(autouse=True, scope="module")
def nouns() -> Iterator[None]:
    with test_nouns():
        yield


class Story:
    """Ann and Bob share team 0; Ann is in team 1 too, Bob in team 2."""

    def __init__(self, skews_us: tuple[int, int] = (0, 0)) -> None:
        self.world = World(skews_us)
        self.ann, self.bob = self.world.desks
        self.contact = self.new_contact()
        self.sync()

    def do(self, desk: Desk, command: Command) -> Issued:
        issued = self.world.act(desk, command)
        assert issued is not None, (command, self.world.refusal)
        return issued

    def new_contact(self, name: str = "Ada") -> UUID:
        contact = new_id()
        self.do(self.ann, CreateContact(contact_id=contact, name=name, team_id=TEAMS[0]))
        return contact

    def start(self, contact: UUID) -> tuple[UUID, Issued]:
        talk = new_id()
        command = StartConversation(
            conversation_id=talk, channel="email", address="a@example.com", contact_id=contact, team_id=TEAMS[0]
        )
        return talk, self.do(self.ann, command)

    def reply(self, talk: UUID) -> tuple[UUID, Issued]:
        message = new_id()
        return message, self.do(self.ann, Reply(conversation_id=talk, message_id=message, text="b"))

    def new_deal(self, contact: UUID) -> tuple[UUID, Issued]:
        deal = new_id()
        command = CreateDeal(deal_id=deal, contact_id=contact, owner_id=self.ann.actor_id, team_id=TEAMS[0])
        return deal, self.do(self.ann, command)

    def sync(self) -> None:
        self.world.quiesce()
        self.world.check()

    def status(self, issued: Issued) -> str:
        with Session(self.world.disk) as session:
            row = session.get_one(CommandLog, (TENANT, issued.id))
            return str(row.answer["error"] or row.status)

    def at(self, desk: Desk, kind: type, key: object) -> dict[str, Any]:
        return rows_of(desk.disk, kind)[key]  # type: ignore[index]  # a UUID


def test_the_later_act_wins_though_its_clock_is_hours_slow() -> None:
    story = Story((0, -3 * HOUR_US))
    story.do(story.ann, EditContact(contact_id=story.contact, patch={"job_title": "earlier"}))
    story.do(story.bob, EditContact(contact_id=story.contact, patch={"job_title": "later"}))
    story.sync()
    for desk in (story.ann, story.bob):
        assert story.at(desk, Contact, story.contact)["job_title"] == "later"


def test_a_clock_that_is_set_meanwhile_is_noticed_with_the_next_exchange() -> None:
    story = Story()
    story.ann.skew_us = -3 * HOUR_US
    story.sync()
    story.do(story.bob, EditContact(contact_id=story.contact, patch={"job_title": "earlier"}))
    story.do(story.ann, EditContact(contact_id=story.contact, patch={"job_title": "later"}))
    story.sync()
    for desk in (story.ann, story.bob):
        assert story.at(desk, Contact, story.contact)["job_title"] == "later"


def test_a_rejected_creation_takes_what_stands_on_it_along() -> None:
    story = Story()
    story.do(story.bob, DeleteContact(contact_id=story.contact))
    story.world.cycle(story.bob)
    _, on_gone = story.new_deal(story.contact)
    new = story.new_contact("apart")
    _, on_it = story.new_deal(new)
    story.sync()
    assert [story.status(each) for each in (on_gone, on_it)] == ["not_here", "applied"]
    assert [deal["contact_id"] for deal in rows_of(story.ann.disk, TDeal).values()] == [new]


def test_a_reply_does_not_go_out_after_its_handover_was_refused() -> None:
    story = Story()
    talk, _ = story.start(story.contact)
    story.sync()
    story.do(story.bob, HandOver(conversation_id=talk, owner_id=story.bob.actor_id, team_id=TEAMS[0]))
    refused = story.do(story.ann, HandOver(conversation_id=talk, owner_id=story.ann.actor_id, team_id=TEAMS[1]))
    _, replied = story.reply(talk)
    story.do(story.bob, HandOver(conversation_id=talk, owner_id=story.bob.actor_id, team_id=TEAMS[2]))
    story.world.cycle(story.bob)
    story.sync()
    assert story.status(refused) in {"superseded", "not_here"}
    assert story.status(replied) == "depends_on_rejected"
    with Session(story.world.disk) as session:
        assert not session.scalars(select(Effect)).all()


def test_different_fields_merge_and_the_same_field_is_decided_and_told() -> None:
    story = Story()
    story.do(story.ann, EditContact(contact_id=story.contact, patch={"job_title": "1", "pinned_note": "ann"}))
    later = story.do(story.bob, EditContact(contact_id=story.contact, patch={"name": "Bob", "job_title": "2"}))
    story.world.cycle(story.bob)
    story.sync()
    row = story.at(story.ann, Contact, story.contact)
    assert (row["name"], row["pinned_note"], row["job_title"]) == ("Bob", "ann", "2")
    assert story.status(later) == "applied"


@pytest.mark.parametrize(("choice", "title"), [("mine", "1"), ("theirs", "2"), ("original", None)])
def test_a_conflict_is_settled_without_the_server_and_both_sides_agree_afterwards(choice: Any, title: str | None) -> None:
    story = Story()
    story.do(story.ann, EditContact(contact_id=story.contact, patch={"job_title": "1"}))
    story.do(story.bob, EditContact(contact_id=story.contact, patch={"job_title": "2"}))
    story.world.cycle(story.bob)
    story.sync()
    [card] = story.ann.replica.read(conflicts)
    assert story.bob.replica.read(conflicts) == []
    settled = story.do(story.ann, SettleConflict(conflict_id=card.id, choice=choice))
    assert story.at(story.ann, Contact, story.contact)["job_title"] == title
    assert story.ann.replica.read(conflicts) == []
    story.do(story.ann, Undo(command_id=settled.id))
    assert [each.id for each in story.ann.replica.read(conflicts)] == [card.id]
    story.do(story.ann, SettleConflict(conflict_id=card.id, choice=choice))
    story.sync()
    assert story.at(story.bob, Contact, story.contact)["job_title"] == title
    assert story.bob.replica.read(conflicts) == []


def test_a_guarded_amount_is_never_overwritten_unseen() -> None:
    story = Story()
    deal, _ = story.new_deal(story.contact)
    story.sync()
    story.do(story.ann, SetAmount(deal_id=deal, amount_minor=5))
    story.world.cycle(story.ann)
    refused = story.do(story.bob, SetAmount(deal_id=deal, amount_minor=7))
    story.do(story.bob, MoveStage(deal_id=deal, stage="won"))
    story.sync()
    assert story.status(refused) == "changed_since"
    assert story.at(story.bob, TDeal, deal)["amount_minor"] == 5
    told = {entry.command_id: entry for entry in story.bob.replica.entries()}[refused.id]
    assert (told.state, told.error, told.values["field"]) == ("rejected", "changed_since", "amount_minor")
    story.bob.replica.dismiss(refused.id)
    assert not story.bob.replica.entries()


@pytest.mark.parametrize("is_built_on", [False, True])
def test_a_merge_can_be_undone_until_somebody_builds_on_it(*, is_built_on: bool) -> None:
    story = Story()
    loser = story.new_contact("Ada too")
    talk, _ = story.start(loser)
    story.sync()
    merged = story.do(story.ann, MergeContacts(winner_id=story.contact, loser_id=loser))
    story.sync()
    assert story.at(story.bob, Conversation, talk)["contact_id"] == story.contact
    if is_built_on:
        third = new_id()
        story.do(story.bob, CreateContact(contact_id=third, name="third", team_id=TEAMS[0]))
        story.do(story.bob, MergeContacts(winner_id=third, loser_id=story.contact))
        story.world.cycle(story.bob)
    undone = story.do(story.ann, Undo(command_id=merged.id))
    story.sync()
    assert story.status(undone) == ("changed_since_done" if is_built_on else "applied")
    if not is_built_on:
        assert story.at(story.bob, Conversation, talk)["contact_id"] == loser
        assert story.at(story.bob, Contact, loser)["deleted_at"] is None


def test_a_merge_that_is_refused_leaves_nothing_behind() -> None:
    story = Story()
    loser = story.new_contact("Ada too")
    talk, _ = story.start(loser)
    story.sync()
    story.do(story.bob, DeleteContact(contact_id=loser))
    story.world.cycle(story.bob)
    refused = story.do(story.ann, MergeContacts(winner_id=story.contact, loser_id=loser))
    story.sync()
    assert story.status(refused) == "not_here"
    assert story.at(story.ann, Conversation, talk)["contact_id"] == loser


def test_what_waits_is_run_again_over_rows_from_the_middle_of_a_pull() -> None:
    story = Story()
    deal, _ = story.new_deal(story.contact)
    story.sync()
    story.do(story.bob, RaiseScore(deal_id=deal, by=5))
    story.do(story.ann, RaiseScore(deal_id=deal, by=10))
    story.do(story.ann, CreateContact(contact_id=new_id(), name="more", phones=("+4930123456",), team_id=TEAMS[0]))
    story.world.cycle(story.ann)
    story.world.page_rows = 1
    pages = story.world.pages(story.bob, story.bob.replica.cursor())
    assert any(block.kind == "t_deal" for page in pages[:-1] for block in page.blocks), "not on the last page"
    for page in pages:
        assert story.bob.replica.apply(unpack(pack(page), Page))
    assert story.at(story.bob, TDeal, deal)["score"] == 15
    story.sync()
    assert story.at(story.ann, TDeal, deal)["score"] == 15


def test_what_leaves_sight_goes_with_its_children_and_comes_back_with_them() -> None:
    story = Story()
    talk, _ = story.start(story.contact)
    message, _ = story.reply(talk)
    story.sync()
    assert message in rows_of(story.bob.disk, Message)
    story.do(story.ann, HandOver(conversation_id=talk, owner_id=story.ann.actor_id, team_id=TEAMS[1]))
    story.sync()
    assert message not in rows_of(story.bob.disk, Message)
    story.do(story.ann, HandOver(conversation_id=talk, owner_id=story.bob.actor_id, team_id=TEAMS[1]))
    story.sync()
    assert message in rows_of(story.bob.disk, Message)


def test_who_joins_a_team_gets_its_old_records_with_their_children() -> None:
    story = Story()
    talk, _ = story.start(story.contact)
    message, _ = story.reply(talk)
    story.do(story.ann, HandOver(conversation_id=talk, owner_id=story.ann.actor_id, team_id=TEAMS[1]))
    story.sync()
    assert message not in rows_of(story.bob.disk, Message)
    story.world.move(story.bob.actor_id, TEAMS[1])
    story.sync()
    assert message in rows_of(story.bob.disk, Message)
    story.world.move(story.bob.actor_id, TEAMS[1])
    story.sync()
    assert message not in rows_of(story.bob.disk, Message)


def test_a_console_shows_its_own_change_until_the_server_row_is_there() -> None:
    story = Story()
    story.do(story.ann, EditContact(contact_id=story.contact, patch={"job_title": "1"}))
    story.world.send_push(story.ann)
    story.world.serve(story.ann, 0)
    story.world.receive(story.ann, 0)
    assert story.at(story.ann, Contact, story.contact)["job_title"] == "1"
    story.sync()


def test_a_scope_that_shrinks_is_judged_by_the_servers_row_not_by_my_waiting_change() -> None:
    story = Story()
    contact = new_id()
    story.do(story.bob, CreateContact(contact_id=contact, name="c", team_id=TEAMS[0]))
    story.sync()
    moved = story.do(story.ann, AssignContact(contact_id=contact, owner_id=story.bob.actor_id, team_id=TEAMS[1]))
    story.do(story.bob, AssignContact(contact_id=contact, owner_id=story.bob.actor_id, team_id=TEAMS[2]))
    story.do(story.bob, AssignContact(contact_id=contact, owner_id=story.bob.actor_id, team_id=TEAMS[0]))
    story.world.cycle(story.bob)
    story.world.move(story.ann.actor_id, TEAMS[1])
    story.world.send_pull(story.ann)
    story.world.serve(story.ann, 0)
    while story.ann.answers:
        story.world.receive(story.ann, 0)
    story.sync()
    assert story.status(moved) == "superseded"
    assert contact in rows_of(story.ann.disk, Contact)


def test_the_same_number_given_on_two_consoles_is_one_identity() -> None:
    story = Story()
    for desk in (story.ann, story.bob):
        story.do(desk, CreateContact(contact_id=new_id(), name=desk.name, phones=("+4930123456",), team_id=TEAMS[0]))
    story.sync()
    for desk in (story.ann, story.bob):
        with desk.disk.connect() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM identity").scalar_one() == 1
            assert connection.exec_driver_sql("SELECT count(*) FROM contact_identity").scalar_one() == 2


def test_a_pull_that_breaks_off_goes_on_where_it_was() -> None:
    story = Story()
    for _ in range(12):
        story.new_contact()
    story.world.cycle(story.ann)
    story.world.page_rows = 5
    pages = [unpack(pack(page), Page) for page in story.world.pages(story.bob, story.bob.replica.cursor())]
    assert len(pages) > 2
    assert story.bob.replica.apply(pages[0])
    assert not story.bob.replica.apply(pages[0]), "a page that comes twice fits only once"
    story.world.crash(story.bob)
    rest = story.world.pages(story.bob, story.bob.replica.cursor())
    assert len(rest) == len(pages) - 1
    story.sync()


# ── the authority ──────────────────────────────────────────────────────────────────────────────────────────────────────


def issued(name: str, command: Command, desk: Desk) -> Issued:
    return Issued(id=new_id(), name=name, body=body_of(command), actor_id=desk.actor_id, device="x", acted_us=1)


@pytest.mark.expects_errors
def test_a_bug_in_one_handler_holds_up_nothing(error_log: list[str]) -> None:
    story = Story()
    deal, _ = story.new_deal(story.contact)
    story.sync()
    stumbled = issued("t_deal.stumble", Stumble(deal_id=deal), story.ann)
    unknown = issued("no.such", Stumble(deal_id=deal), story.ann)
    unread = issued("t_deal.stumble", Undo(command_id=deal), story.ann)
    good = issued("t_deal.set_amount", SetAmount(deal_id=deal, amount_minor=3), story.ann)
    outcomes = story.world.authority.carry_out([stumbled, unknown, unread, good])
    assert [each.error or each.status for each in outcomes] == ["handler_failed", "unknown_command", "bad_value", "applied"]
    assert "ZeroDivisionError" in error_log[0]
    assert story.world.authority.carry_out([stumbled]) == outcomes[:1], "the first answer, for ever"


def test_an_inbound_command_is_done_once_however_often_it_comes() -> None:
    story = Story()
    once, contact = new_id(), new_id()
    command = CreateContact(contact_id=contact, name="in")
    first = story.world.authority.issue(command, SYSTEM, "mail", command_id=once)
    assert story.world.authority.issue(command, SYSTEM, "mail", command_id=once) == first
    for _ in range(2):
        with pytest.raises(AlreadyExists) as refusal:
            story.world.authority.issue(command, SYSTEM, "mail", command_id=story.contact)
        assert refusal.value.values["kind"] == "contact"


def test_somebody_without_the_right_is_refused_as_soon_as_it_is_taken() -> None:
    story = Story()
    story.world.order(EditUser(user_id=story.ann.actor_id, patch={"is_active": False}))
    refused = story.do(story.ann, EditContact(contact_id=story.contact, patch={"name": "x"}))
    story.world.send_push(story.ann)
    story.world.serve(story.ann, 0)
    assert story.status(refused) == "not_allowed"


def test_what_needs_the_server_is_not_queued() -> None:
    story = Story()
    with pytest.raises(NeedsServer):
        story.ann.replica.run(CreateTeam(team_id=new_id(), name="n"))
    assert story.ann.replica.count_waiting() == 0


def test_listeners_hear_of_each_commit_in_order_and_whom_it_concerns() -> None:
    story = Story()
    told: list[Any] = []
    story.world.authority.on_commit.append(told.append)
    story.do(story.ann, EditContact(contact_id=story.contact, patch={"name": "x"}))
    story.do(story.ann, AssignContact(contact_id=story.contact, owner_id=story.ann.actor_id, team_id=TEAMS[1]))
    for _ in range(2):
        story.world.send_push(story.ann, 1)
        story.world.serve(story.ann, 0)
        story.world.receive(story.ann, 0)
    edited, moved = told
    assert edited.to_version == moved.from_version
    assert (edited.kinds, edited.keys) == ({"contact"}, {story.ann.actor_id, TEAMS[0]})
    assert not edited.is_scope_changed
    assert moved.is_scope_changed
    assert moved.keys >= {TEAMS[0], TEAMS[1]}
