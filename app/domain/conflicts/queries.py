"""Values that gave way and wait for their author."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row

from app.kernel.columns import moment_from_us
from app.kernel.log import Conflict, plain
from app.kernel.loss import Joined, Loss
from app.kernel.reader import Reader
from app.kernel.record import KINDS
from app.kernel.set_words import Turn, turned

TITLES = ("name", "title", "subject", "text", "number_shown", "number", "address", "value")  # the first that a record has
NAMED = (
    "user",
    "account",
    "contact",
    "team",
    "conversation",
    "role",
    "territory",
    "identity",
)  # what an id among the values may stand for


class Met(msgspec.Struct, frozen=True, kw_only=True):
    """One field in which two acts met. Values as JSON holds them; ids are named in `ConflictCard.names`."""

    field: str
    mine: Any
    theirs: Any  # as the record is now: the other's, or what came after
    original: Any
    mine_turn: Turn | None = None  # of a set: what either act added and removed
    theirs_turn: Turn | None = None


class ConflictCard(msgspec.Struct, frozen=True, kw_only=True):
    """One decision: the fields that are settled as one, who did what and when, and what was joined without asking."""

    id: UUID
    command_id: UUID
    record_kind: str
    record_id: UUID
    title: str
    is_here: bool  # one that was deleted, or left the sight, can only be left as it is
    met: list[Met]
    mine_by: UUID
    mine_at: datetime
    theirs_by: UUID
    theirs_at: datetime
    is_changed_since: bool  # what stands there now is neither's
    joined: list[Joined]
    names: dict[str, str]


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a record that somebody wanted to change; one that is out of sight has no title."""

    kind: str
    id: UUID
    title: str = ""
    is_here: bool = False
    is_deleted: bool = False
    merged_into: UUID | None = None
    merged_title: str = ""
    changed_by: str = ""
    changed_at: datetime | None = None


def standing(reader: Reader, kind: str, record_id: UUID) -> Standing:
    """Whether the record is here, deleted, merged into another, or out of sight; and who changed it last."""
    found = KINDS.get(kind)
    row = reader.buried(found, record_id) if found is not None else None
    if row is None:
        return Standing(kind=kind, id=record_id)
    survivor = getattr(row, "merged_into", None)
    names = names_of(reader, [str(row.updated_by), *([str(survivor)] if survivor else [])])
    return Standing(
        kind=kind, id=record_id, title=_title(row), is_here=row.deleted_at is None, is_deleted=row.deleted_at is not None,
        merged_into=survivor if str(survivor) in names else None, merged_title=names.get(str(survivor), ""),
        changed_by=names.get(str(row.updated_by), ""), changed_at=row.updated_at,
    )  # fmt: skip


def conflicts(reader: Reader) -> list[ConflictCard]:
    """The actor's own, oldest first."""
    mine = reader.select(Conflict).where(Conflict.owner_id == reader.actor.user_id).order_by(Conflict.created_at, Conflict.id)
    groups: dict[Any, list[Row[Any]]] = {}
    for row in reader.all(mine):
        is_whole = row.lost.get("is_whole", False)
        groups.setdefault((row.command_id, row.record_id) if is_whole else row.id, []).append(row)
    return [_card(reader, rows) for rows in groups.values()]


def conflict(reader: Reader, conflict_id: UUID) -> ConflictCard:
    """One of them; `NotHere` when it is settled."""
    row = reader.get(Conflict, conflict_id)
    together = [row]
    if row.lost.get("is_whole", False):
        of_it = (Conflict.command_id == row.command_id, Conflict.record_id == row.record_id, Conflict.owner_id == row.owner_id)
        rows = reader.all(reader.select(Conflict).where(*of_it).order_by(Conflict.id))
        together = [each for each in rows if each.lost.get("is_whole", False)]
    return _card(reader, together)


def _card(reader: Reader, rows: list[Row[Any]]) -> ConflictCard:
    first = rows[0]
    losses = [(row.field, msgspec.convert(dict(row.lost), Loss)) for row in rows]
    loss = losses[0][1]
    record = _record(reader, first.record_kind, first.record_id)
    now = {field: plain(getattr(record, field)) if record is not None else each.won for field, each in losses}
    is_changed = not all(each.is_kept(now[field]) for field, each in losses)
    met = [_met(field, each, now[field]) for field, each in losses]
    hidden = reader.actor.hidden(first.record_kind)
    joined = [each for each in loss.joined if each.field not in hidden]
    values = [value for each in met for value in (each.mine, each.theirs, each.original)]
    values += [value for each in joined for value in (each.before, each.after, str(each.by))]
    return ConflictCard(
        id=first.id, command_id=first.command_id, record_kind=first.record_kind, record_id=first.record_id,
        title=_title(record), is_here=record is not None, met=met, mine_by=loss.by,
        mine_at=moment_from_us(loss.acted_us),
        theirs_by=record.updated_by if is_changed and record is not None else loss.won_by,
        theirs_at=record.updated_at if is_changed and record is not None else moment_from_us(loss.won_us),
        is_changed_since=is_changed, joined=joined,
        names=names_of(reader, [*values, str(loss.by), str(loss.won_by), str(getattr(record, "updated_by", ""))]),
    )  # fmt: skip


def _met(field: str, loss: Loss, now: Any) -> Met:
    mine = turned(now, loss.words("mine")) if loss.is_set else loss.value
    return Met(
        field=field, mine=mine, theirs=now, original=loss.original, mine_turn=loss.lost_turn, theirs_turn=loss.won_turn
    )  # fmt: skip


def _record(reader: Reader, kind: str, record_id: UUID) -> Row[Any] | None:
    found = KINDS[kind]
    return reader.first(reader.select(found).where(found.id == record_id))


def _title(record: Row[Any] | None) -> str:
    if record is None:
        return ""
    return next((str(text) for field in TITLES if (text := getattr(record, field, ""))), "")


def names_of(reader: Reader, values: Iterable[Any]) -> dict[str, str]:
    """What the ids among the values stand for, as far as it is in sight."""
    wanted = {found for value in values if isinstance(value, str) and (found := _as_id(value)) is not None}
    names: dict[str, str] = {}
    for kind in NAMED:
        if left := wanted - {UUID(each) for each in names}:
            rows = reader.all(reader.select(KINDS[kind]).where(KINDS[kind].id.in_(left)))
            names |= {str(row.id): _title(row) for row in rows}
    return names


def _as_id(value: str) -> UUID | None:
    try:
        return UUID(value) if len(value) == 36 else None
    except ValueError:
        return None
