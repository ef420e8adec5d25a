"""A backup is taken while people work, and what is restored is everything as it was at one moment."""

import asyncio
import contextlib
import hashlib
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import psycopg
import pytest
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.engine import make_url

from app.domain.contacts.commands import CreateContact
from app.kernel.ids import new_id
from server.commands.line import main
from server.database import archive as archive_module
from server.database.again import GAP
from server.database.anchors import Anchors
from server.database.archive import Manifest, opened, verified
from server.database.blobs import Blob
from server.database.bucket import KEY_ID as KEY_VARIABLE
from server.database.bucket import SECRET as SECRET_VARIABLE
from server.database.files import keep
from server.database.migrate import DIRECTORY, TENANT, tables_of, upgrade
from server.database.place import BLOBS, Place, read_place
from server.database.raw_inbound import keep_raw
from server.database.store import TenantStore
from server.database.vault import open_vault
from server.jobs.anchor_keeper import AnchorKeeper
from server.sync.changes import change_of
from tests.peers.rclone import KEY_ID, SECRET, bucket
from tests.server.world import Database, running, stores_of

VERSIONED = "version"


@pytest.fixture
def empty(place: Place, tmp_path: Path) -> Iterator[Place]:
    """Where nothing is yet, of the same kind."""
    if place.is_sqlite:
        yield read_place(f"sqlite:///{tmp_path}/back/patchbay.db")
        return
    url = make_url(place.url)
    name = f"{url.database}_back"
    with psycopg.connect(_plain(place.url), autocommit=True) as owner:
        owner.execute(f'CREATE DATABASE "{name}"')
    yield read_place(url.set(database=name).render_as_string(hide_password=False), tmp_path / "back" / "patchbay.d")


def run(*words: str) -> int:
    """As an administrator types it."""
    return main(words)


def where(place: Place) -> tuple[str, ...]:
    return ("--database", place.url, "--folder", str(place.folder))


async def work(store: TenantStore, people: Any, number: int) -> None:
    """Somebody adds a contact and a file."""
    content = f"file {number}".encode() * 1000
    blob = await store.aside(lambda: store.blobs.keep(content))
    await store.change(lambda each: keep(each, store.tenant_id, blob, "text/plain", people.ana, store.now_us()))
    made = CreateContact(contact_id=new_id(), name=f"Contact {number}", phones=(f"+4930123{number:04}",), team_id=people.acme)
    await store.issue(made, people.ana, "d1")


async def moved_on(store: TenantStore) -> None:
    """Something was committed since now."""
    since = await store.look(lambda each: change_of(each, store.tenant_id))
    async with asyncio.timeout(60):
        while await store.look(lambda each: change_of(each, store.tenant_id)) == since:  # noqa: ASYNC110  # in the database
            await asyncio.sleep(0.02)


def as_of(change: int, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without what came later, as that it was restored."""
    return [row for row in found if row.get(VERSIONED, 0) <= change]


def rows(place: Place, tenant_id: UUID) -> dict[str, list[dict[str, Any]]]:
    """Everything of a tenant, by table."""
    engine = create_engine(f"sqlite:///{place.tenant_file(tenant_id)}" if place.is_sqlite else place.url)
    found: dict[str, list[dict[str, Any]]] = {}
    with contextlib.closing(engine.connect()) as connection:
        for table in sorted(set(tables_of(TENANT)) - set(TENANT.more)):  # what is searched for is made from the others
            own = "id" if table == "tenant" else "tenant_id"
            value = tenant_id.bytes if place.is_sqlite else tenant_id
            asked = connection.execute(text(f'SELECT * FROM "{table}" WHERE {own} = :tenant'), {"tenant": value})  # noqa: S608
            found[table] = sorted((dict(row) for row in asked.mappings()), key=repr)
    engine.dispose()
    return found


async def test_what_is_restored_is_everything_up_to_one_moment_though_others_went_on(
    place: Place, empty: Place, database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    open_vault(place.key_file)
    people, file = database.people, tmp_path / "backup"
    with stores_of(place) as stores:
        store, is_over = stores.of(people.acme), asyncio.Event()
        for number in range(20):
            await work(store, people, number)
        early = await store.look(lambda each: change_of(each, people.acme))
        keeper = AnchorKeeper(Anchors(place))
        await keeper.note(store)

        async def go_on() -> int:
            number = 20
            while not is_over.is_set():
                await work(store, people, number)
                await keeper.note(store)
                number += 1
            return number

        working = asyncio.gather(go_on(), go_on())
        await moved_on(store)
        assert await asyncio.to_thread(run, "backup", *where(place), "--to", str(file)) == 0
        await moved_on(store)
        is_over.set()
        await working
    manifest = verified(file)
    change = next(each.change for each in manifest.workspaces if each.id == people.acme)
    before = rows(place, people.acme)
    assert early <= change < before["tenant"][0]["change"]  # others did go on
    assert await asyncio.to_thread(run, "restore", *where(empty), "--from", str(file)) == 0, capsys.readouterr().err
    after = rows(empty, people.acme)
    assert after["tenant"][0]["change"] == after["tenant"][0]["restored"] == change + GAP
    assert len(after["contact"]) >= 20
    for table in after:
        if table in {"tenant", "search_state"}:
            continue
        kept, restored = as_of(change, before[table]), as_of(change, after[table])
        if table in {"blob", "blob_holder"}:  # of the server's own tables, those that are written meanwhile
            timeless = [{**row, "created_at": None} for row in kept]  # a file may have been given again since
            assert all({**row, "created_at": None} in timeless for row in restored)
            hashes = {row["sha256"] for row in restored}
            assert len(hashes) >= 20
            assert all(_file(empty, people.acme, each) == _file(place, people.acme, each) for each in hashes)
        else:
            assert restored == kept, table
    assert await asyncio.to_thread(run, "audit", "verify", *where(empty)) == 0, "what is noted of the audit came along"
    assert Anchors(empty).read(people.acme)
    others, change = rows(place, people.zenith), next(each.change for each in manifest.workspaces if each.id == people.zenith)
    for table, restored in rows(empty, people.zenith).items():
        assert table == "tenant" or as_of(change, restored) == others[table], table
    assert empty.key_file.read_bytes() == place.key_file.read_bytes()
    assert empty.key_file.stat().st_mode & 0o077 == 0
    assert file.stat().st_mode & 0o077 == 0
    async with running(empty, people) as world, world.signed_in("acme", "ana@acme.example") as ana:
        assert len((await ana.get("/contacts", params={"limit": 200})).json()["rows"]) == min(len(after["contact"]), 200)
        (await ana.post("/contacts", json={"name": "New"})).raise_for_status()


async def test_a_mail_that_nobody_has_understood_yet_is_in_the_backup(
    place: Place, empty: Place, database: Database, tmp_path: Path
) -> None:
    """Its inbox has been read past it: nobody would fetch it again."""
    raw = b"From: somebody\r\n\r\nwaits to be understood"

    def came(connection: Connection, store: TenantStore, blob: Blob) -> None:
        told = {"account": "post", "folder": "INBOX", "uidvalidity": 1, "uid": 7, "now_us": store.now_us()}
        keep_raw(connection, store.tenant_id, blob=blob, **told)  # type: ignore[arg-type]  # of several kinds

    with stores_of(place) as stores:
        store = stores.of(database.people.acme)
        blob = await store.aside(lambda: store.blobs.keep(raw))
        await store.change(lambda each: came(each, store, blob))
    assert await asyncio.to_thread(run, "backup", *where(place), "--to", str(tmp_path / "backup")) == 0
    assert await asyncio.to_thread(run, "restore", *where(empty), "--from", str(tmp_path / "backup")) == 0
    assert _file(empty, database.people.acme, blob.sha256) == raw


async def test_files_in_a_bucket_are_backed_up_and_restored_into_another(
    place: Place, empty: Place, database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    open_vault(place.key_file)
    people, file = database.people, tmp_path / "backup"
    monkeypatch.setenv(KEY_VARIABLE, KEY_ID)
    monkeypatch.setenv(SECRET_VARIABLE, SECRET)
    with bucket(tmp_path) as served:
        other = served.url.replace("/files?", "/restored?")
        monkeypatch.setenv(BLOBS, served.url)
        with stores_of(replace(place, bucket_url=served.url)) as stores:
            for number in range(3):
                await work(stores.of(people.acme), people, number)
        assert not place.blobs.exists() or not any(place.blobs.rglob("*")), "all files are in the bucket"
        assert await asyncio.to_thread(run, "backup", *where(place), "--to", str(file)) == 0
        monkeypatch.setenv(BLOBS, "s3://patchbay/restored?endpoint=http://127.0.0.1:9")
        assert await asyncio.to_thread(run, "restore", *where(empty), "--from", str(file)) == 1
        assert "can't be reached" in capsys.readouterr().err
        assert not empty.folder.exists(), "all of it, or nothing"
        monkeypatch.setenv(BLOBS, other)
        assert await asyncio.to_thread(run, "restore", *where(empty), "--from", str(file)) == 0, capsys.readouterr().err
        assert not empty.blobs.exists()
        with stores_of(replace(empty, bucket_url=other)) as stores:
            store = stores.of(people.acme)
            for number in range(3):
                content = f"file {number}".encode() * 1000
                assert await store.aside(partial(store.blobs.read, hashlib.sha256(content).hexdigest())) == content
        assert rows(empty, people.acme)["blob"] == rows(place, people.acme)["blob"]


def _file(place: Place, tenant_id: UUID, sha256: str) -> bytes:
    return (place.blobs / str(tenant_id) / sha256[:2] / sha256).read_bytes()


def _plain(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def test_nothing_is_overwritten(place: Place, empty: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    open_vault(place.key_file)
    file = tmp_path / "backup"
    assert run("backup", *where(place), "--to", str(file)) == 0
    assert run("backup", *where(place), "--to", str(file)) == 1
    assert "Backups never overwrite" in capsys.readouterr().err
    assert run("restore", *where(place), "--from", str(file)) == 1
    assert "is not empty" in capsys.readouterr().err
    assert run("restore", *where(empty), "--from", str(file)) == 0
    assert run("restore", *where(empty), "--from", str(file)) == 1
    assert "is not empty" in capsys.readouterr().err
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith(".")] == []


def test_a_broken_archive_is_refused_and_the_place_stays_empty(
    place: Place, empty: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, bad = tmp_path / "backup", tmp_path / "bad"
    assert run("backup", *where(place), "--to", str(file), "--without-key") == 0
    data = file.read_bytes()
    middle = len(data) // 2
    broken = [
        data[:middle], data[:-20], data[:middle] + bytes([data[middle] ^ 0x55]) + data[middle + 1 :], b"", b"no archive at all",
    ]  # fmt: skip
    for content in broken:
        bad.write_bytes(content)
        assert run("restore", *where(empty), "--from", str(bad)) == 1
        said = capsys.readouterr().err
        assert ("can't be restored" in said, "Traceback" in said, len(said.splitlines())) == (True, False, 1), said
    assert run("restore", *where(empty), "--from", str(tmp_path / "nowhere")) == 1
    assert "there is no such file" in capsys.readouterr().err
    assert not empty.folder.exists()
    assert run("restore", *where(empty), "--from", str(file)) == 0
    assert "set PATCHBAY_SECRET_KEY" in capsys.readouterr().out


@pytest.mark.parametrize("changed", [{"format": 99}, {"tenant_revision": "9999_later"}, {"directory_revision": "9999_later"}])
def test_an_archive_of_a_newer_server_is_refused(
    place: Place, empty: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
    changed: dict[str, Any],
) -> None:  # fmt: skip
    def newer(manifest: Manifest) -> bytes:
        return msgspec.json.encode(msgspec.structs.replace(manifest, **changed))

    file = tmp_path / "backup"
    with monkeypatch.context() as patched:
        patched.setattr("server.database.backup.written", newer)
        assert run("backup", *where(place), "--to", str(file)) == 0
    assert run("restore", *where(empty), "--from", str(file)) == 1
    assert "made by a newer server" in capsys.readouterr().err
    assert not empty.folder.exists()


def test_a_file_that_is_missing_is_said_and_the_backup_is_made_all_the_same(
    place: Place, database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def lose() -> None:
        with stores_of(place) as stores:
            store = stores.of(database.people.acme)
            await work(store, database.people, 1)
            await work(store, database.people, 2)
            kept = sorted((place.blobs / str(database.people.acme)).glob("*/*"))
            kept[0].unlink()
            kept[1].write_bytes(b"rot")

    asyncio.run(lose())
    assert run("backup", *where(place), "--to", str(tmp_path / "backup")) == 1
    said = capsys.readouterr().out
    assert (said.count("WRONG"), "is missing" in said, "is damaged" in said) == (2, True, True)
    verified(tmp_path / "backup")


def test_what_a_killed_backup_left_is_taken_over_and_two_at_once_do_not_meet(
    place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "to" / "backup"
    file.parent.mkdir()
    (file.parent / ".backup.part").write_bytes(b"half of it")
    (file.parent / ".backup.made").mkdir()
    (file.parent / ".backup.made" / "copy.db").write_bytes(b"a copy of a database")
    with archive_module.writing(file):
        assert run("backup", *where(place), "--to", str(file)) == 1
        assert "Another backup is writing" in capsys.readouterr().err
        file.write_bytes(b"somebody else's")
        with pytest.raises(archive_module.ArchiveExists), archive_module.writing(file):
            pass
        file.unlink()
    file.unlink()
    assert run("backup", *where(place), "--to", str(file)) == 0, capsys.readouterr().err
    verified(file)
    assert [each.name for each in file.parent.iterdir()] == ["backup"]


def test_names_that_lead_elsewhere_are_refused(tmp_path: Path) -> None:
    with archive_module.writing(tmp_path / "evil") as (writer, _):
        writer.add_bytes("../outside", b"x")
    with pytest.raises(archive_module.BrokenArchive, match="no backup of ours"), opened(tmp_path / "evil") as entries:
        list(entries)


def test_a_sqlite_backup_is_of_no_use_on_postgresql(tmp_path: Path, place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "backup"
    assert run("backup", *where(place), "--to", str(file)) == 0
    other = "postgresql://nobody@127.0.0.1:1/x" if place.is_sqlite else f"sqlite:///{tmp_path}/x/patchbay.db"
    assert run("restore", "--database", other, "--folder", str(tmp_path / "other"), "--from", str(file)) == 1
    assert "This is a backup of a server on" in capsys.readouterr().err


def test_a_snapshot_of_a_live_file_is_whole(tmp_path: Path) -> None:
    """SQLite's own backup of a database whose log was not written back yet, beside an open connection."""
    from server.database.backup import _snapshot

    with contextlib.closing(sqlite3.connect(tmp_path / "live.db")) as live:
        live.execute("PRAGMA journal_mode=WAL")
        live.execute("CREATE TABLE t (x)")
        live.executemany("INSERT INTO t VALUES (?)", [(n,) for n in range(1000)])
        live.commit()
        with contextlib.closing(sqlite3.connect(_snapshot(tmp_path / "live.db", tmp_path / "copy.db"))) as copy:
            assert copy.execute("SELECT count(*) FROM t").fetchone() == (1000,)
            assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_an_archive_of_an_older_server_is_brought_up_to_date(
    place: Place, database: Database, empty: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As it was at the first revision: the tables that came later are not in it, and are there afterwards.

    A file of SQLite's is copied as it is, and brought up to date when it is opened (test_migrations).
    """
    older = make_url(place.url).set(database=f"{make_url(place.url).database}_old").render_as_string(hide_password=False)
    with psycopg.connect(_plain(place.url), autocommit=True) as owner:
        owner.execute(f'CREATE DATABASE "{make_url(older).database}"')
    tenant_id = new_id()
    engine = create_engine(older)
    with engine.begin() as connection:
        upgrade(connection, DIRECTORY, "0001_first")
        upgrade(connection, TENANT, "0001_first")
        connection.execute(text("INSERT INTO directory VALUES (:id, 'old', 'Old')"), {"id": tenant_id})
        connection.execute(text("INSERT INTO tenant (id, slug, name, change) VALUES (:id, 'old', 'Old', 7)"), {"id": tenant_id})
    engine.dispose()
    assert run("backup", "--database", older, "--folder", str(tmp_path / "old"), "--to", str(tmp_path / "backup")) == 0
    assert run("restore", *where(empty), "--from", str(tmp_path / "backup")) == 0, capsys.readouterr().err
    restored = rows(empty, tenant_id)
    assert [row["change"] for row in restored["tenant"]] == [7 + GAP]
    with stores_of(empty) as stores:
        assert [each.slug for each in stores.directory.all()] == ["old"]
