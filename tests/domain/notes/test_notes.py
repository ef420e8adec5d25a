"""Notes hang on something and are seen by whoever sees that."""

import pytest

from app.domain.contacts.commands import AssignContact
from app.domain.notes.commands import AddNote, DeleteNote, EditNote, PinNote
from app.domain.notes.queries import notes
from app.kernel.errors import BadValue, NotHere
from app.kernel.ids import new_id
from tests.domain.conftest import House


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
