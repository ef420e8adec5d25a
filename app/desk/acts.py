"""What acts say and whom they are about, for screens that list them: the outbox, and what one did."""

import dataclasses
from collections.abc import Mapping
from uuid import UUID

from app.desk.tagging import turn_text
from app.desk.wording import field_word, language_word
from app.kernel.command import Command
from app.kernel.words import tr

SAYING = ("text", "name", "title", "number_shown", "value", "status", "state", "disposition", "choice")
ABOUT = (
    ("contact", "contact_id"), ("account", "account_id"), ("conversation", "conversation_id"), ("task", "task_id"),
    ("note", "note_id"), ("message", "message_id"), ("call", "call_id"), ("conflict", "conflict_id"),
)  # fmt: skip
BESIDE = (  # named where nothing of the above is
    ("attachment", "attachment_id"), ("user", "user_id"), ("role", "role_id"), ("team", "team_id"), ("territory", "territory_id"),
)  # fmt: skip
WRITTEN = ("name", "title", "text", "details", "phones", "emails", "tags", "value")
MOST_SAID = 240


def detail_of(command: Command | None) -> str:
    """What the person wrote or chose."""
    if command is None:
        return tr("This program does not know what it was.")
    if patch := getattr(command, "patch", None):
        said = ", ".join(f"{field_word(name)}: {_said(value, name)}" for name, value in patch.items())
        return (said[:1].upper() + said[1:])[:MOST_SAID]
    found = next((str(value) for name in SAYING if (value := getattr(command, name, ""))), "")
    return found[:MOST_SAID]


def _said(value: object, field: str) -> str:
    if isinstance(value, Mapping):
        return turn_text(value)
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or tr("(empty)")
    if field == "language" and isinstance(value, str) and value:
        return language_word(value)
    if isinstance(value, bool):
        return tr("Yes") if value else tr("No")
    return tr("(empty)") if value is None or value == "" else str(value)


def said_of(command: Command | None) -> str:
    """The same; nothing where the command is not known."""
    return detail_of(command) if command is not None else ""


def written_of(command: Command | None) -> str:
    """What somebody who cannot send it would want to keep: the text, or each field on a line."""
    if command is None:
        return ""
    if patch := getattr(command, "patch", None):
        return "\n".join(f"{field_word(name)}: {_said(value, name)}" for name, value in patch.items())
    fields = [(name, getattr(command, name, "")) for name in WRITTEN]
    said = [", ".join(value) if isinstance(value, tuple) else str(value) for _, value in fields if value]
    return "\n".join(said)


def about_of(command: Command | None) -> tuple[str, UUID] | None:
    """The record that an act is about: the one that its arguments name, made by it or there before."""
    if command is None:
        return None
    if (kind := getattr(command, "kind", "") or getattr(command, "record_kind", "")) and (
        record_id := getattr(command, "record_id", None)
    ):
        return str(kind), record_id
    own = {argument for argument, mark in command.refs if mark.new}
    for kind, argument in ABOUT:
        record_id = getattr(command, argument, None)
        if record_id is not None and (argument not in own or not _has_other(command, argument)):
            return kind, record_id
    return next(((kind, found) for kind, argument in BESIDE if (found := getattr(command, argument, None)) is not None), None)


def _has_other(command: Command, own: str) -> bool:
    return any(argument != own and getattr(command, argument, None) is not None for _, argument in ABOUT)


def retargeted(command: Command, survivor: UUID) -> Command:
    """The same about the contact that is left."""
    named = "contact_id" if hasattr(command, "contact_id") else "record_id"
    changed: Command = dataclasses.replace(command, **{named: survivor})  # type: ignore[type-var]  # every command is a dataclass
    return changed
