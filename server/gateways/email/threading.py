"""Which conversation a mail belongs to: our own signed token first, then the chain of Message-IDs."""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator
from typing import TypeVar
from uuid import UUID

import msgspec

from server.gateways.email.parse import ParsedMail

T = TypeVar("T")
TAG_BYTES = 8
TOKEN_PATTERN = re.compile(r"(?<![a-z0-9])c([a-z2-7]{39})(?![a-z0-9])", re.IGNORECASE)


class Thread(msgspec.Struct, frozen=True, kw_only=True):
    """Where a mail may belong, best first: conversations whose token it carries, then the Message-IDs it answers."""

    conversation_ids: tuple[UUID, ...]
    message_keys: tuple[str, ...]


def make_token(key: bytes, conversation_id: UUID) -> str:
    """The conversation's reply token: 40 letters and digits that survive a change of case; nobody can make one up."""
    signed = conversation_id.bytes + _tag(key, conversation_id.bytes)
    return "c" + base64.b32encode(signed).decode().rstrip("=").lower()


def read_token(key: bytes, token: str) -> UUID | None:
    """The conversation of a token; None when it is not one of ours."""
    found = TOKEN_PATTERN.fullmatch(token.strip())
    if found is None:
        return None
    try:
        signed = base64.b32decode(found[1].upper() + "=")
    except binascii.Error:
        return None
    body, tag = signed[:16], signed[16:]
    return UUID(bytes=body) if hmac.compare_digest(tag, _tag(key, body)) else None


def make_message_key(message_id: UUID, address: str) -> str:
    """A Message-ID for an answer, short: longer than a line, and some programs write it as encoded words into References."""
    return f"<{message_id.hex}@{address.rpartition('@')[2]}>"


def thread_of(mail: ParsedMail, key: bytes) -> Thread:
    """The candidates for a mail's conversation; whether they exist and may be used the caller decides."""
    keys = _unique((*((mail.in_reply_to,) if mail.in_reply_to else ()), *reversed(mail.references), *_bounced(mail)))
    return Thread(conversation_ids=_unique(_tokens(mail, keys, key)), message_keys=keys)


def _bounced(mail: ParsedMail) -> tuple[str, ...]:
    return (mail.bounce_of,) if mail.bounce_of else ()


def _tokens(mail: ParsedMail, keys: Iterable[str], key: bytes) -> Iterator[UUID]:
    addresses = [each.address for each in (*mail.to, *mail.cc)]
    for text in (*mail.delivered_to, *addresses, *mail.thread_headers, *keys):
        for found in TOKEN_PATTERN.finditer(text):
            conversation_id = read_token(key, found[0])
            if conversation_id is not None:
                yield conversation_id


def _unique(values: Iterable[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(values))


def _tag(key: bytes, body: bytes) -> bytes:
    return hmac.digest(key, b"reply-token" + body, hashlib.sha256)[:TAG_BYTES]
