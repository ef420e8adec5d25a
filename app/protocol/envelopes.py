"""What is pushed and pulled."""

from collections.abc import Sequence
from typing import Any, Literal
from uuid import UUID

import msgspec

from app.kernel.command import Issued
from app.kernel.errors import REGISTRY, Refused
from app.protocol.cursor import Cursor
from app.protocol.version import PROTOCOL

Status = Literal[
    "applied", "merged", "rejected", "held"
]  # held: not carried out and not refused; to be sent again once confirmed


class MassDeletion(Refused):
    """The device deletes so much at once that a person must say that it is meant."""

    key = "mass_deletion"
    text = "That would be {count} of {total} records ({kind}) deleted within minutes. Confirm it in the outbox, or discard it."


class Push(msgspec.Struct, frozen=True, kw_only=True):
    """Commands in the order in which they were given."""

    device: str
    commands: list[Issued]
    protocol: int = PROTOCOL


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a command; the same for ever, however often it is asked, unless it is held."""

    command_id: UUID
    status: Status
    version: int  # the command's effect is in every pull whose end is this or later
    lost: list[str] = []  # fields whose value gave way to a later act
    error: str = ""
    values: dict[str, Any] = {}


def refusal_of(outcome: Outcome) -> Refused:
    """The error that a rejected outcome stands for."""
    kind = REGISTRY.get(outcome.error, Refused)
    return (kind if issubclass(kind, Refused) else Refused)(**outcome.values)


def without_hold(outcome: Outcome) -> Outcome:
    """For a console that does not know of holding: it shows the reason, and the person does it again."""
    return msgspec.structs.replace(outcome, status="rejected") if outcome.status == "held" else outcome


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """The outcomes of a push, in the order of its commands, and the server's time."""

    server_us: int
    outcomes: list[Outcome]


class Block(msgspec.Struct, frozen=True, array_like=True):
    """Rows of one kind in the form in which SQLite stores them."""

    kind: str
    columns: list[str]
    rows: Any  # list[list[Any]]; on the server already encoded


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """News for a replica that stands exactly at `start`; nothing for any other."""

    start: Cursor
    end: Cursor
    server_us: int
    blocks: list[Block]
    forget: list[tuple[str, UUID]] = []  # roots that left the replica's sight, with what is below them
    forget_below: list[tuple[str, UUID]] = []  # kinds of rows that did, and the root above them that did not
    purge: bool = False  # what is out of the end's sight must go, and what is hidden there must be emptied
    purged: int = 0  # tombstones up to this change number are gone from the server, with what stood below them
    total: int = 0  # on the first page of a pull: about how many rows it will bring


def is_chain(start: Cursor, pages: Sequence[Page]) -> bool:
    """Whether the first begins at this place, and each other where the one before it ends."""
    ends = [start, *(page.end for page in pages)]
    return all(page.start == end for page, end in zip(pages, ends, strict=False))
