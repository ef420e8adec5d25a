"""Conversations: whose they are, how they stand, and who sees them."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from app.domain.conversations.commands import (
    AssignConversation,
    EditConversation,
    LinkContact,
    MarkRead,
    SetConversationStatus,
    StartConversation,
)
from app.domain.conversations.queries import conversation, conversation_ids, conversations, conversations_out, count
from app.kernel.columns import moment_from_us
from app.kernel.errors import BadValue, NotHere
from app.kernel.ids import new_id
from app.kernel.undo import Undo
from tests.domain.conftest import BEGIN_US, House


def start(house: House, **more: object) -> UUID:
    conversation_id = new_id()
    values: dict[str, object] = {"channel": "email", "address": "luca@example.com", **more}
    house.do(StartConversation(conversation_id=conversation_id, **values))  # type: ignore[arg-type] # as the command says
    return conversation_id


def test_views_hold_what_is_mine_what_is_nobodys_and_all(house: House) -> None:
    mine, theirs, nobodys = start(house), start(house), start(house)
    house.do(AssignConversation(conversation_id=theirs, assignee_id=house.people["other"]))
    house.do(AssignConversation(conversation_id=nobodys, assignee_id=None))
    assert [row.id for row in house.ask(lambda reader: conversations(reader, view="mine")).rows] == [mine]
    assert [row.id for row in house.ask(lambda reader: conversations(reader, view="unassigned")).rows] == [nobodys]
    assert house.ask(lambda reader: count(reader, view="all")) == 3


def test_the_list_is_narrowed_to_an_owner_a_state_and_a_tag(house: House) -> None:
    mine, theirs, done, nobodys = (start(house) for _ in range(4))
    house.do(AssignConversation(conversation_id=theirs, assignee_id=house.people["other"]))
    house.do(AssignConversation(conversation_id=nobodys, assignee_id=None))
    house.do(SetConversationStatus(conversation_id=done, status="resolved"))
    for each in (mine, done, nobodys):
        house.do(EditConversation(conversation_id=each, patch={"tags": ["refund"]}))
    agent, other = house.people["agent"], house.people["other"]

    def shown(**wanted: Any) -> set[UUID]:
        ids = set(house.ask(lambda reader: conversation_ids(reader, **wanted)))
        assert {row.id for row in house.ask(lambda reader: conversations(reader, **wanted)).rows} == ids
        return ids

    assert shown(owner_id=agent) == {mine}
    assert shown(owner_id=agent, status="resolved") == {done}
    assert shown(owner_id=other) == {theirs}
    assert shown(owner_id=other, tag="refund") == set()
    assert shown(tag="Refund") == {mine, nobodys}
    assert shown(view="unassigned", tag="refund") == {nobodys}

    def leaves(**wanted: Any) -> set[UUID]:
        return {row.id for row in house.ask(lambda reader: conversations_out(reader, **wanted)).rows}

    assert leaves(owner_id=agent) == {mine, done}
    assert leaves(owner_id=agent, status="open", tag="refund") == {mine}
    assert leaves(is_unowned=True) == {nobodys}


def test_assigning_keeps_its_time_and_can_be_taken_back(house: House) -> None:
    conversation_id, command_id = start(house), new_id()
    house.do(AssignConversation(conversation_id=conversation_id, assignee_id=house.people["other"]), command_id=command_id)
    assert house.ask(lambda reader: conversation(reader, conversation_id)).owner_id == house.people["other"]
    house.do(Undo(command_id=command_id))
    assert house.ask(lambda reader: conversation(reader, conversation_id)).owner_id == house.people["agent"]


def test_snoozing_needs_a_time_and_nothing_else_takes_one(house: House) -> None:
    conversation_id, until = start(house), moment_from_us(BEGIN_US) + timedelta(days=1)
    for status, time in (("snoozed", None), ("open", until)):
        with pytest.raises(BadValue) as refused:
            house.do(SetConversationStatus(conversation_id=conversation_id, status=status, until=time))
        assert refused.value.values["field"] == "until"
    house.do(SetConversationStatus(conversation_id=conversation_id, status="snoozed", until=until))
    assert house.ask(lambda reader: conversation(reader, conversation_id)).snoozed_until == until


def test_a_resolved_conversation_leaves_the_open_list(house: House) -> None:
    conversation_id = start(house)
    house.do(MarkRead(conversation_id=conversation_id, is_unread=True))
    house.do(SetConversationStatus(conversation_id=conversation_id, status="resolved"))
    assert house.ask(conversations).rows == []
    [row] = house.ask(lambda reader: conversations(reader, status="resolved")).rows
    assert not row.is_unread


def test_another_teams_conversation_is_seen_by_a_supervisor_only(house: House) -> None:
    conversation_id = start(house, team_id=house.teams["care"])
    assert house.ask(lambda reader: conversation(reader, conversation_id), "supervisor").id == conversation_id
    with pytest.raises(NotHere):
        house.ask(lambda reader: conversation(reader, conversation_id), "other")


def test_a_channel_that_there_is_not_is_refused(house: House) -> None:
    with pytest.raises(BadValue, match="email"):
        start(house, channel="pigeon")


def test_a_conversation_shows_the_name_of_whom_it_is_with(house: House) -> None:
    conversation_id, contact_id = start(house), house.contact("Luca Bianchi")
    house.do(LinkContact(conversation_id=conversation_id, contact_id=contact_id))
    assert house.ask(lambda reader: conversation(reader, conversation_id)).contact_name == "Luca Bianchi"
