"""Sets are joined word by word: only a word that one added and another removed is a conflict, and it can be kept for both."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.conflicts.commands import SettleConflict
from app.domain.conflicts.queries import conflicts
from app.domain.contacts.commands import CreateContact, EditContact
from app.domain.contacts.merging import MergeContacts
from app.domain.contacts.queries import contact, contacts
from app.domain.contacts.records import Contact
from app.domain.roles.commands import SetRoleRights
from app.domain.roles.rules import preset_id
from app.domain.search.tagged import tags_in_use
from app.kernel import set_fields
from app.kernel.errors import BadValue, ChangedSince, FieldNotAllowed, PatchbayError
from app.kernel.ids import new_id
from app.kernel.set_words import LONGEST_WORD, MOST_WORDS, Turn
from app.kernel.undo import ChangedSinceDone, Undo
from app.protocol.envelopes import Outcome
from tests.domain.conflicts.test_conflicts import clash, late, version_of
from tests.domain.conftest import House


def turn(add: tuple[str, ...] = (), remove: tuple[str, ...] = ()) -> dict[str, Any]:
    return {"tags": {"add": list(add), "remove": list(remove)}}


def tag(house: House, contact_id: UUID, *add: str, remove: tuple[str, ...] = (), by: str = "agent") -> UUID:
    command_id = new_id()
    house.do(EditContact(contact_id=contact_id, patch=turn(add, remove)), by, command_id=command_id)
    return command_id


def tags_of(house: House, contact_id: UUID) -> tuple[str, ...]:
    return house.ask(lambda reader: contact(reader, contact_id)).tags


def from_home(house: House, contact_id: UUID, patch: dict[str, Any], *, seen: int, at_us: int, by: str = "agent") -> Outcome:
    command = EditContact(contact_id=contact_id, patch=patch)
    return late(house, command, by, record_id=contact_id, seen=seen, at_us=at_us)


def test_what_both_added_is_kept_and_what_both_removed_is_gone(house: House) -> None:
    contact_id = house.contact(tags=("lead", "old", "stale"))
    seen, acted_us = version_of(house, contact_id), house.time_us
    tag(house, contact_id, "vip", "alike", remove=("old",), by="supervisor")
    assert from_home(house, contact_id, turn(("beta", "alike"), ("stale", "old")), seen=seen, at_us=acted_us).lost == []
    assert tags_of(house, contact_id) == ("alike", "beta", "lead", "vip")
    for person in ("agent", "supervisor"):
        assert house.ask(conflicts, person) == [], "nobody is asked about what does not clash"


def test_beside_what_met_it_is_told_who_changed_the_set_how(house: House) -> None:
    contact_id = house.contact(tags=("lead", "old"))
    seen, acted_us = version_of(house, contact_id), house.time_us
    house.do(EditContact(contact_id=contact_id, patch={"job_title": "Head", **turn(("vip",))}), "supervisor")
    house.do(EditContact(contact_id=contact_id, patch=turn(("beta",), ("old",))), "other")
    from_home(house, contact_id, {"job_title": "Lead", **turn(("late",))}, seen=seen, at_us=acted_us)
    [card] = house.ask(conflicts)
    told = [(card.names[str(each.by)], tuple(each.before), tuple(each.after)) for each in card.joined if each.field == "tags"]
    assert told == [
        ("Supervisor", ("lead", "old"), ("lead", "old", "vip")), ("Other", ("lead", "old", "vip"), ("beta", "lead", "vip")),
        ("Agent", ("beta", "lead", "vip"), ("beta", "late", "lead", "vip")),
    ]  # fmt: skip


def put_in_and_taken_out(house: House, contact_id: UUID) -> int:
    """A colleague tries a tag and takes it off again; the version before both."""
    seen = version_of(house, contact_id)
    tag(house, contact_id, "vip", "other", by="supervisor")
    tag(house, contact_id, remove=("vip",), by="supervisor")
    return seen


def test_an_earlier_word_gives_way_and_is_told(house: House) -> None:
    contact_id = house.contact(tags=("lead",))
    acted_us = house.time_us + 1
    seen = put_in_and_taken_out(house, contact_id)
    assert from_home(house, contact_id, turn(("vip", "beta"), ("lead",)), seen=seen, at_us=acted_us).lost == ["tags"]
    assert tags_of(house, contact_id) == ("beta", "other"), "only the word that met a later act gives way"
    [card] = house.ask(conflicts)
    [met] = card.met
    assert (met.field, met.mine, met.theirs, met.original) == ("tags", ("beta", "other", "vip"), ["beta", "other"], ["lead"])
    assert (met.mine_turn, met.theirs_turn) == (Turn(("beta", "vip"), ("lead",)), Turn((), ("vip",)))
    assert not card.is_changed_since
    tag(house, contact_id, "unrelated")
    [card] = house.ask(conflicts)
    assert not card.is_changed_since, "other words have nothing to do with it"


def test_a_later_word_wins_and_the_other_is_told(house: House) -> None:
    contact_id = house.contact(tags=("lead",))
    seen = put_in_and_taken_out(house, contact_id)
    assert from_home(house, contact_id, turn(("vip",)), seen=seen, at_us=house.time_us + 5).lost == []
    assert tags_of(house, contact_id) == ("lead", "other", "vip")
    assert house.ask(conflicts) == []
    [card] = house.ask(conflicts, "supervisor")
    assert (card.met[0].mine, card.met[0].theirs) == (("lead", "other"), ["lead", "other", "vip"])


@pytest.mark.parametrize(
    ("choice", "tags"), [("mine", ("late", "new", "other", "vip")), ("theirs", ("late", "new", "other")),
                         ("original", ("late", "new", "other")), ("both", ("late", "new", "other", "vip"))],
)  # fmt: skip
def test_it_is_settled_without_touching_other_words(house: House, choice: Any, tags: tuple[str, ...]) -> None:
    contact_id = house.contact(tags=("lead",))
    acted_us = house.time_us + 1
    seen = put_in_and_taken_out(house, contact_id)
    from_home(house, contact_id, turn(("vip", "new"), ("lead",)), seen=seen, at_us=acted_us)
    tag(house, contact_id, "late", by="supervisor")
    [card] = house.ask(conflicts)
    settled = new_id()
    house.do(SettleConflict(conflict_id=card.id, choice=choice), command_id=settled)
    assert (tags_of(house, contact_id), house.ask(conflicts)) == (tags, [])
    house.do(Undo(command_id=settled))
    assert (tags_of(house, contact_id), len(house.ask(conflicts))) == (("late", "new", "other"), 1)


def test_both_is_for_sets_alone(house: House) -> None:
    contact_id = house.contact()
    [card] = clash(house, contact_id, "agent", "supervisor")
    with pytest.raises(BadValue, match="Only sets keep both"):
        house.do(SettleConflict(conflict_id=card.id, choice="both"))
    assert len(house.ask(conflicts)) == 1


def test_what_a_list_says_is_what_the_set_holds_and_the_earlier_list_gives_way(house: House) -> None:
    contact_id = house.contact(tags=("lead", "old"))
    seen, acted_us = version_of(house, contact_id), house.time_us
    house.do(EditContact(contact_id=contact_id, patch={"tags": ["Lead", " VIP "]}), "supervisor")
    assert tags_of(house, contact_id) == ("lead", "vip")
    from_home(house, contact_id, {"tags": ["mine"]}, seen=seen, at_us=acted_us)
    assert tags_of(house, contact_id) == ("mine", "vip"), "a later act put that word in: it stays"
    [card] = house.ask(conflicts)
    assert card.met[0].mine == ("mine",)


def test_undo_takes_out_what_the_act_put_in_and_leaves_the_rest(house: House) -> None:
    contact_id = house.contact(tags=("lead",))
    done = tag(house, contact_id, "vip", "lead", remove=("none",))
    tag(house, contact_id, "other", by="supervisor")
    undone = new_id()
    house.do(Undo(command_id=done), command_id=undone)
    assert tags_of(house, contact_id) == ("lead", "other"), "what stood there before stays"
    house.do(Undo(command_id=undone))
    assert tags_of(house, contact_id) == ("lead", "other", "vip")
    tag(house, contact_id, remove=("vip",), by="supervisor")
    with pytest.raises(ChangedSinceDone, match="tags was changed since"):
        house.do(Undo(command_id=done))


def test_an_undo_from_home_stands_beside_other_words_and_not_over_the_same(house: House) -> None:
    contact_id, other_id = house.contact(), house.contact()
    for one in (contact_id, other_id):
        done = tag(house, one, "vip")
        seen, acted_us = version_of(house, one), house.time_us + 1
        tag(house, one, "beside", by="supervisor")
        if one == other_id:
            tag(house, one, remove=("vip",), by="supervisor")
            tag(house, one, "vip", by="supervisor")
            with pytest.raises(ChangedSince):
                late_undo(house, one, done, seen, acted_us)
            assert tags_of(house, one) == ("beside", "vip")
        else:
            late_undo(house, one, done, seen, acted_us)
            assert tags_of(house, one) == ("beside",)


def late_undo(house: House, contact_id: UUID, done: UUID, seen: int, acted_us: int) -> None:
    outcome = late(house, Undo(command_id=done), "agent", record_id=contact_id, seen=seen, at_us=acted_us)
    if outcome.error == "changed_since":
        raise ChangedSince(field="tags", id=contact_id.hex)
    assert outcome.error in (None, ""), outcome


def test_merging_joins_the_tags_and_undo_gives_both_back(house: House) -> None:
    kept, other = house.contact(tags=("a", "b")), house.contact(tags=("b", "c"))
    merged = new_id()
    house.do(MergeContacts(contact_id=kept, other_id=other), "supervisor", command_id=merged)
    assert tags_of(house, kept) == ("a", "b", "c")
    tag(house, kept, "later")
    house.do(Undo(command_id=merged), "supervisor")
    assert (tags_of(house, kept), tags_of(house, other)) == (("a", "b", "later"), ("b", "c"))
    with pytest.raises(BadValue, match="tags"):
        house.do(MergeContacts(contact_id=kept, other_id=other, take=("tags",)), "supervisor")


def test_a_merge_from_home_overtakes_an_earlier_removal_of_the_same_word(house: House) -> None:
    kept, other = house.contact(tags=("a",)), house.contact(tags=("b", "c"))
    seen = version_of(house, kept)
    tag(house, kept, "b", by="administrator")
    tag(house, kept, remove=("b",), by="administrator")
    command = MergeContacts(contact_id=kept, other_id=other)
    late(house, command, "supervisor", record_id=kept, seen=seen, at_us=house.time_us + 5)
    assert tags_of(house, kept) == ("a", "b", "c")
    [card] = house.ask(conflicts, "administrator")
    assert card.met[0].mine == ("a", "c")
    house.do(SettleConflict(conflict_id=card.id, choice="mine"), "administrator")
    assert tags_of(house, kept) == ("a", "c")


@pytest.mark.parametrize(
    ("patch", "said"),
    [
        ({"tags": "vip"}, "A list of words"), ({"tags": {"put": ["vip"]}}, "A list of words"), ({"tags": [1]}, "A list of words"),
        ({"tags": None}, "can't be empty"), (turn(("x" * (LONGEST_WORD + 1),)), f"At most {LONGEST_WORD} characters"),
        (turn((" \t ",)), "Write a word"), (turn(("a,b",)), "a,b"), (turn(("Vip",), ("vIP",)), "vip"),
        ({"tags": [f"t{number}" for number in range(MOST_WORDS + 1)]}, f"At most {MOST_WORDS}"),
    ],
)  # fmt: skip
def test_what_is_no_tag_is_refused_in_words(house: House, patch: dict[str, Any], said: str) -> None:
    contact_id = house.contact(tags=("lead",))
    with pytest.raises(BadValue, match=said) as refused:
        house.do(EditContact(contact_id=contact_id, patch=patch))
    assert refused.value.values["field"] == "tags"
    assert tags_of(house, contact_id) == ("lead",)


def test_a_full_set_takes_no_more_and_gives_back(house: House) -> None:
    full = [f"t{number}" for number in range(MOST_WORDS)]
    contact_id = house.contact(tags=tuple(full))
    with pytest.raises(BadValue, match="remove some first"):
        tag(house, contact_id, "one more")
    tag(house, contact_id, remove=("t0",))
    tag(house, contact_id, "one more")
    assert len(tags_of(house, contact_id)) == MOST_WORDS


def test_a_word_is_one_whatever_its_case_and_blanks(house: House) -> None:
    contact_id = new_id()
    house.do(CreateContact(contact_id=contact_id, name="A", tags=("VIP", " vip ", "Key  Account", "E\u0301te\u0301")))
    assert tags_of(house, contact_id) == ("key account", "vip", "\u00e9t\u00e9")
    audits = len(house.audits(contact_id))
    tag(house, contact_id, "ViP", remove=("nobody has it",))
    assert len(house.audits(contact_id)) == audits, "nothing changed, nothing is told"


def test_guarded_and_hidden_sets_are_as_other_fields(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    contact_id = house.contact(tags=("lead",))
    acted_us, seen = house.time_us + 50, put_in_and_taken_out(house, contact_id)
    monkeypatch.setattr(Contact, "__guarded__", frozenset({"tags"}))
    assert from_home(house, contact_id, turn(("vip",)), seen=seen, at_us=acted_us).error == "changed_since"
    assert not from_home(house, contact_id, turn(("beside",)), seen=seen, at_us=acted_us).error, "other words do not meet"
    role = preset_id(house.tenant_id, "agent")
    rights = {"contact:*": "all", "conversation:*": "all"}
    house.do(SetRoleRights(role_id=role, rights=rights, fields={"contact.tags": "hidden"}), "administrator")
    assert house.ask(lambda reader: contact(reader, contact_id)).tags == ()
    assert house.ask(lambda reader: contacts(reader, tag="lead")).rows == []
    assert house.ask(tags_in_use) == []
    assert [each.tag for each in house.ask(tags_in_use, "administrator")] == ["beside", "lead", "other"]
    with pytest.raises(FieldNotAllowed):
        tag(house, contact_id, "mine")
    with pytest.raises(PatchbayError):
        house.do(CreateContact(contact_id=new_id(), name="B", tags=("mine",)))


@pytest.mark.parametrize("most", [1, 2, 100], ids=["many", "just many", "few"])
def test_few_and_many_with_a_tag_are_listed_alike(house: House, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    for name, tags in (("Cleo", ("vip",)), ("Ann", ("vip", "late")), ("Ben", ()), ("Dan", ("vips",))):
        house.contact(name, tags=tags)
    monkeypatch.setattr(set_fields, "MOST_NAMED", most)

    def named(**asked: Any) -> list[str]:
        return [row.name for row in house.ask(lambda reader: contacts(reader, **asked)).rows]

    assert named(tag="VIP") == ["Ann", "Cleo"]
    assert named(tag="vip", descending=True) == ["Cleo", "Ann"]
    assert named(tag="vip", search="leo") == ["Cleo"]
    first = house.ask(lambda reader: contacts(reader, tag="vip", limit=1))
    assert [row.name for row in first.rows] == ["Ann"]
    assert named(tag="vip", after=first.next) == ["Cleo"]
    assert named(tag="nobody") == []


def test_tags_are_plain_text_in_order_in_the_database_and_in_the_audit(house: House) -> None:
    contact_id = house.contact()
    tag(house, contact_id, "z", "a")
    with Session(house.engine) as session:
        stored = session.connection().exec_driver_sql("SELECT tags FROM contact WHERE tags <> '[]'").scalar_one()
        assert session.scalars(select(Contact.tags).where(Contact.id == contact_id)).one() == ("a", "z")
    assert stored == '["a","z"]'
    assert house.audits(contact_id)[-1].fields["tags"] == [[], ["a", "z"]]
