"""Two records of one person: found, refused on creation where that is wanted, merged whole, and parted again."""

from uuid import UUID

import pytest

from app.domain.calls.commands import LinkCall
from app.domain.calls.queries import call
from app.domain.contacts.commands import CreateContact, DeleteContact, DuplicateContact
from app.domain.contacts.erasing import EraseContact
from app.domain.contacts.matching import who_calls
from app.domain.contacts.merging import MergeContacts
from app.domain.contacts.queries import alike, contact
from app.domain.contacts.records import Contact
from app.domain.conversations.commands import AssignConversation, LinkContact, StartConversation
from app.domain.conversations.queries import conversation
from app.domain.notes.commands import AddNote
from app.domain.notes.queries import note
from app.domain.roles.commands import CreateRole, GrantRole, RevokeRole
from app.domain.roles.rules import preset_id
from app.domain.tasks.commands import CreateTask
from app.domain.tasks.queries import tasks
from app.kernel.errors import BadValue, NotHere
from app.kernel.ids import new_id
from app.kernel.restore import Restore
from app.kernel.undo import Undo, UndoOutOfSight
from tests.domain.calls.test_calls import log
from tests.domain.conftest import House
from tests.domain.messages.test_messages import receive

PHONE, OTHER, MAIL = "+44 20 7946 0018", "+44 20 7946 0019", "luca@example.com"


def known(house: House, contact_id: UUID) -> list[str]:
    return sorted(each.value for each in house.ask(lambda reader: contact(reader, contact_id)).identities)


def test_a_number_that_somebody_has_refuses_a_new_person_only_where_that_is_wanted(house: House) -> None:
    first = house.contact("Luca Bianchi", phones=(PHONE,), emails=(MAIL,), country="GB")
    for more in ({"phones": ("020 7946 0018",)}, {"emails": ("LUCA@example.com",)}):
        with pytest.raises(DuplicateContact) as refused:
            house.do(CreateContact(contact_id=new_id(), name="L. Bianchi", country="GB", only_if_new=True, **more))  # type: ignore[arg-type]
        assert (refused.value.values["id"], refused.value.values["name"]) == (first.hex, "Luca Bianchi")
    house.contact("L. Bianchi", phones=(PHONE,), country="GB")
    house.contact("New", phones=("+44 20 7946 0020",), only_if_new=True)
    house.do(DeleteContact(contact_id=first))
    house.contact("Luca again", emails=(MAIL,), only_if_new=True)


def test_whom_one_may_not_see_one_does_not_hear_of(house: House) -> None:
    house.do(CreateContact(contact_id=new_id(), name="Theirs", phones=(PHONE,), team_id=house.teams["sales"]), "other")
    house.contact("Mine", phones=(PHONE,), only_if_new=True)


def test_who_may_be_the_same_is_found_by_numbers_and_by_name(house: House) -> None:
    one = house.contact("Luca Bianchi", phones=(PHONE,))
    same_number, same_name = house.contact("L. Bianchi", phones=(PHONE,)), house.contact("Luca Bianchi")
    house.contact("Somebody else", phones=(OTHER,))
    found = house.ask(lambda reader: alike(reader, one))
    assert [(each.contact.id, each.shared) for each in found] == [(same_number, ["+44 20 7946 0018"]), (same_name, [])]
    with pytest.raises(NotHere):
        house.ask(lambda reader: alike(reader, new_id()))


def test_all_that_stood_on_either_stands_on_the_one_that_stays_and_undo_gives_both_back(house: House) -> None:
    kept = house.contact("Luca Bianchi", phones=(PHONE,), job_title="Buyer")
    other = house.contact("L. Bianchi", phones=(PHONE, OTHER), emails=(MAIL,), job_title="Head of Buying")
    talk, note_id, task_id = receive(house), new_id(), new_id()
    house.do(LinkContact(conversation_id=talk, contact_id=other))
    house.do(AddNote(note_id=note_id, text="Met at the fair", contact_id=other))
    house.do(CreateTask(task_id=task_id, title="Call back", contact_id=other))
    call_id = log(house, "ended", contact_id=other).id
    before = [house.ask(lambda reader, each=each: contact(reader, each)) for each in (kept, other)]  # type: ignore[misc]
    done = new_id()
    house.do(MergeContacts(contact_id=kept, other_id=other, take=("job_title",)), "supervisor", command_id=done)
    card = house.ask(lambda reader: contact(reader, kept))
    assert (card.name, card.job_title, known(house, kept)) == (
        "Luca Bianchi",
        "Head of Buying",
        ["+442079460018", "+442079460019", MAIL],
    )
    with pytest.raises(NotHere):
        house.ask(lambda reader: contact(reader, other))
    assert house.ask(lambda reader: conversation(reader, talk)).contact_id == kept
    assert house.ask(lambda reader: note(reader, note_id)).contact_id == kept
    assert house.ask(lambda reader: call(reader, call_id)).contact_id == kept
    assert [each.id for each in house.ask(lambda reader: tasks(reader, contact_id=kept))] == [task_id]
    assert [each.name for each in house.ask(lambda reader: who_calls(reader, OTHER, "GB")).matches] == ["Luca Bianchi"]
    house.do(Undo(command_id=done), "supervisor")
    after = [house.ask(lambda reader, each=each: contact(reader, each)) for each in (kept, other)]  # type: ignore[misc]
    for was, now in zip(before, after, strict=True):
        assert {**as_told(was), "version": 0} == {**as_told(now), "version": 0}
    assert house.ask(lambda reader: conversation(reader, talk)).contact_id == other
    assert house.ask(lambda reader: note(reader, note_id)).contact_id == other
    assert house.ask(lambda reader: call(reader, call_id)).contact_id == other


def test_what_a_merge_moved_unseen_goes_back_with_it_but_not_by_others_who_do_not_see_it(house: House) -> None:
    kept, other = [house.contact(name, team_id=house.teams["care"]) for name in ("Luca Bianchi", "L. Bianchi")]
    talk, done, again = receive(house), new_id(), new_id()
    house.do(LinkContact(conversation_id=talk, contact_id=other))
    house.do(AssignConversation(conversation_id=talk, assignee_id=None, team_id=house.teams["sales"]), "supervisor")
    with pytest.raises(NotHere):
        house.ask(lambda reader: conversation(reader, talk))

    def whose() -> UUID | None:
        return house.ask(lambda reader: conversation(reader, talk), "supervisor").contact_id

    house.do(MergeContacts(contact_id=kept, other_id=other), command_id=done)
    assert whose() == kept
    house.do(Undo(command_id=done))
    assert whose() == other, "what one's own act moved unseen, one's own undo puts back"

    house.do(MergeContacts(contact_id=kept, other_id=other), "supervisor", command_id=again)
    role = new_id()
    house.do(CreateRole(role_id=role, key="fix", name="Fix", rights={"undo:force": "all"}), "administrator")
    house.do(GrantRole(role_id=role, user_id=house.people["agent"]), "administrator")
    with pytest.raises(UndoOutOfSight) as refused:
        house.do(Undo(command_id=again))
    assert refused.value.values == {}, "not even which record it is"
    assert whose() == kept, "all or nothing"
    house.do(Undo(command_id=again), "administrator")
    assert whose() == other


def as_told(card: object) -> dict[str, object]:
    return {name: getattr(card, name) for name in card.__struct_fields__}  # type: ignore[attr-defined]


def test_what_cannot_be_merged_is_refused_and_changes_nothing(house: House) -> None:
    one, two = house.contact("One"), house.contact("Two")
    with pytest.raises(BadValue):
        house.do(MergeContacts(contact_id=one, other_id=one), "supervisor")
    with pytest.raises(BadValue):
        house.do(MergeContacts(contact_id=one, other_id=two, take=("owner_id",)), "supervisor")
    with pytest.raises(NotHere):
        house.do(MergeContacts(contact_id=one, other_id=new_id()), "supervisor")
    assert house.ask(lambda reader: reader.get(Contact, two)).merged_into is None


def test_what_a_laptop_says_of_one_who_was_merged_meanwhile_is_said_of_the_one_who_stays(house: House) -> None:
    kept, between, gone = house.contact("Kept"), house.contact("Between"), house.contact("Gone")
    house.do(MergeContacts(contact_id=between, other_id=gone))
    house.do(MergeContacts(contact_id=kept, other_id=between))
    talk, task_id = new_id(), new_id()
    house.do(StartConversation(conversation_id=talk, channel="email", address="g@x.example", contact_id=gone))
    house.do(CreateTask(task_id=task_id, title="Call back", contact_id=gone))
    done = log(house, "ended", contact_id=gone)
    assert house.ask(lambda reader: conversation(reader, talk)).contact_id == kept
    assert [each.id for each in house.ask(lambda reader: tasks(reader, contact_id=kept))] == [task_id]
    assert done.contact_id == kept
    house.do(LinkCall(call_id=done.id, contact_id=between))
    assert house.ask(lambda reader: call(reader, done.id)).contact_id == kept


def test_one_who_was_merged_and_is_restored_stands_for_themselves(house: House) -> None:
    kept, other = house.contact("Kept"), house.contact("Other", phones=(OTHER,))
    house.do(MergeContacts(contact_id=kept, other_id=other))
    house.do(Restore(kind="contact", record_id=other))
    assert house.ask(lambda reader: reader.get(Contact, other)).merged_into is None
    house.do(EraseContact(contact_id=other), "administrator")
    assert house.ask(lambda reader: contact(reader, kept)).name == "Kept", "erasing one is no longer erasing both"


def test_whose_name_is_hidden_is_not_like_everybody(house: House) -> None:
    role_id, one = new_id(), house.contact("Luca Bianchi", phones=(PHONE,))
    same_number, _ = house.contact("L. Bianchi", phones=(PHONE,)), house.contact("Somebody else")
    rights = {"contact:read": "all", "identity:read": "all"}
    fields = {"contact.name": "hidden"}
    house.do(CreateRole(role_id=role_id, key="blind", name="Blind", rights=rights, fields=fields), "system")
    house.do(GrantRole(role_id=role_id, user_id=house.people["other"]), "system")
    house.do(RevokeRole(role_id=preset_id(house.tenant_id, "agent"), user_id=house.people["other"]), "system")
    assert [each.contact.id for each in house.ask(lambda reader: alike(reader, one), "other")] == [same_number]
