"""Drafts: what was typed and not sent, kept in the encrypted replica and never sent to the server."""

from typing import Protocol
from uuid import UUID

import msgspec

from app.domain.attachments.commands import SentFile


class LocalStore(Protocol):
    """What the replica keeps for this device alone."""

    async def kept(self, key: str) -> bytes | None:
        """The value under a key, or nothing."""

    async def keep(self, key: str, value: bytes | None) -> None:
        """Keep a value; None forgets it."""


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A text that waits for its sending, as a reply or as a note."""

    text: str = ""
    is_note: bool = False
    files: tuple[SentFile, ...] = ()


class Drafts:
    """One draft a conversation."""

    def __init__(self, store: LocalStore) -> None:
        self._store = store

    async def load(self, conversation_id: UUID) -> Draft:
        """What was typed, or an empty draft."""
        kept = await self._store.kept(_key(conversation_id))
        return msgspec.json.decode(kept, type=Draft) if kept else Draft()

    async def save(self, conversation_id: UUID, draft: Draft) -> None:
        """Keep it; an empty one is forgotten."""
        value = msgspec.json.encode(draft) if draft.text.strip() or draft.files else None
        await self._store.keep(_key(conversation_id), value)


def _key(conversation_id: UUID) -> str:
    return f"draft:{conversation_id.hex}"
