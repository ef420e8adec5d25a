"""Notes hang on something and are seen by whoever sees that."""

import pytest

from app.domain.contacts.commands import AssignContact
from app.domain.conversations.commands import AssignConversation, StartConversation
from app.domain.notes.commands import AddNote, DeleteNote, EditNote, PinNote
from app.domain.notes.queries import notes
from app.domain.roles.commands import GrantRole, RevokeRole, SetRoleRights
from app.domain.roles.rules import PRESETS, preset_id
from app.kernel.errors import BadValue, NotHere
from app.kernel.ids import new_id
from app.kernel.restore import Restore
from app.kernel.undo import Undo
from tests.domain.conftest import House

AGENT = next(dict(preset.rights) for preset in PRESETS if preset.key == "agent")
WITHOUT_NOTES = {right: level for right, level in AGENT.items() if right != "note:assign"}


def test_a_note_needs_something_to_hang_on_and_some_words(house: House) -> None:
    with pytest.raises(BadValue):
        house.do(AddNote(note_id=new_id(), text="Loose"))
    contact_id = house.contact()
    with pytest.raises(BadValue) as refused:
        house.do(AddNote(note_id=new_id(), text="  ", contact_id=contact_id))
    assert refused.value.values["field"] == "text"


def test_notes_are_written_changed_pinned_and_deleted(house: House) -> None:
    contact_id, note_id = house.contact(), new_id()
    house.do(AddNote(note_id=note_id, text="First", contact_id=contact_id))
    house.do(EditNote(note_id=note_id, text="Second"))
    house.do(PinNote(note_id=note_id, is_pinned=True))
    [note] = house.ask(lambda reader: notes(reader, contact_id=contact_id))
    assert (note.text, note.is_pinned, note.author_name) == ("Second", True, "Agent")
    house.do(DeleteNote(note_id=note_id))
    assert house.ask(lambda reader: notes(reader, contact_id=contact_id)) == []


def test_a_note_on_a_teams_person_is_the_teams(house: House) -> None:
    contact_id, note_id = house.contact(), new_id()
    house.do(AssignContact(contact_id=contact_id, owner_id=house.people["agent"], team_id=house.teams["care"]))
    house.do(AddNote(note_id=note_id, text="Ours", contact_id=contact_id))
    assert len(house.ask(lambda reader: notes(reader, contact_id=contact_id), "supervisor")) == 1
    assert house.ask(lambda reader: notes(reader, contact_id=contact_id), "other") == []
    with pytest.raises(NotHere):
        house.do(EditNote(note_id=note_id, text="Theirs"), "other")


def test_a_note_goes_along_when_what_it_is_about_goes_to_another_team(house: House) -> None:
    house.do(SetRoleRights(role_id=preset_id(house.tenant_id, "agent"), rights=WITHOUT_NOTES), "system")  # which nobody assigns
    mate = {"user_id": house.people["supervisor"]}
    house.do(GrantRole(role_id=preset_id(house.tenant_id, "agent"), **mate), "system")
    house.do(RevokeRole(role_id=preset_id(house.tenant_id, "supervisor"), **mate), "system")
    contact_id, talk, moved = house.contact(team_id=house.teams["care"]), new_id(), new_id()
    house.do(
        StartConversation(conversation_id=talk, channel="email", address="a@x.example", contact_id=contact_id,
                          team_id=house.teams["care"])
    )  # fmt: skip
    on_person, on_talk, deleted = new_id(), new_id(), new_id()
    house.do(AddNote(note_id=on_person, text="On the person", contact_id=contact_id))
    house.do(AddNote(note_id=on_talk, text="On the talk", conversation_id=talk))
    house.do(AddNote(note_id=deleted, text="Withdrawn", contact_id=contact_id))
    house.do(DeleteNote(note_id=deleted))

    def told(by: str) -> set[str]:
        return {each.text for each in house.ask(lambda reader: notes(reader, contact_id=contact_id), by)}

    house.do(AssignContact(contact_id=contact_id, owner_id=house.people["other"], team_id=house.teams["sales"]), "agent", moved)
    assert (told("supervisor"), told("other")) == ({"On the talk"}, {"On the person"}), "the author's own stay theirs"
    with pytest.raises(NotHere):
        house.do(Restore(kind="note", record_id=deleted), "supervisor")
    house.do(AssignConversation(conversation_id=talk, assignee_id=house.people["other"], team_id=house.teams["sales"]))
    assert (told("supervisor"), told("other")) == (set(), {"On the person", "On the talk"})
    house.do(Undo(command_id=moved), "agent")
    assert (told("supervisor"), told("other")) == ({"On the person"}, {"On the talk"})
