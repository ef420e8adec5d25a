"""Putting an old value back: by the same command that a form would give, so that nothing is allowed that a form is not."""

from typing import Any
from uuid import UUID

from app.domain.accounts.commands import EditAccount
from app.domain.accounts.rules import EDITABLE as OF_ACCOUNTS
from app.domain.contacts.commands import EditContact
from app.domain.contacts.rules import EDITABLE as OF_CONTACTS
from app.domain.notes.commands import EditNote
from app.domain.tasks.commands import EditTask
from app.domain.tasks.rules import EDITABLE as OF_TASKS
from app.kernel.command import Command


def restoring(kind: str, record_id: UUID, field: str, value: Any) -> Command | None:
    """The command that makes a field hold this again; nothing where a field cannot be set by itself."""
    patch = {field: value}
    match kind:
        case "contact" if field in OF_CONTACTS:
            return EditContact(contact_id=record_id, patch=patch)
        case "account" if field in OF_ACCOUNTS:
            return EditAccount(account_id=record_id, patch=patch)
        case "task" if field in OF_TASKS:
            return EditTask(task_id=record_id, patch=patch)
        case "note" if field == "text" and isinstance(value, str):
            return EditNote(note_id=record_id, text=value)
        case _:
            return None
