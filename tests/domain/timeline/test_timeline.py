"""The timeline: everything with a person, newest first, whatever noun it came from."""

from app.domain.calls.commands import LogCall
from app.domain.notes.commands import AddNote
from app.domain.tasks.commands import CreateTask
from app.domain.timeline.queries import timeline, timeline_counts
from app.kernel.columns import moment_from_us
from app.kernel.ids import new_id
from tests.domain.conftest import House
from tests.domain.messages.test_messages import receive


def test_all_nouns_stand_in_one_order_and_can_be_filtered(house: House) -> None:
    contact_id = house.contact()
    receive(house, contact_id=contact_id, sent_at=moment_from_us(house.time_us))
    house.do(AddNote(note_id=new_id(), text="Noted", contact_id=contact_id))
    house.do(CreateTask(task_id=new_id(), title="To do", contact_id=contact_id))
    house.do(
        LogCall(
            sip_call_id="t@x", direction="in", number="+39065550142", state="ended", outcome="missed", contact_id=contact_id,
            started_at=moment_from_us(house.time_us + 5_000_000),
        )
    )  # fmt: skip
    entries = house.ask(lambda reader: timeline(reader, contact_id))
    assert [entry.kind for entry in entries] == ["call", "task", "note", "message"]
    assert [entry.kind for entry in house.ask(lambda reader: timeline(reader, contact_id, kinds=frozenset({"note"})))] == ["note"]
    older = house.ask(lambda reader: timeline(reader, contact_id, before=entries[1].at))
    assert [entry.kind for entry in older] == ["note", "message"]
    assert len(house.ask(lambda reader: timeline(reader, contact_id, limit=2))) == 2
    house.do(AddNote(note_id=new_id(), text="Noted again", contact_id=contact_id))
    assert house.ask(lambda reader: timeline_counts(reader, contact_id)) == {"message": 1, "call": 1, "note": 2, "task": 1}


def test_somebody_new_has_an_empty_timeline(house: House) -> None:
    contact_id = house.contact()
    assert house.ask(lambda reader: timeline(reader, contact_id)) == []
    assert set(house.ask(lambda reader: timeline_counts(reader, contact_id)).values()) == {0}
