"""The audit is a chain that only grows: the databases refuse to change it, and a check names the first row that is wrong."""

import asyncio
import io
from collections.abc import Callable
from contextlib import contextmanager
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, create_engine, func, insert, literal, select, text
from sqlalchemy.exc import DatabaseError, IntegrityError

from app.domain.contacts.commands import CreateContact, DeleteContact, EditContact
from app.domain.tenants.commands import KeepAudit
from app.kernel.command import Issued, body_of
from app.kernel.errors import BadValue, NotAllowed
from app.kernel.ids import new_id
from app.kernel.log import Audit, AuditCut
from app.kernel.trail import COVERED, Origin, digest
from server.commands.audit import verify_audit
from server.database.anchors import Anchors
from server.database.append_only import drop_cut, unfixed
from server.database.place import Place
from server.database.store import TenantStore
from server.database.trail_check import AS_WRITTEN, Found, verify
from server.jobs.audit_keeper import keep_within
from server.jobs.rounds import Rounds
from tests.server.world import Database, stores_of

DAY_US = 86_400_000_000


@pytest.fixture
def acme(database: Database) -> UUID:
    return database.people.acme


async def _work(store: TenantStore, people: Any, count: int = 5) -> UUID:
    """A contact that is made and changed; its id."""
    contact_id = new_id()
    await store.issue(CreateContact(contact_id=contact_id, name="Luca"), people.ana, "desk", address="192.0.2.7")
    for number in range(count):
        await store.issue(EditContact(contact_id=contact_id, patch={"job_title": f"Title {number}"}), people.ana, "desk")
    return contact_id


async def _verified(store: TenantStore) -> Found:
    return await store.look(lambda each: verify(each, store.tenant_id))


@contextmanager
def _intruder(place: Place, tenant_id: UUID) -> Any:
    """Somebody who owns the database and has switched the triggers off."""
    engine = create_engine(f"sqlite:///{place.tenant_file(tenant_id)}" if place.is_sqlite else place.url)
    with engine.begin() as connection:
        if place.is_sqlite:
            for name in ("audit_keeps", "audit_stays", "audit_cut_keeps", "audit_cut_stays"):
                connection.execute(text(f"DROP TRIGGER {name}"))
        else:
            connection.execute(text("SET session_replication_role = replica"))
        yield connection
    engine.dispose()


def _tamper(connection: Connection, tenant_id: UUID, seq: int) -> None:
    row = Audit.__table__.c
    values = {"actor_id": new_id()}
    connection.execute(Audit.__table__.update().where(row.tenant_id == tenant_id, row.seq == seq).values(values))


def _rewrite(connection: Connection, tenant_id: UUID, seq: int) -> None:
    """With a new hash of its own: the next row was not written behind it."""
    table: Any = Audit.__table__
    here = (table.c.tenant_id == tenant_id) & (table.c.seq == seq)
    connection.execute(table.update().where(here).values(device="another"))

    row = connection.execute(select(*AS_WRITTEN).where(here)).one()
    own = digest(bytes(row.previous), tuple(getattr(row, name) for name in COVERED))
    connection.execute(table.update().where(here).values(hash=own))


def _remove(connection: Connection, tenant_id: UUID, seq: int) -> None:
    table: Any = Audit.__table__
    connection.execute(table.delete().where(table.c.tenant_id == tenant_id, table.c.seq == seq))


def _swap(connection: Connection, tenant_id: UUID, seq: int) -> None:
    table: Any = Audit.__table__
    mine = table.c.tenant_id == tenant_id
    for old, new in ((seq, -1), (seq + 1, seq), (-1, seq + 1)):
        connection.execute(table.update().where(mine, table.c.seq == old).values(seq=new))


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (_tamper, "row {seq} was changed after it was written"),
        (_rewrite, "row {seq} was replaced after row {next} was written"),
        (_remove, "row {seq} is missing"), (_swap, "row {seq} stands in another's place"),
    ],
)  # fmt: skip
async def test_the_first_row_that_is_not_as_written_is_named(
    place: Place, database: Database, acme: UUID, harm: Callable[[Connection, UUID, int], None], said: str
) -> None:
    with stores_of(place) as stores:
        store = stores.of(acme)
        await _work(store, database.people)
        whole = await _verified(store)
        assert (whole.problem, whole.rows, whole.head.seq) == ("", whole.head.seq, whole.rows)
        seq = whole.rows - 3
    with _intruder(place, acme) as connection:
        harm(connection, acme, seq)
    with stores_of(place) as stores:
        found = await _verified(stores.of(acme))
        assert said.format(seq=seq, next=seq + 1) in found.problem
        assert found.seq == seq
        out = io.StringIO()
        assert await verify_audit(stores, out, "") == 1
        assert f"BROKEN  acme: {found.problem}" in out.getvalue()
        assert "ok      zenith:" in out.getvalue()


async def test_rows_taken_from_the_end_are_missed(place: Place, database: Database, acme: UUID) -> None:
    with stores_of(place) as stores:
        await _work(stores.of(acme), database.people)
        last = (await _verified(stores.of(acme))).head.seq
    with _intruder(place, acme) as connection:
        _remove(connection, acme, last)
    with stores_of(place) as stores:
        assert f"the last rows are missing, from {last} to {last}" in (await _verified(stores.of(acme))).problem


async def test_the_database_refuses_to_change_or_delete_a_row(place: Place, acme: UUID) -> None:
    with stores_of(place) as stores:
        store = stores.of(acme)
        for harm in (_tamper, _remove):
            with pytest.raises(DatabaseError, match=r"append-only|permission denied"):
                await store.change(partial(harm, tenant_id=acme, seq=2))
        assert (await _verified(store)).problem == ""
    engine = create_engine(f"sqlite:///{place.tenant_file(acme)}" if place.is_sqlite else place.url)
    for harm in (_tamper, _remove):  # whoever owns the tables is refused too
        with pytest.raises(DatabaseError, match="append-only"), engine.begin() as connection:
            harm(connection, acme, 2)
    with engine.connect() as connection:
        assert unfixed(connection) == []
    engine.dispose()


async def test_a_cut_leaves_an_anchor_and_the_rest_still_checks(place: Place, database: Database, acme: UUID) -> None:
    with stores_of(place) as stores:
        store = stores.of(acme)
        contact_id = await _work(store, database.people)
        before = (await _verified(store)).head.seq
        with pytest.raises(BadValue):
            await store.issue(KeepAudit(days=1), database.people.ana, "desk")
        with pytest.raises(NotAllowed):
            await store.issue(KeepAudit(days=60), database.people.ben, "desk")
        await store.issue(KeepAudit(days=60), database.people.ana, "desk")
        assert await keep_within(store, Anchors(place)) == 0, "nothing is old enough"
        today_us = store.now_us()
        store.now_us = store.authority._now_us = lambda: today_us + 61 * DAY_US
        await store.issue(DeleteContact(contact_id=contact_id), database.people.ana, "desk")
        assert await keep_within(store, Anchors(place)) == before + 3  # and two refusals, and the setting itself
        found = await _verified(store)
        assert (found.problem, found.cut.last.seq if found.cut else 0, found.rows) == ("", before + 3, 2)
        [deleted] = await store.look(lambda each: each.execute(select(Audit).where(Audit.verb == "contact.delete")).all())
        assert deleted.content["name"] == "Luca"
        assert deleted.content["job_title"] == "Title 4"
        assert await keep_within(store, Anchors(place)) == 0
    with _intruder(place, acme) as connection:
        connection.execute(AuditCut.__table__.update().values(seq=before + 4))
    with stores_of(place) as stores:
        assert (await _verified(stores.of(acme))).problem != ""


async def test_a_cut_that_the_chain_does_not_tell_of_is_found(place: Place, database: Database, acme: UUID) -> None:
    with stores_of(place) as stores:
        store = stores.of(acme)
        await _work(store, database.people)
        row = await store.look(lambda each: each.execute(select(Audit.hash).where(Audit.seq == 4)).scalar_one())
        await store.change(
            lambda each: each.execute(AuditCut.__table__.insert().values(tenant_id=acme, seq=4, hash=bytes(row), cut_us=1))
        )
        assert await store.change(lambda each: drop_cut(each, acme)) == 4
        assert "nothing in the chain tells of it" in (await _verified(store)).problem


async def test_a_row_says_who_what_when_and_from_where_and_refusals_are_rows_too(
    place: Place, database: Database, acme: UUID
) -> None:
    with stores_of(place) as stores:
        store = stores.of(acme)
        contact_id = await _work(store, database.people, count=1)
        with pytest.raises(NotAllowed):
            await store.issue(KeepAudit(days=90), database.people.ben, "d2", address="198.51.100.4")
        rows = await store.look(lambda each: each.execute(select(Audit).order_by(Audit.seq)).all())
        made = next(row for row in rows if row.record_id == contact_id)
        assert (made.verb, made.operation, made.device, made.address) == ("contact.create", "insert", "desk", "192.0.2.7")
        assert made.actor_id == database.people.ana
        assert 0 < made.acted_us <= made.applied_us <= store.now_us()
        assert made.fields["name"] == [None, "Luca"]
        refused = rows[-1]
        assert (refused.verb, refused.operation, refused.address) == ("tenant.keep_audit", "refused", "198.51.100.4")
        assert refused.fields["error"] == [None, "not_allowed"]
        assert [row.seq for row in rows] == list(range(1, len(rows) + 1))


async def test_the_keeper_runs_beside_the_server(place: Place, database: Database, acme: UUID) -> None:
    with stores_of(place) as stores:
        store = stores.of(acme)
        await store.issue(KeepAudit(days=30), database.people.ana, "desk")
        today_us = store.now_us()
        store.now_us = lambda: today_us + 31 * DAY_US
        keeper = Rounds(stores, partial(keep_within, anchors=Anchors(place)), 0.01, name="cutting the audit")
        await keeper.start()
        async with asyncio.timeout(60):
            while (await _verified(store)).cut is None or await store.look(_rows) > 1:  # noqa: ASYNC110  # in the database
                await asyncio.sleep(0.01)
        await keeper.stop()


def _rows(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(Audit)).scalar_one()


def _pushed(people: Any, count: int) -> list[Issued]:
    """As a console pushes them, all in one transaction."""
    made = [CreateContact(contact_id=new_id(), name=f"Person {number}") for number in range(count)]
    return [
        Issued(id=new_id(), name=each.verb, body=body_of(each), actor_id=people.ana, device="desk", acted_us=1) for each in made
    ]


async def test_the_rows_of_a_long_push_are_one_chain(place: Place, database: Database, acme: UUID) -> None:
    with stores_of(place) as stores:
        store = stores.of(acme)
        before = (await _verified(store)).rows
        for count in (1, 9, 61, 74):  # written by statements for one row, some, and many
            outcomes = await store.write(partial(store.authority.carry_out, _pushed(database.people, count)))
            assert {each.status for each in outcomes} == {"applied"}
            found = await _verified(store)
            assert (found.problem, found.rows) == ("", before := before + count)


async def test_of_a_push_whose_rows_are_refused_in_their_middle_none_stays(place: Place, database: Database, acme: UUID) -> None:
    """Somebody has put a row where the chain has not come yet."""
    with stores_of(place) as stores:
        store, row = stores.of(acme), Audit.__table__.c
        before = (await _verified(store)).head.seq
        copied = select(*(literal(before + 31) if each.key == "seq" else each for each in row)).where(
            row.seq == before, row.tenant_id == acme
        )
        await store.change(lambda each: each.execute(insert(Audit).from_select(list(row.keys()), copied)))
        with pytest.raises(IntegrityError):
            await store.write(partial(store.authority._together, _pushed(database.people, 60), Origin()))
        assert (await _verified(store)).head.seq == before
        told = select(func.max(row.seq)).where(row.tenant_id == acme, row.seq <= before + 30)
        assert await store.look(lambda each: each.execute(told).scalar_one()) == before
