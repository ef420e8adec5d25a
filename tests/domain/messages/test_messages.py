"""Messages: what comes in wakes a conversation, what goes out is queued once, and states only go forward."""

from typing import Any
from uuid import UUID

import pytest

from app.domain.conversations.commands import AssignConversation, SetConversationStatus
from app.domain.conversations.queries import conversation
from app.domain.messages.commands import ReceiveMessage, Reply, RetrySend, SetMessageState
from app.domain.messages.queries import conversation_by_keys, last_keys, message, message_by_key, outgoing, thread
from app.domain.messages.rules import reply_subject
from app.kernel.columns import moment_from_us
from app.kernel.errors import BadValue, NotAllowed
from app.kernel.ids import new_id
from tests.domain.conftest import BEGIN_US, House


def receive(house: House, conversation_id: UUID | None = None, **more: Any) -> UUID:
    conversation_id = conversation_id or new_id()
    values: dict[str, Any] = {
        "channel": "email", "inbox_key": "support", "address": "luca@example.com", "author_name": "Luca", "text": "Hello",
        "subject": "Invoice", "sent_at": moment_from_us(BEGIN_US), **more,
    }  # fmt: skip
    house.do(ReceiveMessage(message_id=new_id(), conversation_id=conversation_id, **values), "system")
    return conversation_id


def reply(house: House, conversation_id: UUID, text: str = "An answer", **more: Any) -> UUID:
    message_id = new_id()
    house.do(Reply(conversation_id=conversation_id, message_id=message_id, text=text, **more))
    return message_id


def test_a_message_opens_a_conversation_that_waits_for_an_answer(house: House) -> None:
    conversation_id = receive(house)
    found = house.ask(lambda reader: conversation(reader, conversation_id))
    assert (found.status, found.is_unread, found.owner_id, found.preview) == ("open", True, None, "Hello")
    assert found.reply_due_at is not None


def test_a_person_wakes_a_resolved_conversation_and_a_machine_does_not(house: House) -> None:
    conversation_id = receive(house)
    house.do(SetConversationStatus(conversation_id=conversation_id, status="resolved"))
    receive(house, conversation_id, is_auto=True, text="I am away")
    assert house.ask(lambda reader: conversation(reader, conversation_id)).status == "resolved"
    receive(house, conversation_id, text="Still there?")
    assert house.ask(lambda reader: conversation(reader, conversation_id)).status == "open"
    assert len(house.ask(lambda reader: thread(reader, conversation_id))) == 3


def test_only_the_system_receives(house: House) -> None:
    with pytest.raises(NotAllowed):
        house.do(
            ReceiveMessage(
                message_id=new_id(), conversation_id=new_id(), channel="email", inbox_key="", address="", author_name="",
                text="x", sent_at=moment_from_us(BEGIN_US),
            )
        )  # fmt: skip


def test_who_answers_takes_the_conversation_and_the_answer_is_queued_once(house: House) -> None:
    conversation_id, command_id, message_id = receive(house), new_id(), new_id()
    command = Reply(conversation_id=conversation_id, message_id=message_id, text="An answer")
    house.do(command, command_id=command_id)
    house.do(command, command_id=command_id)
    found = house.ask(lambda reader: conversation(reader, conversation_id))
    assert (found.owner_id, found.is_unread, found.reply_due_at, found.last_direction) == (
        house.people["agent"],
        False,
        None,
        "out",
    )
    assert [effect.name for effect in house.effects()] == ["email.send"]
    sent = house.ask(lambda reader: outgoing(reader, message_id))
    assert (sent.state, sent.subject, sent.to_addresses["to"]) == ("queued", "Re: Invoice", ["luca@example.com"])


def test_answering_and_resolving_is_one_act(house: House) -> None:
    conversation_id = receive(house)
    reply(house, conversation_id, and_resolve=True)
    assert house.ask(lambda reader: conversation(reader, conversation_id)).status == "resolved"


def test_an_answer_leaves_a_conversation_with_whom_it_is(house: House) -> None:
    conversation_id = receive(house)
    house.do(AssignConversation(conversation_id=conversation_id, assignee_id=house.people["other"]))
    reply(house, conversation_id)
    assert house.ask(lambda reader: conversation(reader, conversation_id)).owner_id == house.people["other"]


def test_an_empty_answer_is_refused(house: House) -> None:
    with pytest.raises(BadValue):
        reply(house, receive(house), "  \n ")


def test_states_only_go_forward_and_late_reports_change_nothing(house: House) -> None:
    message_id = reply(house, receive(house))

    def say(state: str) -> str:
        house.do(SetMessageState(message_id=message_id, state=state, message_key="<k@x>"), "system")
        return house.ask(lambda reader: message(reader, message_id)).state

    assert [say(state) for state in ("sending", "sent", "queued", "delivered", "sent", "read", "failed")] == [
        "sending", "sent", "sent", "delivered", "delivered", "read", "read",
    ]  # fmt: skip
    assert house.ask(lambda reader: message_by_key(reader, "<k@x>")) == message_id


def test_what_failed_says_why_and_can_be_tried_again(house: House) -> None:
    message_id = reply(house, receive(house))
    with pytest.raises(BadValue):
        house.do(RetrySend(message_id=message_id))
    house.do(SetMessageState(message_id=message_id, state="failed", reason="mailbox full"), "system")
    assert house.ask(lambda reader: message(reader, message_id)).state_reason == "mailbox full"
    house.do(RetrySend(message_id=message_id))
    assert house.ask(lambda reader: message(reader, message_id)).state == "queued"
    assert len(house.effects()) == 2


def test_a_mail_is_threaded_by_the_nearest_known_message(house: House) -> None:
    one, two = receive(house, message_key="<a@x>"), receive(house, message_key="<b@x>")
    assert house.ask(lambda reader: conversation_by_keys(reader, ["<unknown@x>", "<b@x>", "<a@x>"])) == two
    assert house.ask(lambda reader: conversation_by_keys(reader, ["<nobody@x>"])) is None
    assert house.ask(lambda reader: last_keys(reader, one)) == ["<a@x>"]


@pytest.mark.parametrize(("subject", "answer"), [("Invoice", "Re: Invoice"), ("RE: Invoice", "RE: Invoice"), ("", "")])
def test_an_answers_subject(subject: str, answer: str) -> None:
    assert reply_subject(subject) == answer
