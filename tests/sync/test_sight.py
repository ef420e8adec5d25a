"""What somebody sees of each kind and keeps on a device: gained, lost, hidden and shown, and never said to be deleted."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from app.domain.contacts.commands import CreateContact, EditContact
from app.domain.contacts.records import Contact
from app.domain.conversations.records import Conversation
from app.domain.messages.records import Message
from app.domain.scopes.commands import PinRecord, SetDeviceScope, UnpinRecord
from app.kernel.ids import new_id
from app.protocol.codec import pack, unpack
from app.protocol.envelopes import Page
from tests.kernel.nouns import HandOver, test_nouns
from tests.sync.test_stories import Story
from tests.sync.world import TEAMS, Desk, rows_of


@pytest.fixture(autouse=True, scope="module")
def nouns() -> Iterator[None]:
    with test_nouns():
        yield


class Seen(Story):
    """Bob's roles can be set; a conversation of Ann's with a message stands in their common team."""

    def __init__(self) -> None:
        super().__init__()
        self.talk, _ = self.start(self.contact)
        self.message, _ = self.reply(self.talk)
        self.sync()

    def bob_sees(self, **told: Any) -> list[Page]:
        """From now on; the pages that tell him."""
        self.world.told[self.bob.actor_id] = told
        pages = self.pages()
        self.sync()
        return pages

    def pages(self) -> list[Page]:
        cursor = self.bob.replica.cursor()
        return [unpack(pack(page), Page) for page in self.world.pages(self.bob, cursor)]

    def keep(self, **rules: Any) -> list[Page]:
        """Bob's rules for his device; the pages that follow."""
        self.do(self.bob, SetDeviceScope(device=self.bob.name, **rules))
        self.world.send_push(self.bob)
        self.world.serve(self.bob, 0)
        self.world.receive(self.bob, 0)
        pages = self.pages()
        self.sync()
        return pages

    def holds(self, kind: Any, key: UUID, desk: Desk | None = None) -> bool:
        return key in rows_of((desk or self.bob).disk, kind)


def count(pages: list[Page], kind: str) -> int:
    return sum(len(block.rows) for page in pages for block in page.blocks if block.kind == kind)


def columns(pages: list[Page], kind: str) -> set[str]:
    return {name for page in pages for block in page.blocks if block.kind == kind for name in block.columns}


# ── hidden fields ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_hidden_column_never_travels_and_is_emptied_where_it_was() -> None:
    story = Seen()
    story.do(story.ann, EditContact(contact_id=story.contact, patch={"job_title": "secret"}))
    story.sync()
    assert story.at(story.bob, Contact, story.contact)["job_title"] == "secret"
    story.bob_sees(veils={"contact": frozenset({"job_title", "name"})})
    row = story.at(story.bob, Contact, story.contact)
    assert (row["job_title"], row["name"]) == (None, ""), "nothing may stand in the one, not in the other"
    story.do(story.ann, EditContact(contact_id=story.contact, patch={"job_title": "more secret"}))
    story.world.cycle(story.ann)
    assert count(story.pages(), "contact") == 1
    assert columns(story.pages(), "contact") >= {"id", "owner_id", "pinned_note"}
    assert not columns(story.pages(), "contact") & {"job_title", "name"}
    story.sync()


def test_a_column_that_is_shown_again_comes_for_every_row() -> None:
    story = Seen()
    others = [story.new_contact(f"n{number}") for number in range(4)]
    story.bob_sees(veils={"contact": frozenset({"name"})})
    told = story.bob_sees()
    assert count(told, "contact") == 5
    assert count(told, "conversation") == 0, "and nothing else"
    assert {story.at(story.bob, Contact, each)["name"] for each in others} == {"n0", "n1", "n2", "n3"}


def test_what_makes_a_row_be_judged_is_never_hidden() -> None:
    story = Seen()
    story.bob_sees(veils={"contact": frozenset({"owner_id", "version", "deleted_at"}), "message": frozenset({"conversation_id"})})
    story.do(story.ann, HandOver(conversation_id=story.talk, owner_id=story.ann.actor_id, team_id=TEAMS[1]))
    story.sync()
    assert not story.holds(Message, story.message)


def test_a_conflict_about_a_hidden_field_tells_no_value() -> None:
    story = Seen()
    story.bob_sees(veils={"contact": frozenset({"job_title"})})
    story.do(story.bob, EditContact(contact_id=story.contact, patch={"job_title": "bobs secret", "pinned_note": "open"}))
    story.do(story.ann, EditContact(contact_id=story.contact, patch={"job_title": "anns secret", "pinned_note": "shown"}))
    story.sync()
    with story.bob.disk.connect() as connection:
        told = "".join(connection.exec_driver_sql("SELECT lost FROM conflict").scalars())
    assert "shown" in told or "open" in told
    assert "secret" not in told


def test_a_conflict_that_was_told_before_is_emptied_too() -> None:
    story = Seen()
    story.do(story.bob, EditContact(contact_id=story.contact, patch={"job_title": "bobs secret"}))
    story.do(story.ann, EditContact(contact_id=story.contact, patch={"job_title": "anns secret"}))
    story.sync()
    query = "SELECT lost FROM conflict"
    with story.bob.disk.connect() as connection:
        assert "secret" in "".join(connection.exec_driver_sql(query).scalars())
    story.bob_sees(veils={"contact": frozenset({"job_title"})})
    with story.bob.disk.connect() as connection:
        assert "secret" not in "".join(connection.exec_driver_sql(query).scalars())


# ── sight by kind ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_one_kind_can_be_seen_less_than_another() -> None:
    story = Seen()
    story.bob_sees(sights={"conversation": frozenset({story.bob.actor_id})})
    assert not story.holds(Conversation, story.talk)
    assert not story.holds(Message, story.message), "nor what stands below it"
    assert story.holds(Contact, story.contact)
    back = story.bob_sees()
    assert story.holds(Message, story.message)
    assert (count(back, "message"), count(back, "contact")) == (1, 0), "only what was gained"


def test_what_stands_below_can_be_seen_less_than_what_stands_above() -> None:
    story = Seen()
    story.bob_sees(sights={"message": frozenset()})
    assert story.holds(Conversation, story.talk)
    assert not story.holds(Message, story.message)
    later, _ = story.reply(story.talk)
    story.do(story.ann, HandOver(conversation_id=story.talk, owner_id=story.ann.actor_id, team_id=TEAMS[0]))
    story.sync()
    assert not story.holds(Message, later)
    story.bob_sees()
    assert story.holds(Message, later)


def test_a_root_that_stays_can_lose_what_is_below_it() -> None:
    """Bob sees conversations of both his teams, messages of one only."""
    story = Seen()
    own = frozenset({story.bob.actor_id})
    story.bob_sees(sights={"message": own | {TEAMS[0]}})
    assert story.holds(Message, story.message)
    story.do(story.ann, HandOver(conversation_id=story.talk, owner_id=story.ann.actor_id, team_id=TEAMS[2]))
    story.sync()
    assert story.holds(Conversation, story.talk)
    assert not story.holds(Message, story.message)


def test_a_kind_can_be_seen_as_a_whole() -> None:
    story = Seen()
    apart = new_id()
    story.do(story.ann, CreateContact(contact_id=apart, name="apart", team_id=TEAMS[1]))
    story.sync()
    assert not story.holds(Contact, apart)
    story.bob_sees(sights={"contact": None})
    assert story.holds(Contact, apart)
    story.bob_sees()
    assert not story.holds(Contact, apart)


# ── what is kept on the device ─────────────────────────────────────────────────────────────────────────────────────────


def test_rules_take_teams_off_the_device_and_bring_them_back_alone() -> None:
    story = Seen()
    other = new_id()
    story.do(story.bob, CreateContact(contact_id=other, name="of team 2", team_id=TEAMS[2]))
    story.sync()
    lost = story.keep(groups=[TEAMS[2]])
    assert all(not page.forget for page in lost), "the console judges by itself what a whole key took along"
    assert not any(row["deleted_at"] for row in rows_of(story.bob.disk, Contact).values()), "never said to be deleted"
    assert not story.holds(Contact, story.contact)
    assert not story.holds(Message, story.message)
    assert story.holds(Contact, other)
    assert story.holds(Contact, story.contact, story.ann)
    gained = story.keep()
    assert story.holds(Message, story.message)
    assert count(gained, "user") == 0, "no full download"


def test_only_conversations_of_the_last_days_stay_and_wake_up_whole() -> None:
    story = Seen()
    story.world.pass_days(4)
    fresh, _ = story.start(story.contact)
    story.sync()
    story.keep(days=2)
    assert not story.holds(Conversation, story.talk)
    assert not story.holds(Message, story.message)
    assert story.holds(Conversation, fresh)
    assert story.holds(Contact, story.contact), "old contacts stay: somebody may call"
    again, _ = story.reply(story.talk)
    story.sync()
    assert story.holds(Message, again)
    assert story.holds(Message, story.message), "what stood below it before comes along"
    story.world.pass_days(4)
    story.sync()
    assert not story.holds(Conversation, fresh)
    story.keep(days=0)
    assert story.holds(Conversation, fresh)


def test_a_pinned_record_stays_whatever_the_rules_say_and_only_if_it_may_be_seen() -> None:
    story = Seen()
    hidden = new_id()
    story.do(story.ann, CreateContact(contact_id=hidden, name="hidden", team_id=TEAMS[1]))
    story.sync()
    story.keep(groups=[])
    assert not story.holds(Conversation, story.talk)
    for kind, record_id in (("conversation", story.talk), ("contact", hidden)):
        story.do(story.bob, PinRecord(kind=kind, record_id=record_id))
    story.sync()
    assert story.holds(Message, story.message), "with what is below it"
    assert not story.holds(Contact, hidden), "a pin opens no door"
    story.reply(story.talk)
    story.sync()
    assert len(rows_of(story.bob.disk, Message)) == 2
    story.do(story.ann, HandOver(conversation_id=story.talk, owner_id=story.ann.actor_id, team_id=TEAMS[1]))
    story.sync()
    assert not story.holds(Conversation, story.talk), "out of sight is out of the device"
    story.do(story.ann, HandOver(conversation_id=story.talk, owner_id=story.ann.actor_id, team_id=TEAMS[0]))
    story.sync()
    assert story.holds(Message, story.message)
    story.do(story.bob, UnpinRecord(record_id=story.talk))
    story.sync()
    assert not story.holds(Conversation, story.talk)
