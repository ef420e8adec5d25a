"""What was done, in words: acts, fields, values, and one change as "field: before → after"."""

import re
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

import msgspec

from app.desk.wording import field_word, kind_word
from app.kernel.words import tr
from ui.features.when import moment_text

ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
NOBODY: Mapping[str, str] = MappingProxyType({})
MOST_SHOWN = 160  # characters of a value
VERBS = {
    "sign_in": "Signed in", "sign_in.refused": "Sign-in refused", "session.end": "Signed out", "device.revoke": "Device revoked",
    "password.change": "Password changed", "audit.export": "Audit exported", "audit.cut": "Audit cut", "undo": "Undone",
    "user.set_state": "Agent state set", "conversation.mark_read": "Marked as read", "message.set_state": "Delivery reported",
    "message.receive": "Message received", "message.reply": "Replied", "message.retry": "Sent again",
    "tenant.keep_audit": "Retention of the audit set", "tenant.create": "Workspace founded", "tenant.edit": "Workspace changed",
}  # fmt: skip
DOINGS = {
    "create": "{0} created", "add": "{0} added", "edit": "{0} changed", "delete": "{0} deleted", "assign": "{0} assigned",
    "complete": "{0} done", "reopen": "{0} opened again", "pin": "{0} pinned", "rename": "{0} renamed", "start": "{0} started",
    "set_status": "Status of the {0} set", "link_contact": "{0} linked", "add_identity": "Number or address added",
    "remove_identity": "Number or address removed", "grant": "{0} granted", "revoke": "{0} revoked", "set_rights": "Rights set",
    "add_member": "Member added", "remove_member": "Member removed", "log": "{0} logged", "wrap_up": "{0} wrapped up",
    "settle": "Conflict settled", "restore": "{0} brought back", "share": "{0} shared",
}  # fmt: skip
SHOWN_FIRST = ("name", "title", "subject", "text", "email")


def act_words(verb: str) -> str:
    """ "contact.edit" → "Contact changed"."""
    if verb in VERBS:
        return tr(VERBS[verb])
    noun, _, doing = verb.partition(".")
    pattern = DOINGS.get(doing)
    if pattern is None:
        return verb.replace(".", ": ").replace("_", " ")
    said = tr(pattern).replace("{0}", kind_word(noun))
    return said[:1].upper() + said[1:]


def value_words(value: Any, now: datetime, names: Mapping[str, str] = NOBODY) -> str:
    """A field's value as people read it; `names` are those of people, by their ids."""
    match value:
        case None | "":
            return tr("(empty)")
        case bool():
            return tr("Yes") if value else tr("No")
        case str() if ID.fullmatch(value):
            return names.get(value, f"{value[:8]}…")
        case str():
            return _text(value, now)
        case Mapping() | list() | tuple():
            return cut(msgspec.json.encode(value).decode())
        case _:
            return str(value)


def _text(value: str, now: datetime) -> str:
    if len(value) >= 20 and value[4:5] == "-" and value[10:11] == "T":
        try:
            return moment_text(datetime.fromisoformat(value), now)
        except ValueError:
            return cut(value)
    return cut(" ".join(value.split()))


def cut(text: str) -> str:
    """No longer than a line or two."""
    return text if len(text) <= MOST_SHOWN else f"{text[: MOST_SHOWN - 1]}…"


def changes_words(
    fields: Mapping[str, tuple[Any, Any]], now: datetime, names: Mapping[str, str] = NOBODY, *, is_new: bool
) -> list[tuple[str, str, str]]:
    """Each changed field with its value before and after; of a new record only what it was given."""
    shown = [
        (field, before, after) for field, (before, after) in fields.items() if not is_new or after not in (None, "", False, 0, {})
    ]
    shown.sort(key=lambda each: SHOWN_FIRST.index(each[0]) if each[0] in SHOWN_FIRST else len(SHOWN_FIRST))
    return [
        (field_word(field), "" if is_new else value_words(before, now, names), value_words(after, now, names))
        for field, before, after in shown
    ]
