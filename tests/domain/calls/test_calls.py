"""Calls: one call however often it is logged, never going back, and wrapped up in the business's words."""

from datetime import timedelta
from typing import Any

import pytest

from app.domain.calls.commands import LinkCall, LogCall, WrapUpCall
from app.domain.calls.queries import CallRow, call, call_of_conversation, calls, legs
from app.domain.calls.rules import call_id_of, goes_on
from app.domain.conversations.queries import conversation
from app.kernel.columns import moment_from_us
from app.kernel.errors import BadValue
from tests.domain.conftest import BEGIN_US, House

START = moment_from_us(BEGIN_US)
SIP_ID = "abc@call.example"


def log(house: House, state: str, by: str = "agent", **more: Any) -> CallRow:
    values: dict[str, Any] = {"direction": "in", "number": "+39065550142", "agent_number": "maya", **more}
    house.do(LogCall(sip_call_id=SIP_ID, state=state, started_at=START, **values), by)
    return house.ask(lambda reader: call(reader, call_id_of(house.tenant_id, SIP_ID)))


def test_a_call_logged_step_by_step_is_one_call_with_two_legs(house: House) -> None:
    log(house, "ringing", queue="Billing")
    log(house, "active", answered_at=START + timedelta(seconds=5))
    done = log(
        house, "ended", answered_at=START + timedelta(seconds=5), ended_at=START + timedelta(seconds=65), outcome="answered"
    )
    assert (done.state, done.outcome, done.queue) == ("ended", "answered", "Billing")
    assert {leg.role for leg in house.ask(lambda reader: legs(reader, done.id))} == {"agent", "customer"}
    assert len(house.ask(calls).rows) == 1


def test_two_devices_that_log_the_same_call_make_one(house: House) -> None:
    log(house, "ended", outcome="missed", ended_at=START)
    log(house, "ringing", by="supervisor")
    again = log(house, "active", by="supervisor")
    assert (again.state, again.outcome) == ("ended", "missed")
    assert len(house.ask(calls).rows) == 1


@pytest.mark.parametrize(
    ("outcome", "kind", "is_unread"),
    [("missed", "call.missed.in", True), ("answered", "call.answered.in", False), ("declined", "call.declined.in", False)],
)
def test_the_inbox_says_how_a_call_ended(house: House, outcome: str, kind: str, is_unread: bool) -> None:
    done = log(house, "ended", outcome=outcome, ended_at=START)
    shown = house.ask(lambda reader: conversation(reader, done.conversation_id))
    assert (shown.preview_kind, shown.is_unread, shown.channel) == (kind, is_unread, "voice")
    assert house.ask(lambda reader: call_of_conversation(reader, shown.id)) == done


@pytest.mark.parametrize(("disposition", "status"), [("resolved", "resolved"), ("follow_up", "open"), ("no_reply", "resolved")])
def test_wrapping_up_leaves_open_what_needs_more(house: House, disposition: str, status: str) -> None:
    done = log(house, "ended", outcome="answered")
    house.do(WrapUpCall(call_id=done.id, disposition=disposition))
    assert house.ask(lambda reader: conversation(reader, done.conversation_id)).status == status


def test_what_is_no_word_for_an_end_is_refused_with_those_there_are(house: House) -> None:
    done = log(house, "ended", outcome="answered")
    with pytest.raises(BadValue, match="follow_up"):
        house.do(WrapUpCall(call_id=done.id, disposition="fine"))
    for bad in ({"outcome": "gone"}, {"direction": "up"}):
        with pytest.raises(BadValue):
            log(house, "ended", **bad)


def test_a_caller_can_be_named_afterwards(house: House) -> None:
    done, contact_id = log(house, "ended", outcome="missed"), house.contact("Luca Bianchi")
    house.do(LinkCall(call_id=done.id, contact_id=contact_id))
    assert house.ask(lambda reader: conversation(reader, done.conversation_id)).contact_name == "Luca Bianchi"
    assert [row.contact_name for row in house.ask(lambda reader: calls(reader, contact_id=contact_id)).rows] == ["Luca Bianchi"]


def test_a_call_never_goes_back() -> None:
    assert [goes_on("active", state) for state in ("ringing", "active", "ended")] == [False, False, True]
