"""What was done on this device, one by one or a group as one."""

from collections.abc import Sequence
from uuid import UUID

import msgspec
from sqlalchemy import Connection, Row, func, select

from app.kernel.command import Command, Issued
from app.kernel.watch import Change
from app.replica.outbox import changes_of, command_of
from app.replica.tables import OUTBOX


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """Something that this device did, whatever became of it; the last thousand are kept."""

    command_id: UUID  # of a group: the group's
    name: str
    state: str  # waiting | answered | done | rejected
    acted_us: int
    changes: tuple[Change, ...]  # of a group: those of one of its commands
    is_undone: bool
    error: str = ""
    command: Command | None = None  # nothing when this program does not know it (any more)
    is_far: bool = False  # the server did it: only the server can take it back
    count: int = 1  # of a group: how many were done
    refused: int = 0  # and how many the server did not take


class _Taken(msgspec.Struct):
    command_id: UUID


def acts(connection: Connection, limit: int, *, is_folded: bool = False) -> list[Act]:
    """The latest first. What an undo took back that was itself taken back is not undone. `is_folded`: a group is one act."""
    undone: set[UUID] = set()
    found = []
    for row in _newest(connection, limit, is_folded=is_folded):
        issued = msgspec.msgpack.decode(row.issued, type=Issued)
        own = issued.group if is_folded and issued.group is not None else issued.id
        if issued.name == "undo" and row.state != "rejected" and own not in undone:
            undone |= _taken_back(connection, issued)
        act = Act(
            command_id=own, name=issued.name, state=row.state, acted_us=issued.acted_us, changes=tuple(changes_of(row.changes)),
            is_undone=own in undone, error=row.error or "", command=(command := command_of(issued)),
            is_far=command is not None and not command.offline,
        )  # fmt: skip
        found.append(act if own == issued.id else _with_counts(connection, act))
    return found


def _newest(connection: Connection, limit: int, *, is_folded: bool) -> Sequence[Row[tuple[object, ...]]]:
    """Of a group the latest command that was not refused, if there is one."""
    if not is_folded:
        return connection.execute(select(OUTBOX).order_by(OUTBOX.c.seq.desc()).limit(limit)).all()
    latest = func.coalesce(
        func.max(OUTBOX.c.seq).filter(OUTBOX.c.state.not_in(("rejected", "dismissed"))), func.max(OUTBOX.c.seq)
    )
    one = select(latest.label("seq")).group_by(func.coalesce(OUTBOX.c.group_id, OUTBOX.c.id))
    newest = one.order_by(func.max(OUTBOX.c.seq).desc()).limit(limit).subquery()
    return connection.execute(select(OUTBOX).where(OUTBOX.c.seq.in_(select(newest.c.seq))).order_by(OUTBOX.c.seq.desc())).all()


def _taken_back(connection: Connection, undo: Issued) -> set[UUID]:
    """The command, and the group that it was of."""
    taken = msgspec.msgpack.decode(undo.body, type=_Taken).command_id
    group = connection.execute(select(OUTBOX.c.group_id).where(OUTBOX.c.id == taken.bytes)).scalar()
    return {taken} if undo.group is None or group is None else {taken, UUID(bytes=group)}


def _with_counts(connection: Connection, act: Act) -> Act:
    counted = select(OUTBOX.c.state, func.count().label("many")).where(OUTBOX.c.group_id == act.command_id.bytes)
    states = {row.state: row.many for row in connection.execute(counted.group_by(OUTBOX.c.state))}
    refused = states.pop("rejected", 0) + states.pop("dismissed", 0)
    state = next((each for each in ("held", "waiting", "answered", "done") if each in states), "rejected")
    return msgspec.structs.replace(act, state=state, count=sum(states.values()), refused=refused)


def members(connection: Connection, group: UUID) -> list[UUID]:
    """The commands of a group that were neither refused nor stopped, latest first: those there is something to take back of."""
    mine = (OUTBOX.c.group_id == group.bytes, OUTBOX.c.state.not_in(("rejected", "dismissed", "held")))
    return [
        UUID(bytes=each) for each in connection.execute(select(OUTBOX.c.id).where(*mine).order_by(OUTBOX.c.seq.desc())).scalars()
    ]
