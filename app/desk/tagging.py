"""Giving tags to a record and taking them off: the same command that its form would give."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any
from uuid import UUID

from app.domain.accounts.commands import EditAccount
from app.domain.accounts.queries import account
from app.domain.contacts.commands import EditContact
from app.domain.contacts.queries import contact
from app.domain.conversations.commands import EditConversation
from app.domain.conversations.queries import conversation
from app.kernel.command import Command
from app.kernel.errors import NotHere
from app.kernel.reader import Reader
from app.kernel.set_words import LONGEST_WORD, PARTING, Turn

COMMANDS: dict[str, Callable[[UUID, dict[str, Any]], Command]] = {
    "contact": lambda record_id, patch: EditContact(contact_id=record_id, patch=patch),
    "account": lambda record_id, patch: EditAccount(account_id=record_id, patch=patch),
    "conversation": lambda record_id, patch: EditConversation(conversation_id=record_id, patch=patch),
}
QUERIES: dict[str, Callable[[Reader, UUID], Any]] = {"contact": contact, "account": account, "conversation": conversation}


def tagging(kind: str, record_id: UUID, *, add: Iterable[str] = (), remove: Iterable[str] = ()) -> Command:
    """Says what is added and removed, not what is left: so it stands beside what others do meanwhile."""
    return COMMANDS[kind](record_id, {"tags": {"add": list(add), "remove": list(remove)}})


def tags_of(reader: Reader, kind: str, record_id: UUID) -> tuple[str, ...]:
    """What a record has; nothing when it is not here."""
    try:
        found: tuple[str, ...] = QUERIES[kind](reader, record_id).tags
    except NotHere:
        return ()
    return found


def typed_tags(text: str) -> list[str]:
    """What was typed, as tags: each ends with a comma or a semicolon."""
    for mark in PARTING:
        text = text.replace(mark, "\n")
    return [word for line in text.split("\n") if (word := " ".join(line.split()).lower())]


def turn_text(turn: Turn | Mapping[str, Any]) -> str:
    """ "+vip −lead"."""
    added, removed = (turn.add, turn.remove) if isinstance(turn, Turn) else (turn.get("add", ()), turn.get("remove", ()))
    return " ".join([*(f"+{word}" for word in added), *(f"−{word}" for word in removed)])


def is_taggable(word: str) -> bool:
    """Whether what was typed could be a tag."""
    return 0 < len(word) <= LONGEST_WORD and not any(mark in word for mark in PARTING)
