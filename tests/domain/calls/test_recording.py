"""Recording a call: by the setting that was in force when it began, by whoever may, and for so long."""

from datetime import timedelta
from uuid import UUID

import pytest

from app.domain.attachments.commands import AttachFile, SentFile
from app.domain.attachments.records import Attachment
from app.domain.calls.commands import LogCall
from app.domain.calls.queries import call, hashes_to_keep, is_recording, may_hear, recordings
from app.domain.calls.recorded import NotRecorded
from app.domain.calls.recording import DELETED, HEARD, KEPT, DeleteRecordings, HearRecording, KeepRecording
from app.domain.calls.rules import call_id_of
from app.domain.contacts.erasing import EraseContact
from app.domain.messages.commands import Reply
from app.domain.roles.commands import CreateRole, GrantRole
from app.domain.shares.commands import ShareRecord
from app.domain.tenants.commands import SetRecording
from app.domain.tenants.queries import workspace
from app.kernel.columns import moment_from_us
from app.kernel.erasing import ErasedPerson
from app.kernel.errors import BadValue, NotAllowed, NotHere
from app.kernel.ids import new_id
from tests.domain.conftest import BEGIN_US, House

AT = moment_from_us(BEGIN_US)
FILE = SentFile(name="x", media_type="a/b", size_bytes=9, sha256="b" * 64)


def set_rules(house: House, **more: object) -> None:
    rules = {"incoming": "on_demand", "outgoing": "always", "keep_days": 30, **more}
    house.do(SetRecording(**rules), "administrator")  # type: ignore[arg-type]  # as the command says


def log_call(house: House, sip: str = "a@b", direction: str = "out", **more: object) -> UUID:
    house.do(
        LogCall(sip_call_id=sip, direction=direction, number="+4930123456", state="active", started_at=AT, **more)  # type: ignore[arg-type]
    )
    return call_id_of(house.tenant_id, sip)


def keep(call_id: UUID, **more: object) -> KeepRecording:
    said = {"recording_id": new_id(), "files": (FILE,), "began_at": AT, "seconds": 12.5, "gaps": ((3.0, 2.0),), **more}
    return KeepRecording(call_id=call_id, **said)  # type: ignore[arg-type]


def without_right(house: House, *rights: str) -> str:
    """An agent who may log calls and see them, and has these rights beside."""
    role_id, level = new_id(), "own"
    given = {"call:read": "all", "call:log": "all", "conversation:read": "all", "attachment:read": "all"}
    given |= dict.fromkeys(rights, level)
    house.do(
        CreateRole(role_id=role_id, key=f"trainee-{role_id.hex[:6]}", name=f"Trainee {role_id}", rights=given, fields={}),
        "system",
    )
    house.do(GrantRole(role_id=role_id, user_id=house.people["other"]), "system")
    return "other"


def test_a_change_of_the_setting_in_the_middle_of_a_call_counts_for_the_next(house: House) -> None:
    set_rules(house)
    call_id = log_call(house)
    set_rules(house, outgoing="never", keep_days=5)
    log_call(house)  # said again with more
    held = house.ask(lambda reader: call(reader, call_id)).recording
    assert (held.policy, held.keep_days) == ("always", 30)
    later_id = log_call(house, "c@d")
    later = house.ask(lambda reader: call(reader, later_id)).recording
    assert (later.policy, later.keep_days) == ("never", 0)


def test_before_anybody_chose_calls_are_recorded_on_demand(house: House) -> None:
    rules = house.ask(workspace).recording
    assert (rules.incoming, rules.outgoing, rules.keep_days) == ("on_demand", "on_demand", 90)
    call_id = log_call(house)
    assert house.ask(lambda reader: call(reader, call_id)).recording.policy == "on_demand"


def test_a_console_that_was_away_says_how_it_recorded(house: House) -> None:
    set_rules(house, outgoing="never")
    call_id = log_call(house, recording="always")
    house.do(keep(call_id))
    assert house.ask(lambda reader: call(reader, call_id)).recording.seconds == 12.5
    with pytest.raises(BadValue):
        log_call(house, "e@f", recording="sometimes")


@pytest.mark.parametrize(
    "wrong", [{"incoming": "now"}, {"outgoing": ""}, {"keep_days": 0}, {"keep_days": 4000}, {"announcement": "x" * 301}]
)
def test_a_setting_that_cannot_be_is_refused(house: House, wrong: dict[str, object]) -> None:
    with pytest.raises(BadValue) as refused:
        set_rules(house, **wrong)
    assert refused.value.values["field"] in wrong
    with pytest.raises(NotAllowed):
        house.do(SetRecording(incoming="always", outgoing="always", keep_days=9), "agent")


def test_a_recording_belongs_to_its_call_and_ends_on_its_day(house: House) -> None:
    set_rules(house)
    call_id = log_call(house)
    house.do(keep(call_id))
    house.do(keep(call_id, began_at=AT + timedelta(minutes=1), seconds=2.0, gaps=()))
    first, second = house.ask(lambda reader: recordings(reader, call_id))
    assert (first.seconds, first.gaps, first.size_bytes, first.sha256) == (12.5, ((3.0, 2.0),), 9, FILE.sha256)
    assert second.seconds == 2.0
    assert house.ask(lambda reader: is_recording(reader, reader.get(Attachment, first.id)))
    due = {effect.run_at for effect in house.effects() if effect.name == KEPT}
    assert due == {AT + timedelta(days=30)}


@pytest.mark.parametrize(
    "wrong",
    [
        {"files": ()},
        {"files": (FILE, FILE)},
        {"seconds": -1.0},
        {"gaps": ((-1.0, 1.0),)},
        {"gaps": tuple((1.0, 1.0) for _ in range(1001))},
    ],
)
def test_what_is_no_recording_is_refused(house: House, wrong: dict[str, object]) -> None:
    call_id = log_call(house)
    with pytest.raises(BadValue):
        house.do(keep(call_id, **wrong))
    assert house.ask(lambda reader: recordings(reader, call_id)) == []


def test_a_call_that_may_not_be_recorded_gets_no_recording(house: House) -> None:
    set_rules(house, outgoing="never")
    call_id = log_call(house)
    with pytest.raises(NotRecorded):
        house.do(keep(call_id))


def test_on_demand_asks_for_the_right_and_always_does_not(house: House) -> None:
    set_rules(house)
    trainee = without_right(house)
    demanded, always = (log_call(house, direction, direction) for direction in ("in", "out"))
    house.do(keep(always), trainee)
    house.do(keep(demanded), "agent")
    with pytest.raises(NotAllowed) as refused:
        house.do(keep(demanded), trainee)
    assert refused.value.values["permission"] == "call:record"


def test_who_may_listen_is_asked_of_each_call(house: House) -> None:
    call_id = log_call(house)
    house.do(keep(call_id))
    house.do(HearRecording(call_id=call_id))
    house.do(HearRecording(call_id=call_id), "supervisor")
    trainee = without_right(house, "call:listen")
    with pytest.raises(NotAllowed):
        house.do(HearRecording(call_id=call_id), trainee)
    with pytest.raises(NotAllowed):
        house.ask(lambda reader: recordings(reader, call_id), trainee)
    assert not house.ask(lambda reader: may_hear(reader, call_id), trainee)
    assert [effect.payload["call_id"] for effect in house.effects() if effect.name == HEARD] == [str(call_id)] * 2


def test_nothing_of_a_deleted_recording_is_left_but_that_there_was_one(house: House) -> None:
    call_id = log_call(house)
    house.do(keep(call_id))
    with pytest.raises(NotAllowed):
        house.do(DeleteRecordings(call_id=call_id), "supervisor")
    for _ in range(2):
        house.do(DeleteRecordings(call_id=call_id), "administrator")
    held = house.ask(lambda reader: call(reader, call_id)).recording
    assert (held.parts, held.policy, held.deleted_us is not None) == ((), "on_demand", True)
    assert house.ask(lambda reader: recordings(reader, call_id)) == []
    first, second = [effect.payload["hashes"] for effect in house.effects() if effect.name == DELETED]
    assert (first, second) == ([FILE.sha256], [])
    told = [audit.verb for audit in house.audits(call_id) if audit.operation != "refused"]
    assert told == ["call.log", "call.keep_recording", "call.delete_recordings"]


def test_a_recording_goes_with_the_person_and_none_comes_after(house: House) -> None:
    contact_id = house.contact()
    call_id = log_call(house, contact_id=contact_id)
    house.do(keep(call_id))
    [file] = house.ask(lambda reader: recordings(reader, call_id))
    house.do(EraseContact(contact_id=contact_id), "administrator")
    row = house.ask(lambda reader: reader.buried(Attachment, file.id), "administrator")
    assert row is not None
    assert (row.sha256, row.name) == ("", "")
    assert house.ask(lambda reader: call(reader, call_id)).recording.parts == ()
    with pytest.raises(ErasedPerson):
        house.do(keep(call_id))


def test_a_call_that_nobody_knows_has_no_recording(house: House) -> None:
    with pytest.raises(NotHere):
        house.do(keep(new_id()))


def test_a_device_keeps_the_bytes_of_what_its_person_may_listen_to(house: House) -> None:
    set_rules(house)
    mine, theirs = log_call(house), log_call(house, "c@d")
    for call_id, letter in ((mine, "c"), (theirs, "d")):
        house.do(keep(call_id, files=(SentFile(name="x", media_type="a/b", size_bytes=9, sha256=letter * 64),)))
    file = AttachFile(
        attachment_id=new_id(), message_id=new_id(), name="x", media_type="a/b", size_bytes=9, sha256="e" * 64
    )  # fmt: skip
    talk = house.ask(lambda reader: call(reader, mine)).conversation_id
    house.do(Reply(conversation_id=talk, message_id=file.message_id, text="x"))
    house.do(file)
    assert house.ask(hashes_to_keep, "administrator") == {letter * 64 for letter in "cde"}
    listener = without_right(house)
    assert house.ask(hashes_to_keep, listener) == {"e" * 64}, "a recording leaves with the right, a message's file stays"
    house.do(ShareRecord(record_kind="call", record_id=mine, user_id=house.people[listener], may_edit=True), "administrator")
    assert house.ask(hashes_to_keep, without_right(house, "call:listen")) == {"c" * 64, "e" * 64}
