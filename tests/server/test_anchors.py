"""The end of the audit is noted down outside of the database: whoever writes it anew, or cuts it off, is found out."""

import asyncio
import io
from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, select

from app.domain.contacts.commands import CreateContact
from app.kernel.errors import BadValue
from app.kernel.ids import new_id
from app.kernel.log import Audit, Tenant
from app.kernel.trail import COVERED, Head, digest
from server.commands.audit import read_known, verify_audit
from server.commands.line import main
from server.database.anchors import Anchors, BadAnchors
from server.database.away import DatabaseAway
from server.database.place import Place
from server.database.store import TenantStore
from server.database.trail_check import AS_WRITTEN, Found, head_of, verify
from server.database.vault import VARIABLE
from server.jobs.anchor_keeper import AnchorKeeper
from tests.server.test_audit_chain import _intruder, _work
from tests.server.world import Database, running, stores_of


@pytest.fixture
def acme(database: Database) -> UUID:
    return database.people.acme


def _forge(connection: Connection, tenant_id: UUID, first: int) -> None:
    """Rewrite a row, and every hash behind it, and what the tenant says of the last: the chain itself stands."""
    table: Any = Audit.__table__
    mine = table.c.tenant_id == tenant_id
    connection.execute(table.update().where(mine, table.c.seq == first).values(actor_id=new_id()))
    last = connection.execute(select(table.c.hash).where(mine, table.c.seq == first - 1)).scalar_one()
    seqs = connection.execute(select(table.c.seq).where(mine, table.c.seq >= first).order_by(table.c.seq)).scalars().all()
    for seq in seqs:
        connection.execute(table.update().where(mine, table.c.seq == seq).values(previous=bytes(last)))
        row = connection.execute(select(*AS_WRITTEN).where(mine, table.c.seq == seq)).one()
        last = digest(bytes(row.previous), tuple(getattr(row, name) for name in COVERED))
        connection.execute(table.update().where(mine, table.c.seq == seq).values(hash=last))
    _point(connection, tenant_id, Head(seqs[-1], bytes(last)))


def _cut_off(connection: Connection, tenant_id: UUID, first: int) -> None:
    """Take the end away, so that nothing in the database tells of it."""
    table: Any = Audit.__table__
    mine = table.c.tenant_id == tenant_id
    connection.execute(table.delete().where(mine, table.c.seq >= first))
    last = connection.execute(select(table.c.hash).where(mine, table.c.seq == first - 1)).scalar_one()
    _point(connection, tenant_id, Head(first - 1, bytes(last)))


def _point(connection: Connection, tenant_id: UUID, head: Head) -> None:
    table: Any = Tenant.__table__
    connection.execute(table.update().where(table.c.id == tenant_id).values(audit_seq=head.seq, audit_hash=head.hash))


async def _found(store: TenantStore, noted: Sequence[Head]) -> Found:
    return await store.look(partial(verify, tenant_id=store.tenant_id, noted=noted))


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (_forge, "rows {after} to {last} were, from some row on, written anew: row {last} was noted down outside"),
        (_cut_off, "the last rows were cut off, from {first} to {last}: row {last} was noted down outside"),
    ],
)  # fmt: skip
async def test_an_end_that_was_forged_with_all_its_hashes_is_found(
    place: Place, database: Database, acme: UUID, harm: Any, said: str
) -> None:
    anchors = Anchors(place)
    with stores_of(place) as stores:
        store, keeper = stores.of(acme), AnchorKeeper(anchors)
        await _work(store, database.people)
        await keeper.note(store)
        middle = (await store.look(partial(head_of, tenant_id=acme))).seq
        await _work(store, database.people)
        await keeper.note(store)
        last = (await store.look(partial(head_of, tenant_id=acme))).seq
        assert (await _found(store, anchors.read(acme).rows)).noted == last
        out = io.StringIO()
        assert await verify_audit(stores, out, "acme") == 0
        assert f"noted down outside of the database up to row {last}." in out.getvalue()
    first = middle + 3
    with _intruder(place, acme) as connection:
        harm(connection, acme, first)
    with stores_of(place) as stores:
        store = stores.of(acme)
        assert (await _found(store, [])).problem == "", "the database alone tells of nothing"
        out = io.StringIO()
        assert await verify_audit(stores, out, "acme") == 1
        assert out.getvalue().startswith("BROKEN  acme: ")
        found = await _found(store, anchors.read(acme).rows)
        assert said.format(after=middle + 1, first=first, last=last) in found.problem
        assert middle < found.seq <= first


@pytest.mark.expects_errors
async def test_nothing_is_noted_on_top_of_what_was_forged(
    place: Place, database: Database, acme: UUID, error_log: list[str]
) -> None:
    anchors = Anchors(place)
    with stores_of(place) as stores:
        await _work(stores.of(acme), database.people)
        await AnchorKeeper(anchors).note(stores.of(acme))
        noted = anchors.read(acme).rows
    with _intruder(place, acme) as connection:
        _forge(connection, acme, 3)
    with stores_of(place) as stores:
        store, keeper = stores.of(acme), AnchorKeeper(anchors)
        for _ in range(2):
            await store.issue(CreateContact(contact_id=new_id(), name="Late"), database.people.ana, "desk")
            await keeper.note(store)
        assert len(error_log) == 1, "said once"
        assert "is gone or another" in error_log[0]
        assert anchors.read(acme).rows == noted
        assert (await _found(store, noted)).problem != ""


async def test_what_is_noted_is_believed_only_when_this_server_signed_it(
    place: Place, database: Database, acme: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    anchors = Anchors(place)
    with stores_of(place) as stores:
        store = stores.of(acme)
        await _work(store, database.people)
        await AnchorKeeper(anchors).note(store)
        file = anchors.file(acme)
        whole = file.read_bytes()
        other_cut, no_cut = whole.replace(b'"cut_hash":"0', b'"cut_hash":"1'), whole.replace(b'"cut_hash"', b'"none"')
        assert whole not in {other_cut, no_cut}
        for harmed in (
            whole.replace(b'"seq":', b'"seq":1'), whole.replace(b'"hash":"', b'"hash":"00'), other_cut, no_cut,
            b"{}\n", b"no json",
        ):  # fmt: skip
            file.write_bytes(harmed)
            out = io.StringIO()
            assert await verify_audit(stores, out, "acme") == 1
            assert "cannot be believed" in out.getvalue()
        other = anchors.file(database.people.zenith)
        other.write_bytes(whole)
        with pytest.raises(BadAnchors):
            anchors.read(database.people.zenith)
        other.unlink()
        file.write_bytes(whole)
        assert await verify_audit(stores, io.StringIO(), "") == 0
        place.key_file.rename(place.key_file.with_name("elsewhere"))
        with pytest.raises(BadAnchors, match="the secret key that signed it is not here"):
            anchors.read(acme)
        assert not place.key_file.exists(), "no new key is made by looking"
        monkeypatch.setenv(VARIABLE, "A" * 43 + "=")
        with pytest.raises(BadAnchors, match="did not sign it"):
            anchors.read(acme)


async def test_a_server_notes_all_when_it_ends(place: Place, database: Database, acme: UUID) -> None:
    async with running(place, database.people) as world, world.signed_in("acme", "ana@acme.example") as ana:
        (await ana.post("/contacts", json={"name": "Luca"})).raise_for_status()
    with stores_of(place) as stores:
        head = await stores.of(acme).look(partial(head_of, tenant_id=acme))
        assert Anchors(place).read(acme).rows[-1] == head


async def test_many_notes_grow_thinner_and_the_newest_stay(place: Place, acme: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.database.anchors.MOST_KEPT", most := 20)
    anchors, count = Anchors(place), most + 30
    heads = [Head(seq, seq.to_bytes(32)) for seq in range(1, count + 1)]
    for head in heads:
        anchors.note(acme, head, head.seq)
        anchors.note(acme, Head(1, bytes(32)), 1)  # an older one says nothing
    kept = anchors.read(acme).rows
    assert len(kept) <= most
    assert kept[-most // 2 :] == heads[-most // 2 :]
    assert set(kept) < set(heads)
    assert [each.name for each in place.anchors.iterdir()] == [f"{acme}.jsonl"], "nothing half-written is left"


async def test_a_row_that_somebody_wrote_down_elsewhere_is_asked_for(
    place: Place, database: Database, acme: UUID, capsys: pytest.CaptureFixture[str]
) -> None:
    with stores_of(place) as stores:
        await _work(stores.of(acme), database.people)
        head = await stores.of(acme).look(partial(head_of, tenant_id=acme))
    named = ["audit", "verify", "--database", place.url, "--folder", str(place.folder)]
    own, acme_only = f"{head.seq}:{head.hash.hex()}", ["--workspace", "acme"]
    for words, code in (
        ([*acme_only, "--known", own], 0), ([*acme_only, "--known", f"{head.seq}:{'00' * 32}"], 1),
        ([*acme_only, "--known", own, "--known", f"{head.seq + 1}:{'00' * 32}"], 1), (["--known", own], 1),
    ):  # fmt: skip
        assert await asyncio.to_thread(main, [*named, *words]) == code, words
    assert "Say of which workspace it is" in capsys.readouterr().err
    assert read_known(own) == head
    for wrong in ("", "7", "7:00", "x:" + "00" * 32, "0:" + "00" * 32):
        with pytest.raises(BadValue):
            read_known(wrong)


async def test_while_the_database_is_away_nothing_is_said_of_an_audit_and_it_is_noted_the_next_time(
    place: Place, database: Database, acme: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_anchors: Anchors, _tenant_id: UUID) -> None:
        raise DatabaseAway

    anchors = Anchors(place)
    with stores_of(place) as stores:
        store, keeper = stores.of(acme), AnchorKeeper(anchors)
        await _work(store, database.people)
        with monkeypatch.context() as patched:
            patched.setattr(Anchors, "read", away)
            with pytest.raises(DatabaseAway):
                await keeper.note(store)
        await keeper.note(store)
        assert anchors.read(acme).rows
