"""What server processes tell each other over PostgreSQL's NOTIFY: commits, and words of one part to its like elsewhere.

Few rows travel along with their commit, so that each process need not read them. Whoever may connect to the database can listen,
whatever row-level security keeps from them: so the rows are sealed with the key that all processes share.
"""

import base64
import binascii
from collections.abc import Iterable
from dataclasses import fields, replace
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, text

from app.protocol.cursor import layout_now
from server.database.batch import Committed, Row
from server.database.vault import Box

CHANNEL = "patchbay"
MOST_BYTES = 7_900  # PostgreSQL takes payloads below 8,000
NOTIFY = text(f"SELECT pg_notify('{CHANNEL}', :payload)")
MOST_ROWS = 24  # on the way with their commit; more hardly fit
APART = {"tenant_id", "from_version", "to_version", "process", "rows", "sealed"}  # the rest is joined by "or"
_encoder = msgspec.msgpack.Encoder(uuid_format="bytes")
MERGED = [each.name for each in fields(Committed) if each.name not in APART]
_decode_rows = msgspec.msgpack.Decoder(tuple[int, tuple[Row, ...]]).decode


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


def payload_of(told: Committed, box: Box | None = None) -> str:
    """The commit as a payload, with its rows where they fit. Of what is too long only the range is told: then everybody looks."""
    for each in (_sealed(told, box), replace(told, rows=None)):
        whole = encode(each)
        if len(whole) <= MOST_BYTES:
            return whole
    return encode(
        Committed(
            tenant_id=told.tenant_id, from_version=told.from_version, to_version=told.to_version, kinds=frozenset(),
            keys=frozenset(), is_scope_changed=True, is_actor_changed=True, has_effects=told.has_effects, process=told.process,
        )
    )  # fmt: skip


def _sealed(told: Committed, box: Box | None) -> Committed:
    if box is None or told.rows is None or len(told.rows) > MOST_ROWS:
        return replace(told, rows=None)
    return replace(told, rows=None, sealed=box.seal(_encoder.encode((layout_now(), told.rows)), _about(told)))


def unsealed(told: Committed, box: Box | None) -> Committed:
    """With its rows, if they came along and can be read here: they may be of another key, or of another layout."""
    plain = box.open(told.sealed, _about(told)) if box is not None and told.sealed else None
    if plain is None:
        return replace(told, sealed=b"")
    try:
        layout, rows = _decode_rows(plain)
    except msgspec.MsgspecError:
        return replace(told, sealed=b"")
    return replace(told, sealed=b"", rows=rows if layout == layout_now() else None)


def _about(told: Committed) -> bytes:
    return told.tenant_id.bytes + told.from_version.to_bytes(8, "big") + told.to_version.to_bytes(8, "big")


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
    values: dict[str, Any] = {name: getattr(one, name) | getattr(other, name) for name in MERGED}
    rows = None if one.rows is None or other.rows is None else one.rows + other.rows
    return replace(one, to_version=other.to_version, rows=rows, **values)


def tell_within(connection: Connection, told: Committed) -> None:
    """Within the commit's own transaction, so that it is heard if and only if it is committed: for what must not be missed.

    Not for every commit: NOTIFY takes a lock of the whole database at the end of the transaction, a third of the write rate.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(NOTIFY, {"payload": payload_of(told)})
