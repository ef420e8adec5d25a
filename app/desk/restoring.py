"""Putting an old value back: by the same command that a form would give, so that nothing is allowed that a form is not."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from app.domain.accounts.commands import EditAccount
from app.domain.accounts.rules import EDITABLE as OF_ACCOUNTS
from app.domain.audit.rules import REACHED_BY
from app.domain.calls.commands import WrapUpCall
from app.domain.contacts.commands import AddIdentity, EditContact
from app.domain.contacts.queries import Reached
from app.domain.contacts.rules import EDITABLE as OF_CONTACTS
from app.domain.conversations.commands import AssignConversation, EditConversation, LinkContact, SetConversationStatus
from app.domain.notes.commands import EditNote
from app.domain.tasks.commands import EditTask
from app.domain.tasks.rules import EDITABLE as OF_TASKS
from app.kernel.command import Command

OF_CONVERSATIONS = frozenset({"status", "owner_id", "contact_id", "tags"})


def restoring(kind: str, record_id: UUID, field: str, value: Any) -> Command | None:
    """The command that makes a field hold this again; nothing where a field cannot be set by itself."""
    way = WAYS.get(kind)
    return way(record_id, field, value) if way is not None else None


def _of_contact(record_id: UUID, field: str, value: Any) -> Command | None:
    if field == REACHED_BY:
        return _reached(record_id, value) if isinstance(value, Reached) and value.value else None
    return EditContact(contact_id=record_id, patch={field: value}) if field in OF_CONTACTS else None


def _reached(record_id: UUID, was: Reached) -> Command:
    return AddIdentity(contact_id=record_id, kind=was.kind, value=was.value, label=was.label)


def _of_account(record_id: UUID, field: str, value: Any) -> Command | None:
    return EditAccount(account_id=record_id, patch={field: value}) if field in OF_ACCOUNTS else None


def _of_task(record_id: UUID, field: str, value: Any) -> Command | None:
    return EditTask(task_id=record_id, patch={field: value}) if field in OF_TASKS else None


def _of_note(record_id: UUID, field: str, value: Any) -> Command | None:
    return EditNote(note_id=record_id, text=value) if field == "text" and isinstance(value, str) else None


def _of_call(record_id: UUID, field: str, value: Any) -> Command | None:
    is_said = field == "disposition" and isinstance(value, str) and bool(value)
    return WrapUpCall(call_id=record_id, disposition=value) if is_said else None


def _of_conversation(record_id: UUID, field: str, value: Any) -> Command | None:
    """One that slept is opened instead: until when it slept may be over."""
    if field not in OF_CONVERSATIONS:
        return None
    if field == "tags":
        return EditConversation(conversation_id=record_id, patch={"tags": value})
    if field == "status":
        return SetConversationStatus(conversation_id=record_id, status="resolved" if value == "resolved" else "open")
    other = _id(value)
    if value is not None and other is None:
        return None
    if field == "owner_id":
        return AssignConversation(conversation_id=record_id, assignee_id=other)
    return LinkContact(conversation_id=record_id, contact_id=other)


def _id(value: Any) -> UUID | None:
    try:
        return UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None


WAYS: dict[str, Callable[[UUID, str, Any], Command | None]] = {
    "contact": _of_contact, "account": _of_account, "task": _of_task, "note": _of_note, "call": _of_call,
    "conversation": _of_conversation,
}  # fmt: skip
