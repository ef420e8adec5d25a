"""A locked record is changed by nobody without the right to lock it, whatever the act and whoever's command it is."""

from typing import Any
from uuid import UUID

import pytest

from app.domain.accounts.commands import CreateAccount, DeleteAccount, EditAccount, LockAccount
from app.domain.calls.commands import LogCall, WrapUpCall
from app.domain.calls.queries import call
from app.domain.calls.rules import call_id_of, conversation_id_of
from app.domain.contacts.commands import (
    AddIdentity,
    AssignContact,
    DeleteContact,
    EditContact,
    LockContact,
    RemoveIdentity,
    UnlockContact,
)
from app.domain.contacts.merging import MergeContacts
from app.domain.contacts.queries import contact
from app.domain.conversations.commands import AssignConversation, LockConversation, MarkRead, SetConversationStatus
from app.domain.conversations.queries import conversation
from app.domain.messages.commands import Reply
from app.domain.messages.queries import thread
from app.domain.notes.commands import AddNote
from app.domain.roles.commands import SetRoleRights
from app.domain.roles.rules import preset_id
from app.domain.shares.commands import ShareRecord, UnshareRecord
from app.domain.shares.rules import share_id
from app.kernel.columns import moment_from_us
from app.kernel.command import Command
from app.kernel.errors import NotAllowed
from app.kernel.ids import new_id
from app.kernel.locking import Locked
from app.kernel.undo import Undo
from tests.domain.conftest import BEGIN_US, House
from tests.domain.messages.test_messages import receive

NOW = moment_from_us(BEGIN_US)


def refuse(house: House, command: Command, by: str = "agent") -> dict[str, Any]:
    """What the refusal says."""
    with pytest.raises(Locked) as refused:
        house.do(command, by)
    return refused.value.values


def locked(house: House, **more: object) -> UUID:
    contact_id = house.contact("Luca Bianchi", phones=("+390655501420",), **more)
    house.do(LockContact(contact_id=contact_id), "supervisor")
    return contact_id


def test_who_locked_a_contact_and_when_is_told(house: House) -> None:
    contact_id = locked(house)
    card = house.ask(lambda reader: contact(reader, contact_id))
    assert (card.locked_by, card.locked_at) == (house.people["supervisor"], moment_from_us(house.time_us))
    values = refuse(house, EditContact(contact_id=contact_id, patch={"job_title": "Baker"}))
    assert values == {"kind": "contact", "id": contact_id.hex, "by": "Supervisor"}
    house.do(LockContact(contact_id=contact_id), "administrator")
    assert house.ask(lambda reader: contact(reader, contact_id)) == card, "it is locked already"


def test_no_act_gets_past_the_lock_of_a_contact(house: House) -> None:
    edit = new_id()
    contact_id = house.contact("Luca Bianchi", phones=("+390655501420",))
    supervisor = house.people["supervisor"]
    house.do(ShareRecord(record_kind="contact", record_id=contact_id, user_id=supervisor))
    house.do(EditContact(contact_id=contact_id, patch={"job_title": "Baker"}), command_id=edit)
    house.do(LockContact(contact_id=contact_id), "supervisor")
    before = house.ask(lambda reader: contact(reader, contact_id))
    number, other = before.identities[0].id, house.contact("Other")
    for command in (
        EditContact(contact_id=contact_id, patch={"is_vip": True}),
        DeleteContact(contact_id=contact_id),
        AssignContact(contact_id=contact_id, owner_id=None, team_id=None),
        AddIdentity(contact_id=contact_id, kind="email", value="luca@example.com"),
        RemoveIdentity(contact_id=contact_id, identity_id=number),
        MergeContacts(contact_id=contact_id, other_id=other, take=("name",)),
        MergeContacts(contact_id=other, other_id=contact_id),
        ShareRecord(record_kind="contact", record_id=contact_id, user_id=house.people["other"]),
        ShareRecord(record_kind="contact", record_id=contact_id, user_id=supervisor, may_edit=True),
        UnshareRecord(share_id=share_id(contact_id, supervisor)),
        Undo(command_id=edit),
    ):
        assert refuse(house, command)["id"] == contact_id.hex, command
    assert house.ask(lambda reader: contact(reader, contact_id)) == before
    house.do(AddNote(note_id=new_id(), contact_id=contact_id, text="What stands beside it is not locked"))


def test_nobody_without_the_right_locks_or_unlocks(house: House) -> None:
    contact_id = house.contact()
    with pytest.raises(NotAllowed, match="contact:lock"):
        house.do(LockContact(contact_id=contact_id))
    lock = new_id()
    house.do(LockContact(contact_id=contact_id), "supervisor", command_id=lock)
    with pytest.raises(NotAllowed, match="contact:lock"):
        house.do(UnlockContact(contact_id=contact_id))
    house.do(Undo(command_id=lock), "supervisor")
    house.do(EditContact(contact_id=contact_id, patch={"is_vip": True}))


def test_who_has_the_right_changes_what_is_locked(house: House) -> None:
    contact_id = locked(house)
    house.do(EditContact(contact_id=contact_id, patch={"job_title": "Baker"}), "supervisor")
    house.do(UnlockContact(contact_id=contact_id), "supervisor")
    house.do(EditContact(contact_id=contact_id, patch={"job_title": "Miller"}))
    card = house.ask(lambda reader: contact(reader, contact_id))
    assert (card.job_title, card.locked_at, card.locked_by) == ("Miller", None, None)


def test_the_right_opens_locks_as_far_as_it_reaches(house: House) -> None:
    agent = preset_id(house.tenant_id, "agent")
    house.do(SetRoleRights(role_id=agent, rights={"contact:*": "all", "contact:lock": "own"}), "administrator")
    own, others = house.contact("Own"), new_id()
    others = house.contact("Another's")
    house.do(AssignContact(contact_id=others, owner_id=house.people["other"], team_id=None), "supervisor")
    for each in (own, others):
        house.do(LockContact(contact_id=each), "supervisor")
    house.do(EditContact(contact_id=own, patch={"is_vip": True}))
    refuse(house, EditContact(contact_id=others, patch={"is_vip": True}))


def test_what_is_below_a_locked_conversation_is_locked_and_what_comes_in_still_comes(house: House) -> None:
    conversation_id = receive(house)
    house.do(LockConversation(conversation_id=conversation_id), "supervisor")
    for command in (
        Reply(conversation_id=conversation_id, message_id=new_id(), text="An answer"),
        SetConversationStatus(conversation_id=conversation_id, status="resolved"),
        AssignConversation(conversation_id=conversation_id, assignee_id=house.people["other"]),
    ):
        assert refuse(house, command)["kind"] == "conversation", command
    house.do(MarkRead(conversation_id=conversation_id))
    receive(house, conversation_id, text="Are you there?")
    assert [each.text for each in house.ask(lambda reader: thread(reader, conversation_id))] == ["Hello", "Are you there?"]
    assert house.ask(lambda reader: conversation(reader, conversation_id)).is_unread


def test_a_call_is_logged_and_wrapped_up_though_its_conversation_is_locked(house: House) -> None:
    facts: dict[str, Any] = {"sip_call_id": "c@x", "direction": "in", "number": "1", "started_at": NOW}
    house.do(LogCall(state="ringing", **facts))
    call_id = call_id_of(house.tenant_id, "c@x")
    talk = conversation_id_of(call_id)
    house.do(LockConversation(conversation_id=talk), "supervisor")
    house.do(LogCall(state="ended", outcome="answered", ended_at=NOW, contact_id=house.contact(), **facts))
    house.do(WrapUpCall(call_id=call_id, disposition="resolved"))
    assert house.ask(lambda reader: call(reader, call_id)).disposition == "resolved"
    held = house.ask(lambda reader: conversation(reader, talk))
    assert (held.preview_kind, held.status, held.contact_id) == ("call.answered.in", "open", None)


def test_a_locked_account_stays_and_its_contacts_are_free(house: House) -> None:
    account_id = new_id()
    house.do(CreateAccount(account_id=account_id, name="Velora"))
    contact_id = house.contact(account_id=account_id)
    house.do(LockAccount(account_id=account_id), "supervisor")
    refuse(house, EditAccount(account_id=account_id, patch={"name": "Other"}))
    refuse(house, DeleteAccount(account_id=account_id))
    house.do(EditContact(contact_id=contact_id, patch={"account_id": None}))
