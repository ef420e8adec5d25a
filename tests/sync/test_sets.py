"""Tags on two consoles that do not hear of each other: nothing that anybody put in or took out gets lost."""

from collections.abc import Iterator

import pytest

from app.domain.conflicts.commands import SettleConflict
from app.domain.conflicts.queries import conflicts
from app.domain.contacts.commands import EditContact
from app.domain.contacts.records import Contact
from app.kernel.command import Issued
from app.kernel.set_words import Turn
from app.kernel.undo import Undo
from tests.kernel.nouns import MergeContacts, test_nouns
from tests.sync.test_stories import Story
from tests.sync.world import Desk


@pytest.fixture(autouse=True, scope="module")
def nouns() -> Iterator[None]:
    with test_nouns():
        yield


class Tagging(Story):
    """Ann and Bob tag the same contact."""

    def tag(self, desk: Desk, *add: str, remove: tuple[str, ...] = ()) -> Issued:
        patch = {"tags": {"add": list(add), "remove": list(remove)}}
        return self.do(desk, EditContact(contact_id=self.contact, patch=patch))

    def tags(self, desk: Desk) -> tuple[str, ...]:
        found: tuple[str, ...] = self.at(desk, Contact, self.contact)["tags"]
        return found

    def both(self) -> tuple[str, ...]:
        """After all is sent and pulled; both hold the same."""
        self.sync()
        assert self.tags(self.ann) == self.tags(self.bob)
        return self.tags(self.ann)

    def told(self) -> int:
        return sum(len(desk.replica.read(conflicts)) for desk in (self.ann, self.bob))


def test_each_adds_a_tag_and_both_are_there() -> None:
    story = Tagging()
    story.tag(story.ann, "vip")
    story.tag(story.bob, "renewal")
    assert (story.tags(story.ann), story.tags(story.bob)) == (("vip",), ("renewal",)), "each sees their own at once"
    assert (story.both(), story.told()) == (("renewal", "vip"), 0)


def test_one_adds_and_the_other_removes() -> None:
    story = Tagging()
    story.tag(story.ann, "lead", "old")
    story.sync()
    story.tag(story.ann, "vip")
    story.tag(story.bob, remove=("lead",))
    assert (story.both(), story.told()) == (("old", "vip"), 0)


def test_both_remove_the_same() -> None:
    story = Tagging()
    story.tag(story.ann, "lead", "old")
    story.sync()
    story.tag(story.ann, remove=("lead",))
    story.tag(story.bob, "new", remove=("lead",))
    assert (story.both(), story.told()) == (("new", "old"), 0)


def test_what_arrives_is_joined_with_what_waits() -> None:
    story = Tagging()
    waiting = story.tag(story.ann, "mine")
    story.tag(story.bob, "theirs")
    story.world.cycle(story.bob)
    story.world.send_pull(story.ann)
    story.world.serve(story.ann, 0)
    while story.ann.answers:
        story.world.receive(story.ann, 0)
    assert story.tags(story.ann) == ("mine", "theirs"), "run again over the server's row, before anything was sent"
    undone = story.do(story.ann, Undo(command_id=waiting.id))
    assert story.tags(story.ann) == ("theirs",)
    assert story.both() == ("theirs",)
    assert story.status(undone) == "applied"


@pytest.mark.parametrize("choice", ["mine", "theirs", "both"])
def test_an_add_beside_a_removal_of_the_same_word_goes_by_the_later_act_and_is_told(choice: str) -> None:
    story = Tagging()
    story.tag(story.ann, "vip", "mine")
    story.tag(story.bob, "vip")
    story.tag(story.bob, remove=("vip",))
    story.world.cycle(story.bob)
    assert (story.both(), story.told()) == (("mine",), 1)
    [card] = story.ann.replica.read(conflicts)
    story.do(story.ann, SettleConflict(conflict_id=card.id, choice=choice))  # type: ignore[arg-type]  # one of them
    story.tag(story.bob, "late")
    kept = () if choice == "theirs" else ("vip",)
    assert (story.both(), story.told()) == (("late", "mine", *kept), 0)


def test_who_adds_what_is_there_is_told_when_a_later_act_had_taken_it_off() -> None:
    story = Tagging()
    story.tag(story.ann, "vip")
    story.sync()
    story.tag(story.ann, "vip")
    story.tag(story.bob, remove=("vip",))
    story.world.cycle(story.bob)
    assert (story.both(), story.told()) == ((), 1)
    [card] = story.ann.replica.read(conflicts)
    assert (card.met[0].mine_turn, card.met[0].theirs_turn) == (Turn(("vip",)), Turn((), ("vip",)))


def test_who_adds_what_is_there_later_than_it_was_taken_off_keeps_it_there() -> None:
    story = Tagging()
    story.tag(story.ann, "vip")
    story.sync()
    story.tag(story.bob, remove=("vip",))
    story.tag(story.ann, "vip")
    story.world.cycle(story.bob)
    assert (story.both(), len(story.bob.replica.read(conflicts))) == (("vip",), 1)


def test_a_merge_joins_tags_that_others_set_meanwhile() -> None:
    story = Tagging()
    loser = story.new_contact("Ada too")
    story.do(story.ann, EditContact(contact_id=loser, patch={"tags": ["theirs"]}))
    story.tag(story.ann, "ours")
    story.sync()
    story.do(story.ann, MergeContacts(winner_id=story.contact, loser_id=loser))
    story.tag(story.bob, "meanwhile")
    assert story.both() == ("meanwhile", "ours", "theirs")
