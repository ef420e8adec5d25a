"""Where the audit was cut off is signed, and noted down outside of the database: a cut that somebody else made is found out."""

import asyncio
import io
import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import psycopg
import pytest
from psycopg.sql import SQL, Identifier
from sqlalchemy import Connection, func, insert, select
from sqlalchemy.engine import make_url

from app.domain.tenants.commands import KeepAudit
from app.kernel.ids import new_id
from app.kernel.log import Audit, AuditCut, Tenant
from app.kernel.trail import Head
from server.commands.audit import verify_audit
from server.commands.line import main
from server.database.again import ACCEPTED, GAP, RESTORED
from server.database.anchors import Anchors, ForgedCut, Noted
from server.database.at_work import KEPT_OUT, alone
from server.database.place import Place
from server.database.store import Stores, TenantStore
from server.database.trail import Event, write_event
from server.database.trail_check import CUT, Cut, last_cut, verify
from server.database.vault import open_vault
from server.jobs.anchor_keeper import AnchorKeeper
from server.jobs.audit_keeper import keep_within
from server.sync.changes import change_of
from tests.server.test_audit_chain import DAY_US, _intruder, _remove, _work
from tests.server.world import Database, running, stores_of
from tests.sync.service import until

MARKS = pytest.mark.parametrize("mark", [None, bytes(32)], ids=["unsigned", "signed otherwise"])
SAID = "were not cut by this server"


@pytest.fixture
def acme(database: Database) -> UUID:
    return database.people.acme


def _row(connection: Connection, tenant_id: UUID, seq: int) -> Head:
    here = (Audit.tenant_id == tenant_id, Audit.seq == seq)
    return Head(seq, bytes(connection.execute(select(Audit.hash).where(*here)).scalar_one()))


def _cut_unsigned(connection: Connection, tenant_id: UUID, until: int, mark: bytes | None = None) -> None:
    """As an older version cut, and as somebody does who may write the database; the chain itself tells of it."""
    last = _row(connection, tenant_id, until)
    values = {"tenant_id": tenant_id, "seq": last.seq, "hash": last.hash, "cut_us": 1, "mark": mark}
    connection.execute(insert(AuditCut).values(values))
    event = Event(verb=CUT, kind="audit", fields={"seq": last.seq, "hash": last.hash.hex()})
    write_event(connection, tenant_id, event, 1)


def _forge(place: Place, tenant_id: UUID, until: int, mark: bytes | None) -> None:
    """The cut, and the rows themselves."""
    with _intruder(place, tenant_id) as connection:
        _cut_unsigned(connection, tenant_id, until, mark)
        table: Any = Audit.__table__
        connection.execute(table.delete().where(table.c.tenant_id == tenant_id, table.c.seq <= until))


async def _said(stores: Stores) -> tuple[int, str]:
    out = io.StringIO()
    return await verify_audit(stores, out, "acme"), out.getvalue()


async def _grow(store: TenantStore, people: Any, keeper: AnchorKeeper) -> None:
    await _work(store, people)
    await keeper.note(store)


@MARKS
async def test_a_cut_that_the_server_did_not_make_is_found(
    place: Place, database: Database, acme: UUID, mark: bytes | None
) -> None:
    with stores_of(place) as stores:
        await _grow(stores.of(acme), database.people, AnchorKeeper(Anchors(place)))
    _forge(place, acme, 4, mark)
    with stores_of(place) as stores:
        assert (await stores.of(acme).look(partial(verify, tenant_id=acme))).problem == "", "the database alone tells of nothing"
        code, said = await _said(stores)
        assert (code, SAID in said) == (1, True), said


async def test_the_servers_own_cuts_are_believed_before_and_after_they_are_noted(
    place: Place, database: Database, acme: UUID
) -> None:
    anchors = Anchors(place)
    with stores_of(place) as stores:
        store, keeper = stores.of(acme), AnchorKeeper(anchors)
        await store.issue(KeepAudit(days=30), database.people.ana, "desk")
        began_us = store.now_us()
        for days in (1, 40, 80):
            store.now_us = store.authority._now_us = partial(int, began_us + days * DAY_US)
            await _grow(store, database.people, keeper)
            gone = await keep_within(store, anchors)
            assert (gone > 0) == (days > 1)
            cut = await store.look(partial(last_cut, tenant_id=acme))
            assert cut is None or cut.last != anchors.read(acme).cut, "not yet"
            assert (await _said(stores))[0] == 0
            await _grow(store, database.people, keeper)
            assert anchors.read(acme).cut == (cut.last if cut else Head())
            assert (await _said(stores))[0] == 0


async def test_a_cut_of_an_older_version_is_believed_when_it_is_noted_and_no_other(
    place: Place, database: Database, acme: UUID
) -> None:
    anchors = Anchors(place)
    with stores_of(place) as stores:
        store = stores.of(acme)
        await _grow(store, database.people, AnchorKeeper(anchors))
        [line] = anchors._lines(anchors.file(acme))
        older = msgspec.structs.replace(line, cut_seq=0, cut_hash="")
        older = msgspec.structs.replace(older, mark=older.signed(anchors._key(), acme))
        anchors.file(acme).write_bytes(msgspec.json.encode(older) + b"\n")
        assert b"cut" not in anchors.file(acme).read_bytes(), "as an older version wrote it"
        assert anchors.read(acme).cut is None
        await store.change(partial(_cut_unsigned, tenant_id=acme, until=4))
        assert (await _said(stores))[0] == 0
        assert await keep_within(store, anchors) == 4
        await AnchorKeeper(anchors).note(store)
        assert (await _said(stores))[0] == 0
        assert anchors.read(acme).cut == (await store.look(partial(last_cut, tenant_id=acme)) or pytest.fail("no cut")).last
    _forge(place, acme, 6, None)
    with stores_of(place) as stores:
        assert (await _said(stores))[0] == 1


@pytest.mark.expects_errors
@MARKS
async def test_the_server_deletes_nothing_for_a_forged_cut_and_notes_nothing_on_top(
    place: Place, database: Database, acme: UUID, error_log: list[str], mark: bytes | None
) -> None:
    anchors = Anchors(place)
    with stores_of(place) as stores:
        store, keeper = stores.of(acme), AnchorKeeper(anchors)
        await _grow(store, database.people, keeper)
        noted = anchors.read(acme)
        await store.change(partial(_cut_unsigned, tenant_id=acme, until=4, mark=mark))
        with pytest.raises(ForgedCut):
            await keep_within(store, anchors)
        count = select(func.min(Audit.seq)).where(Audit.tenant_id == acme)
        assert await store.look(lambda each: each.execute(count).scalar_one()) == 1
        await _grow(store, database.people, keeper)
        assert anchors.read(acme) == noted
        assert [SAID in each for each in error_log] == [True]


def test_where_the_audit_may_begin(place: Place, acme: UUID) -> None:
    anchors, early, late = Anchors(place), Head(4, b"4" * 32), Head(9, b"9" * 32)

    def begins(cut: Cut | None, noted: Head | None) -> Head:
        return anchors.check_cut(acme, cut, Noted(cut=noted))

    unsigned, signed = Cut(last=late, mark=None), Cut(last=late, mark=anchors.sign_cut(acme, late))
    assert begins(None, None) == Head()
    assert begins(unsigned, None) == begins(unsigned, late) == late, "the first time it is believed"
    assert begins(signed, early) == begins(signed, Head()) == late
    assert begins(Cut(last=early, mark=None), late) == begins(None, late) == late, "an older copy"
    others = anchors.sign_cut(new_id(), late)
    for head, mark in ((late, None), (late, others), (Head(9, b"8" * 32), signed.mark), (Head(8, late.hash), signed.mark)):
        with pytest.raises(ForgedCut):
            begins(Cut(last=head, mark=mark), early)


def _copied(place: Place, tenant_id: UUID, folder: Path) -> Place:
    """The database as it is now, beside; nobody is connected."""
    if place.is_sqlite:
        shutil.copy(place.tenant_file(tenant_id), folder / "older.db")
        return place
    url = make_url(place.url)
    plain = url.set(drivername="postgresql", database="postgres").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as owner:
        names = Identifier(f"{url.database}_older"), Identifier(url.database or "")
        owner.execute(SQL("CREATE DATABASE {} TEMPLATE {}").format(*names))
    return replace(place, url=url.set(database=f"{url.database}_older").render_as_string(hide_password=False))


async def test_an_older_copy_that_was_put_back_is_broken_until_somebody_accepts_it(
    place: Place, database: Database, acme: UUID, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    anchors = Anchors(place)
    with stores_of(place) as stores:
        await _grow(stores.of(acme), database.people, AnchorKeeper(anchors))
    older = _copied(place, acme, tmp_path)
    with stores_of(place) as stores:
        await _grow(stores.of(acme), database.people, AnchorKeeper(anchors))
    if place.is_sqlite:
        shutil.copy(tmp_path / "older.db", place.tenant_file(acme))

    async def run(act: str, code: int) -> str:
        named = ["audit", act, "--database", older.url, "--folder", str(place.folder), "--workspace", "acme"]
        assert await asyncio.to_thread(main, named) == code
        return capsys.readouterr().out

    assert "stop the server and run: patchbay-server audit accept" in await run("verify", 1)
    assert "accepted up to row" in await run("accept", 0)
    assert "BROKEN" not in await run("verify", 0)
    assert "nothing to accept" in await run("accept", 0)
    with stores_of(older) as stores:
        store = stores.of(acme)
        verbs = await store.look(
            lambda each: each.execute(select(Audit.verb).order_by(Audit.seq.desc()).limit(2)).scalars().all()
        )
        assert set(verbs) == {ACCEPTED, RESTORED}
        mine = select(Tenant.change, Tenant.restored).where(Tenant.id == acme)
        change, restored = await store.look(lambda each: each.execute(mine).one())
        assert change >= restored > GAP, "consoles begin anew, and no number is given out twice"
        await _grow(store, database.people, AnchorKeeper(anchors))
        assert (await _said(stores))[0] == 0
    assert len(list(place.anchors.glob(f"{acme}.until-*"))) == 1, "what was noted is kept"


async def test_what_another_key_signed_is_believed_no_more_and_noted_anew_when_somebody_accepts_it(
    place: Place, database: Database, acme: UUID, capsys: pytest.CaptureFixture[str]
) -> None:
    named = ["--database", place.url, "--folder", str(place.folder), "--workspace", "acme"]
    with stores_of(place) as stores:
        await _grow(stores.of(acme), database.people, AnchorKeeper(Anchors(place)))
        change = await stores.of(acme).look(partial(change_of, tenant_id=acme))
    place.key_file.rename(place.key_file.with_name("former"))
    open_vault(place.key_file)
    assert await asyncio.to_thread(main, ["audit", "verify", *named]) == 1
    assert "this server's key did not sign it" in capsys.readouterr().out
    assert await asyncio.to_thread(main, ["audit", "accept", *named]) == 0
    assert await asyncio.to_thread(main, ["audit", "verify", *named]) == 0
    with stores_of(place) as stores:
        assert await stores.of(acme).look(partial(change_of, tenant_id=acme)) == change, "nothing was lost: consoles go on"


async def test_a_chain_that_is_broken_in_itself_is_not_accepted(
    place: Place, database: Database, acme: UUID, capsys: pytest.CaptureFixture[str]
) -> None:
    with stores_of(place) as stores:
        await _grow(stores.of(acme), database.people, AnchorKeeper(Anchors(place)))
    with _intruder(place, acme) as connection:
        _remove(connection, acme, 4)
    named = ["--database", place.url, "--folder", str(place.folder), "--workspace", "acme"]
    assert await asyncio.to_thread(main, ["audit", "verify", *named]) == 1
    assert "audit accept" not in capsys.readouterr().out
    assert await asyncio.to_thread(main, ["audit", "accept", *named]) == 1
    assert "Nothing was accepted" in capsys.readouterr().out
    assert not list(place.anchors.glob("*.until-*"))


async def test_an_audit_is_accepted_only_while_no_server_runs_and_a_server_waits_for_it(
    place: Place, database: Database, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    accept = ["audit", "accept", "--database", place.url, "--folder", str(place.folder), "--workspace", "acme"]
    monkeypatch.setattr("server.database.neighbours.PROBE_S", 60.0)  # it hears the others before it is asked
    async with running(place, database.people), running(place, database.people):
        assert await asyncio.to_thread(main, accept) == 1
        assert "A server works on this database" in capsys.readouterr().err

    async def is_accepted() -> bool:
        return await asyncio.to_thread(main, accept) == 0

    await until(is_accepted, 60)  # PostgreSQL lets go of a session's locks a moment after its line is closed
    assert "nothing to accept" in capsys.readouterr().out
    monkeypatch.setattr("server.database.at_work.LOOK_S", 0.1)

    async def served() -> None:
        async with running(place, database.people) as world:
            assert (await world.try_sign_in("acme", "ana@acme.example")).is_success

    def waits() -> bool:
        if place.is_sqlite:
            return KEPT_OUT in caplog.messages
        with psycopg.connect(make_url(place.url).set(drivername="postgresql").render_as_string(hide_password=False)) as line:
            return line.execute("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted").fetchone() is not None

    async with asyncio.TaskGroup() as tasks:
        with alone(place):
            assert await asyncio.to_thread(main, accept) == 1, "one at a time"
            serving = tasks.create_task(served())
            await until(waits, 60)
            assert not serving.done()
        await serving
