"""What must hold of locks, of many changed at once, and of people who were erased, worked out from what the server wrote down."""

import re
from collections.abc import Coroutine, Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from sqlalchemy import Connection, Engine, inspect, select, text, update
from sqlalchemy.orm import Session

from app.domain.contacts.erasing import EraseContact
from app.kernel.command import Issued
from app.kernel.erasing import BELONGS_BY
from app.kernel.errors import Refused
from app.kernel.log import CHANGES, Audit, CommandLog, Effect
from app.kernel.record import ERASED_AT, KINDS, Lockable
from app.kernel.undo import Undo
from server.database.jobs import Job
from server.database.ledger import Entry
from server.features.contacts.effects import ERASED, contact_erased

if TYPE_CHECKING:
    from server.database.store import TenantStore
    from tests.sync.world import World

MARK = re.compile(rb"q[0-9a-f]{10}")
Place = tuple[str, UUID]  # kind and id
Rows = dict[UUID, dict[str, Any]]


def mark_of(record_id: UUID) -> str:
    """A word that stands in what is written about this record and nowhere else."""
    return f"q{record_id.hex[-10:]}"


# ── locks ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def check_locks(disk: Engine, lockers: frozenset[UUID], erased: frozenset[UUID]) -> None:
    """Nobody but who may lock has changed a locked root, or what is below it; of erased ones the audit tells no longer."""
    locked: set[Place] = set()
    above: dict[Place, UUID] = {}
    with Session(disk) as session:
        audits = session.scalars(select(Audit).where(Audit.operation.in_(CHANGES)).order_by(Audit.seq)).all()
    for audit in audits:
        roots = dict(_roots(audit, above))
        for place, is_own in roots.items():
            is_free = is_own and audit.fields.keys() <= cast("type[Lockable]", KINDS[audit.kind]).__unlocked__
            if place in locked and place[1] not in erased and not is_free:
                assert audit.actor_id in lockers, f"{audit.verb} changed {audit.kind} of a locked {place[0]}"
        if (audit.kind, audit.record_id) in roots and "locked_at" in audit.fields:
            (locked.discard if audit.fields["locked_at"][1] is None else locked.add)((audit.kind, audit.record_id))


def _roots(audit: Audit, above: dict[Place, UUID]) -> Iterator[tuple[Place, bool]]:
    """What can be locked and stands over what was changed, before and after; and whether it was changed itself."""
    kind, place = KINDS[audit.kind], (audit.kind, audit.record_id)
    if issubclass(kind, Lockable):
        yield place, True
    elif kind.__parent__ is not None and issubclass(KINDS[kind.__parent__[0]], Lockable):
        name, column = kind.__parent__
        if place in above:
            yield (name, above[place]), False
        if audit.fields.get(column, (None, None))[1] is not None:
            above[place] = UUID(audit.fields[column][1])
            yield (name, above[place]), False


# ── many at once ───────────────────────────────────────────────────────────────────────────────────────────────────────


def check_groups(disk: Engine, issued: Mapping[UUID, Issued], trusted: frozenset[UUID]) -> None:
    """Of a group only what somebody did who may change many at once; what was theirs to do is theirs to take back."""
    with Session(disk) as session:
        for row in session.scalars(select(CommandLog).where(CommandLog.status != "rejected")):
            given = issued.get(row.id)
            if given is not None and given.group is not None and row.name != Undo.verb:
                assert row.actor_id in trusted, f"{row.name} in a group"


# ── erased people ──────────────────────────────────────────────────────────────────────────────────────────────────────


class JobStore:
    """As much of a tenant's store as the job needs that follows an erasing; without files."""

    is_shared = True  # nothing is on a disk that would have to be written anew

    def __init__(self, world: "World") -> None:
        self._disk, self.tenant_id = world.disk, world.authority.tenant_id
        self.now_us = lambda: world.time_us
        self.ledger = self

    def add(self, _tenant_id: UUID, _entry: Entry) -> None:
        """To the ledger; storms restore no backups."""

    async def aside(self, fn: Any) -> Any:
        return fn()

    async def look(self, fn: Any) -> Any:
        with self._disk.connect().execution_options(is_reader=True) as connection, connection.begin():
            return fn(connection)

    async def change(self, fn: Any) -> Any:
        with self._disk.begin() as connection:
            return fn(connection)


def erase(world: "World", contact_id: UUID) -> None:
    """By the server, if it can be done."""
    try:
        world.order(EraseContact(contact_id=contact_id))
    except Refused:
        return


def do_jobs(world: "World") -> None:
    """What follows the erasings; done in part, it is done again."""
    store = cast("TenantStore", JobStore(world))
    mine = (Effect.name == ERASED, Effect.state == "waiting")
    with world.disk.connect() as connection:
        rows = connection.execute(select(Effect.id, Effect.payload, Effect.run_at).where(*mine)).all()
    for row in rows:
        job = Job(
            tenant_id=store.tenant_id, id=row.id, name=ERASED, payload=dict(row.payload), attempts=1, run_at=row.run_at
        )  # fmt: skip
        _at_once(contact_erased(store, job))
        with world.disk.begin() as connection:
            connection.execute(update(Effect).where(Effect.id == row.id).values(state="done"))


def _at_once(work: Coroutine[Any, Any, None]) -> None:
    """It waits for nothing here."""
    try:
        work.send(None)
    except StopIteration:
        return
    raise AssertionError("it waits for something")


def erased_of(everything: Mapping[str, Rows]) -> frozenset[UUID]:
    """The ids of all that is erased."""
    return frozenset(key for rows in everything.values() for key, row in rows.items() if ERASED_AT in row["custom"])


def check_erased(world: "World", everything: Mapping[str, Rows]) -> None:
    """Nothing is left in what is erased, nothing was told of them since, and their marks stand nowhere, here and there."""
    gone = erased_of(everything)
    for name, rows in everything.items():
        for key, row in rows.items():
            left = KINDS[name].__erased__
            if key in gone:
                assert {field: row[field] for field in left} == dict(left), (name, row)
            elif left:
                owners = {row[column] for column in BELONGS_BY if column in row}
                assert owners.isdisjoint(gone), f"a {name} tells of somebody who was erased"
    marks = {mark_of(key).encode() for key in gone}
    for where, disk in (("server", world.disk), *((desk.name, desk.disk) for desk in world.desks)):
        if marks:
            with disk.connect() as connection:
                assert not (told := marks & set(_marks_in(connection))), (where, told)


def _marks_in(connection: Connection) -> Iterator[bytes]:
    """Those in any table; the words of the search index are kept in pieces, and looked at elsewhere."""
    for table in inspect(connection).get_table_names():
        if not table.startswith("search_fts"):
            for row in connection.execute(text(f'SELECT * FROM "{table}"')):  # noqa: S608  # a table's name
                yield from MARK.findall(b" ".join(each if isinstance(each, bytes) else str(each).encode() for each in row))
