"""What was done here and not yet taken in by the server, in order; and what became of it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, Row, delete, func, insert, select, update

from app.kernel.command import Command, Issued
from app.kernel.erasing import ErasedPerson
from app.kernel.errors import Refused
from app.kernel.log import change_from_json, fields_to_json
from app.kernel.watch import Change, Past
from app.kernel.work import UnitOfWork
from app.protocol.converters import in_todays_words
from app.protocol.envelopes import Outcome
from app.replica.rows import Touches
from app.replica.tables import EVERYTHING, OUTBOX

LIVE = ("waiting", "answered", "held")
NOTHING_SAID = msgspec.Raw(msgspec.msgpack.encode({}))
KEPT_DONE = 1_000  # acts that can still be undone, a group being one
MOST_KEPT = 30_000  # commands of them all


class OutboxEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A command as the person sees it in the outbox."""

    command_id: UUID
    name: str
    state: str  # waiting | answered | held | rejected
    acted_us: int
    command: Command | None  # nothing when this program does not know it (any more)
    error: str = ""  # of a rejected or held one; of a waiting one, why it no longer works here
    values: dict[str, Any] = {}
    is_handed: bool = False  # the server may have heard of it
    group: UUID | None = None  # of all that one act on many records gave
    builds_on: tuple[UUID, ...] = ()  # the entries before it that made what it is about, or that it says it needs


class OnItsWay(Refused):
    """A command that the server may have heard of can no longer be withdrawn."""

    key = "on_its_way"
    text = "This may have reached the server already. Wait for its answer, then take it back."


def put(connection: Connection, issued: Issued, work: UnitOfWork, changes: Iterable[Change]) -> None:
    """Remember to tell the server."""
    connection.execute(
        insert(OUTBOX).values(
            id=issued.id.bytes, issued=msgspec.msgpack.encode(issued), state="waiting", version=0, error="",
            error_values=None, group_id=issued.group.bytes if issued.group else None, **trace(work, changes),
        )
    )  # fmt: skip


def put_again(connection: Connection, acts: Iterable[Issued]) -> None:
    """What was done before the file was lost: the server may know it already, and then answers as it did the first time."""
    for issued in acts:
        connection.execute(
            insert(OUTBOX).values(
                id=issued.id.bytes, issued=msgspec.msgpack.encode(issued), state="waiting", version=0, error="",
                error_values=None, changes=b"[]", touched=b"[]", group_id=issued.group.bytes if issued.group else None,
            )
        )  # fmt: skip


def put_done(connection: Connection, issued: Issued, version: int) -> None:
    """The server did it at once and past this queue: it is listed, without what it changed, among what was done here."""
    connection.execute(
        insert(OUTBOX).values(
            id=issued.id.bytes, issued=msgspec.msgpack.encode(issued), state="done", version=version, error="",
            error_values=None, changes=b"[]", touched=b"[]",
        )
    )  # fmt: skip


def unsettled(connection: Connection) -> list[Issued]:
    """All that is not done and forgotten."""
    rows = connection.execute(select(OUTBOX.c.issued).where(OUTBOX.c.state.not_in(("done", "dismissed"))).order_by(OUTBOX.c.seq))
    return [msgspec.msgpack.decode(row.issued, type=Issued) for row in rows]


def issued_of(row: Row[Any]) -> Issued:
    """The command as this program knows it: the one that queued it may have been an older one."""
    return in_todays_words(msgspec.msgpack.decode(row.issued, type=Issued))


def trace(work: UnitOfWork, changes: Iterable[Change]) -> dict[str, bytes]:
    """What the command changed and what it looked at."""
    told = [(change.kind, change.record_id.hex, change.operation, fields_to_json(change)) for change in changes]
    return {"changes": msgspec.json.encode(told), "touched": msgspec.json.encode(sorted(work.touched))}


def waiting(connection: Connection, limit: int) -> list[Issued]:
    """The next to be pushed."""
    rows = connection.execute(select(OUTBOX.c.issued).where(OUTBOX.c.state == "waiting").order_by(OUTBOX.c.seq).limit(limit))
    found = [issued_of(row) for row in rows]
    held = set(connection.execute(select(OUTBOX.c.id).where(OUTBOX.c.state == "held")).scalars())
    return _without_needing(found, held) if held else found


def _without_needing(found: Sequence[Issued], held: set[bytes]) -> list[Issued]:
    """What builds on something that is held waits with it."""
    free = []
    for issued in found:
        if held.isdisjoint(need.bytes for need in issued.needs):
            free.append(issued)
        else:
            held.add(issued.id.bytes)
    return free


def count_waiting(connection: Connection) -> int:
    """How many the server has not heard of."""
    return connection.execute(select(func.count()).where(OUTBOX.c.state == "waiting")).scalar_one()


def live(connection: Connection) -> Sequence[Row[Any]]:
    """Those whose effect lies on top of the server's rows, in order."""
    return connection.execute(select(OUTBOX).where(OUTBOX.c.state.in_(LIVE)).order_by(OUTBOX.c.seq)).all()


def answer(connection: Connection, outcome: Outcome) -> Row[Any] | None:
    """Take an answer in; gives the row when it was a rejection. An answer that came twice changes nothing."""
    row = connection.execute(select(OUTBOX).where(OUTBOX.c.id == outcome.command_id.bytes, OUTBOX.c.state == "waiting")).first()
    if row is None:
        return None
    is_rejected = outcome.status == "rejected"
    state = {"rejected": "rejected", "held": "held"}.get(outcome.status, "answered")
    connection.execute(
        update(OUTBOX).where(OUTBOX.c.seq == row.seq).values(
            state=state, version=outcome.version, error=outcome.error,
            error_values=msgspec.msgpack.encode(outcome.values),
        )
    )  # fmt: skip
    return row if is_rejected else None


def finish(connection: Connection, version: int) -> Sequence[Row[Any]]:
    """The answered commands whose effects the replica now holds as the server's own rows."""
    covered = (OUTBOX.c.state == "answered") & (OUTBOX.c.version <= version)
    done = connection.execute(select(OUTBOX).where(covered)).all()
    if done:
        connection.execute(update(OUTBOX).where(covered).values(state="done"))
        old = (OUTBOX.c.state.in_(("done", "dismissed")), OUTBOX.c.seq < _oldest_kept(connection))
        connection.execute(delete(OUTBOX).where(*old))
    return done


def _oldest_kept(connection: Connection) -> int:
    """The place of the oldest act that is kept."""
    newest = connection.execute(select(func.max(OUTBOX.c.seq))).scalar_one()
    act = func.coalesce(OUTBOX.c.group_id, OUTBOX.c.id)
    kept = select(func.min(OUTBOX.c.seq).label("first")).group_by(act).order_by(func.max(OUTBOX.c.seq).desc()).limit(KEPT_DONE)
    first = connection.execute(select(func.min(kept.subquery().c.first))).scalar_one()
    return int(max(first, newest - MOST_KEPT))


def note_refusal(connection: Connection, seq: int, refusal: Refused) -> None:
    """It no longer works here, and stays queued all the same: the server decides."""
    values = msgspec.to_builtins(refusal.values, enc_hook=str)
    connection.execute(
        update(OUTBOX).where(OUTBOX.c.seq == seq)
        .values(error=refusal.key, error_values=msgspec.msgpack.encode(values), changes=b"[]")
    )  # fmt: skip


def note_run(connection: Connection, seq: int, work: UnitOfWork, changes: Iterable[Change]) -> None:
    """It was run again over newer rows."""
    connection.execute(update(OUTBOX).where(OUTBOX.c.seq == seq).values(error="", error_values=None, **trace(work, changes)))


def scrub(connection: Connection, gone: Touches, hidden: Mapping[str, frozenset[str]]) -> bool:
    """What left sight leaves the traces of past commands too: none could be taken back any more. Whether any told of it."""
    is_told = False
    for row in connection.execute(select(OUTBOX).where(OUTBOX.c.state.in_(("done", "rejected", "dismissed")))).all():
        if gone & touched(row) or _tells(row, hidden):
            mine, is_told = OUTBOX.c.seq == row.seq, True
            is_read = row.state == "rejected"  # the person has not seen it yet
            connection.execute(update(OUTBOX).where(mine).values(changes=b"[]") if is_read else delete(OUTBOX).where(mine))
    return is_told


def about(connection: Connection, gone: Touches) -> Sequence[Row[Any]]:
    """The commands that looked at one of these records, or wrote it, or were refused because of it."""
    keys = {touch.partition(":")[2] for touch in gone}

    def is_named(row: Row[Any]) -> bool:
        told = msgspec.msgpack.decode(row.error_values) if row.error_values else {}
        return bool(gone & touched(row)) or str(told.get("id")) in keys

    return [row for row in connection.execute(select(OUTBOX)).all() if is_named(row)]


def erase(connection: Connection, rows: Sequence[Row[Any]]) -> list[str]:
    """A person was erased: what told of them goes, and of what was refused its words; the hashes of files that they named."""
    refused = [row for row in rows if row.state == "rejected"]
    connection.execute(delete(OUTBOX).where(OUTBOX.c.seq.in_([row.seq for row in rows if row.state != "rejected"])))
    for row in refused:
        issued = msgspec.structs.replace(msgspec.msgpack.decode(row.issued, type=Issued), body=NOTHING_SAID)
        values = row.error_values if row.error == ErasedPerson.key else None  # others may name the person
        left = {"issued": msgspec.msgpack.encode(issued), "changes": b"[]", "error": ErasedPerson.key, "error_values": values}
        connection.execute(update(OUTBOX).where(OUTBOX.c.seq == row.seq).values(left))
    return _files_of(rows)


def over(connection: Connection, rows: Iterable[Row[Any]], erased: Set[bytes]) -> Sequence[Row[Any]]:
    """Those of these that are settled now, and were refused because a person was erased or are among those told of one."""
    mine = (OUTBOX.c.seq.in_([row.seq for row in rows]), OUTBOX.c.state.not_in(LIVE))
    found = connection.execute(select(OUTBOX).where(*mine)).all()
    return [row for row in found if row.error == ErasedPerson.key or row.id in erased]


def _files_of(rows: Iterable[Row[Any]]) -> list[str]:
    commands = [command_of(msgspec.msgpack.decode(row.issued, type=Issued)) for row in rows]
    return [file.sha256 for command in commands for file in getattr(command, "files", ())]


def _tells(row: Row[Any], hidden: Mapping[str, frozenset[str]]) -> bool:
    """Whether the trace holds a value that is hidden now."""
    return bool(hidden) and any(
        hidden.get(kind, frozenset()) & fields.keys() for kind, _, _, fields in msgspec.json.decode(row.changes)
    )


def past(connection: Connection, command_id: UUID) -> Past:
    """What a command of this device changed here; nothing of one that was refused."""
    mine = (OUTBOX.c.id == command_id.bytes) & (OUTBOX.c.state != "rejected")
    row = connection.execute(select(OUTBOX.c.issued, OUTBOX.c.changes).where(mine)).first()
    if row is None:
        return Past()
    issued = msgspec.msgpack.decode(row.issued, type=Issued)
    return Past(verb=issued.name, actor_id=issued.actor_id, changes=tuple(changes_of(row.changes)))


def changes_of(told: bytes) -> Iterator[Change]:
    """What a command's trace tells."""
    for kind, key, operation, fields in msgspec.json.decode(told):
        yield change_from_json(kind, UUID(hex=key), operation, fields)


def entries(connection: Connection, handed: int) -> list[OutboxEntry]:
    """What waits and what was rejected, oldest first; `handed`: up to where the server may have heard."""
    rows = connection.execute(select(OUTBOX).where(OUTBOX.c.state.in_((*LIVE, "rejected"))).order_by(OUTBOX.c.seq)).all()
    made: dict[str, UUID] = {}  # record → the entry that made it
    found = []
    for row in rows:
        issued = issued_of(row)
        needed = {made[touch] for touch in touched(row) if touch in made} | set(issued.needs)
        found.append(_entry(row, issued, is_handed=row.seq <= handed, needed=needed))
        made |= {
            f"{kind}:{key}": issued.id for kind, key, operation, _ in msgspec.json.decode(row.changes) if operation == "insert"
        }
    known = {each.command_id for each in found}
    return [msgspec.structs.replace(each, builds_on=tuple(on for on in each.builds_on if on in known)) for each in found]


def command_of(issued: Issued) -> Command | None:
    """Nothing when this program does not know it (any more)."""
    try:
        return in_todays_words(issued).command
    except Refused:
        return None


def _entry(row: Row[Any], issued: Issued, *, is_handed: bool, needed: Iterable[UUID]) -> OutboxEntry:
    return OutboxEntry(
        command_id=issued.id, name=issued.name, state=row.state, acted_us=issued.acted_us, command=command_of(issued),
        error=row.error, values=msgspec.msgpack.decode(row.error_values) if row.error_values else {}, is_handed=is_handed,
        builds_on=tuple(sorted(needed)), group=issued.group,
    )  # fmt: skip


def release(connection: Connection) -> None:
    """The person has confirmed what was held: it is sent again."""
    connection.execute(update(OUTBOX).where(OUTBOX.c.state == "held").values(state="waiting", error="", error_values=None))


def discard(connection: Connection, command_ids: Iterable[UUID]) -> Sequence[Row[Any]]:
    """The person does not mean what was held; gives what it was."""
    mine = (OUTBOX.c.id.in_([command_id.bytes for command_id in command_ids]), OUTBOX.c.state == "held")
    rows = connection.execute(select(OUTBOX).where(*mine).order_by(OUTBOX.c.seq)).all()
    connection.execute(delete(OUTBOX).where(*mine))
    return rows


def dismiss(connection: Connection, command_id: UUID) -> None:
    """The person has read why a command was rejected; until newer ones push it out it can be brought back."""
    connection.execute(delete(OUTBOX).where(OUTBOX.c.id == command_id.bytes, OUTBOX.c.error == ErasedPerson.key))
    _turn(connection, command_id, "rejected", "dismissed")


def reinstate(connection: Connection, command_id: UUID) -> None:
    """Show a rejected command again."""
    _turn(connection, command_id, "dismissed", "rejected")


def _turn(connection: Connection, command_id: UUID, before: str, after: str) -> None:
    connection.execute(update(OUTBOX).where(OUTBOX.c.id == command_id.bytes, OUTBOX.c.state == before).values(state=after))


def last_seq(connection: Connection, limit: int) -> int:
    """The place of the last of the next commands to be pushed; 0 when none waits."""
    seqs = connection.execute(select(OUTBOX.c.seq).where(OUTBOX.c.state == "waiting").order_by(OUTBOX.c.seq).limit(limit))
    return max(seqs.scalars(), default=0)


def withdraw(connection: Connection, command_ids: Iterable[UUID], handed: int) -> Sequence[Row[Any]]:
    """Take commands out that the server has not heard of; `OnItsWay` when it may have. All of them or none."""
    ids = [command_id.bytes for command_id in command_ids]
    rows = connection.execute(select(OUTBOX).where(OUTBOX.c.id.in_(ids)).order_by(OUTBOX.c.seq)).all()
    if any(row.state != "waiting" or row.seq <= handed for row in rows):
        raise OnItsWay
    connection.execute(delete(OUTBOX).where(OUTBOX.c.id.in_(ids)))
    return rows


def written(row: Row[Any]) -> Touches:
    """What a command wrote here, and the kinds that it wrote in."""
    return {touch for kind, key, *_ in msgspec.json.decode(row.changes) for touch in (f"{kind}:{key}", f"{kind}:*")}


def touched(row: Row[Any]) -> Touches:
    """What a command looked at or wrote."""
    return set(msgspec.json.decode(row.touched))


def writers_of(connection: Connection, touches: Touches) -> tuple[UUID, ...]:
    """The open commands that wrote any of these."""
    return tuple(UUID(bytes=row.id) for row in live(connection) if written(row) & touches)


def concerned(open_rows: Sequence[Row[Any]], stale: Touches, ended: Sequence[Row[Any]]) -> set[Row[Any]]:
    """The open commands that read or wrote anything stale, or anything that such a command wrote, and so on."""
    if EVERYTHING in stale:
        return set(open_rows)
    stale = stale.union(*(written(row) for row in ended))
    again: set[Row[Any]] = set()
    while True:
        more = {row for row in open_rows if row not in again and stale & touched(row)}
        if not more:
            return again
        again |= more
        stale = stale.union(*(written(row) for row in more))
