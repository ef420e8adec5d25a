"""What server processes tell each other over PostgreSQL's NOTIFY: commits, and words of one part to its like elsewhere."""

import base64
import binascii
from collections.abc import Iterable
from dataclasses import fields, replace
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, text

from server.database.batch import Committed

CHANNEL = "patchbay"
MOST_BYTES = 7_900  # PostgreSQL takes payloads below 8,000
NOTIFY = text(f"SELECT pg_notify('{CHANNEL}', :payload)")
_encoder = msgspec.msgpack.Encoder(uuid_format="bytes")


class Word(msgspec.Struct, frozen=True, array_like=True):
    """What one part says to its like in the other processes."""

    process: str
    tenant_id: UUID
    topic: str
    body: bytes = b""


Notice = Committed | Word


def encode(notice: Notice) -> str:
    """The payload: a letter for the kind, and msgpack as text."""
    return ("c" if isinstance(notice, Committed) else "w") + base64.b64encode(_encoder.encode(notice)).decode()


def decode(payload: str) -> Notice | None:
    """What was told, commits as another's; nothing when a process of another version told it in words of its own."""
    try:
        raw = base64.b64decode(payload[1:])
        if payload[:1] == "w":
            return msgspec.msgpack.decode(raw, type=Word)
        return replace(msgspec.msgpack.decode(raw, type=Committed), is_ours=False)
    except (msgspec.MsgspecError, binascii.Error):
        return None


def payload_of(told: Committed) -> str:
    """The commit as a payload. Of what is too long only the range is told: then everybody looks."""
    whole = encode(told)
    if len(whole) <= MOST_BYTES:
        return whole
    return encode(
        Committed(
            tenant_id=told.tenant_id, from_version=told.from_version, to_version=told.to_version, kinds=frozenset(),
            keys=frozenset(), is_scope_changed=True, is_actor_changed=True, has_effects=told.has_effects,
        )
    )  # fmt: skip


def joined(commits: Iterable[Committed]) -> list[Committed]:
    """The same commits; those that follow each other without a gap as one."""
    runs: list[Committed] = []
    for told in sorted(commits, key=lambda each: each.from_version):
        if runs and runs[-1].to_version == told.from_version:
            runs[-1] = _both(runs[-1], told)
        else:
            runs.append(told)
    return runs


def _both(one: Committed, other: Committed) -> Committed:
    """Whatever one of them was about."""
    values: dict[str, Any] = {each.name: getattr(one, each.name) | getattr(other, each.name) for each in fields(one)[3:]}
    return replace(one, to_version=other.to_version, **values)


def tell_within(connection: Connection, told: Committed) -> None:
    """Within the commit's own transaction, so that it is heard if and only if it is committed: for what must not be missed.

    Not for every commit: NOTIFY takes a lock of the whole database at the end of the transaction, a third of the write rate.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(NOTIFY, {"payload": payload_of(told)})
