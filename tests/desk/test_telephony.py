"""The phone on the desk: who calls is known from the replica alone, and the log is complete with the server away."""

import msgspec

from app.desk.agent_state import AgentDesk
from app.desk.dialling import DialRule
from app.domain.calls.commands import WrapUpCall
from app.domain.contacts.commands import CreateContact
from app.kernel.ids import new_id
from softphone.api import Answer, Dial, PhoneBack, PhoneLost, Reject
from tests.demo.story import LUCA, LUCA_NUMBER
from tests.desk.conftest import Work


async def test_a_known_caller_pops_with_what_matters(work: Work) -> None:
    work.ring(LUCA_NUMBER)
    await work.until(lambda: bool(work.popped))
    card = work.popped[0].card
    assert card is not None
    assert (card.name, card.company, card.is_vip) == (LUCA, "Bianchi Bike Hire S.r.l.", True)
    assert "credit note" in card.pinned_note
    assert len(card.things) == 3


async def test_an_unknown_caller_pops_with_number_and_country(work: Work) -> None:
    work.ring("+390655509999")
    await work.until(lambda: bool(work.popped))
    card = work.popped[0].card
    assert card is not None
    assert (card.name, card.matches, card.country, card.number_shown) == ("", [], "IT", "+39 06 5550 9999")


async def test_several_people_with_one_number_are_a_choice(work: Work) -> None:
    for name in ("Anna", "Bruno"):
        await work.desk.run(CreateContact(contact_id=new_id(), name=name, phones=("+390655501111",)))
    work.ring("+390655501111")
    await work.until(lambda: bool(work.popped))
    call = work.popped[0]
    assert call.card is not None
    assert {match.name for match in call.card.matches} == {"Anna", "Bruno"}
    assert call.card.name == ""
    await work.calls.choose(call, call.card.matches[1])
    assert work.calls.ringing is not None
    assert work.calls.ringing.who == call.card.matches[1].name


async def test_an_answered_call_is_logged_step_by_step_and_sets_the_agents_state(work: Work) -> None:
    work.ring(LUCA_NUMBER)
    await work.until(lambda: bool(work.popped))
    await work.calls.answer(work.popped[0])
    assert work.phone.acts == [Answer(call_id=1)]
    work.change("active")
    await work.until(lambda: work.agent.state.value.state == "on_call")
    work.change("ended", reason="")
    await work.until(lambda: work.agent.state.value.state == "wrap_up")
    call = await work.logged(lambda row: row.state == "ended")
    assert (call.state, call.outcome, call.contact_name, call.queue) == ("ended", "answered", LUCA, "Billing")
    await work.calls.finish("follow_up")
    assert work.agent.state.value.state == "available"
    assert (await work.logged(lambda row: row.disposition is not None)).disposition == "follow_up"
    assert any(entry.name == WrapUpCall.verb for entry in await work.replica.outbox())


async def test_a_call_that_ends_before_its_caller_is_found_is_missed_and_named(work: Work) -> None:
    work.ring(LUCA_NUMBER)
    work.change("ended", code=487, reason="cancelled")
    await work.until(lambda: not work.calls.calls.value)
    call = await work.logged(lambda row: row.outcome is not None)
    assert (call.outcome, call.contact_name) == ("missed", LUCA)


async def test_a_declined_call_is_logged_as_declined(work: Work) -> None:
    work.ring(LUCA_NUMBER)
    await work.until(lambda: bool(work.popped))
    await work.calls.decline(work.popped[0])
    assert work.phone.acts == [Reject(call_id=1)]
    work.change("ended", code=486, reason="busy")
    await work.until(lambda: not work.calls.calls.value)
    call = await work.logged(lambda row: row.state == "ended")
    assert call.outcome == "declined"


async def test_a_phone_that_dies_ends_its_calls_and_says_so_until_it_is_back(work: Work) -> None:
    work.ring(LUCA_NUMBER)
    await work.until(lambda: bool(work.popped))
    work.change("active")
    work.phone.say(PhoneLost(reason="signal 11", lost_calls=[1]))
    assert work.calls.calls.value == ()
    assert work.calls.lost.value == "signal 11"
    call = await work.logged(lambda row: row.state == "ended")
    assert (call.outcome, call.reason) == ("answered", "the phone was restarted")
    work.phone.say(PhoneBack(took_ms=300))
    assert work.calls.lost.value == ""


async def test_a_call_out_is_begun_once_and_logged(work: Work) -> None:
    work.phone.answers[Dial] = 7
    await work.calls.dial(LUCA_NUMBER)
    work.change("ringing", 7, direction="out")
    work.change("ended", 7, code=404, reason="no such number", direction="out")
    await work.until(lambda: not work.calls.calls.value)
    call = await work.logged(lambda row: row.state == "ended", 7)
    assert (call.outcome, call.reason) == ("failed", "no such number")
    assert msgspec.json.encode(work.phone.acts[0]) == msgspec.json.encode(Dial(number=LUCA_NUMBER))


async def test_a_number_is_dialled_as_a_rule_says_and_shown_and_logged_as_the_customers(work: Work) -> None:
    work.phone.answers[Dial] = 7
    work.calls.dial_rules = (DialRule(fits="country", value="IT", form="national", before="9"),)
    await work.calls.dial("+39 06 5555 1111")
    assert work.phone.acts == [Dial(number="90655551111", shown="+390655551111")]
    assert work.calls.calls.value[0].number == "+390655551111"
    work.change("ended", 7, code=486, reason="busy", direction="out")
    call = await work.logged(lambda row: row.state == "ended", 7)
    assert (call.number, call.number_shown) == ("+390655551111", "+39 06 5555 1111")


async def test_the_state_before_a_call_comes_back_after_it(work: Work) -> None:
    agent: AgentDesk = work.agent
    await agent.choose("busy")
    await agent.call_began()
    await agent.call_ended()
    await agent.wrapped_up()
    assert agent.state.value.state == "busy"
