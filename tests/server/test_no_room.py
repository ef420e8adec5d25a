"""What goes wrong below the server: a full disk, a rotten file, an answer that fails in its middle."""

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import create_engine, text

from server.commands.line import main
from server.database.away import DatabaseAway, DatabaseDamaged, NoRoom, reachable
from server.database.blobs import BlobFolder, BlobsAway
from server.database.place import Place
from server.database.store import Stores
from server.database.uploads import Uploads
from server.database.vault import open_vault
from tests.server.test_files import CONTENT, attach
from tests.server.world import Database

ON_SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@ON_SQLITE
async def test_an_answer_that_fails_in_its_middle_is_cut_off_and_holds_no_excuse(
    ana: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"/attachments/{await attach(ana, CONTENT)}/content"

    def torn(_self: BlobFolder, _sha256: str, _start: int, _end: int) -> Iterator[bytes]:
        yield CONTENT[:1000]
        raise BlobsAway(hint="gone")

    monkeypatch.setattr(BlobFolder, "parts", torn)
    came = b""
    async with ana.stream("GET", path) as answer:
        with pytest.raises(httpx.TransportError):  # noqa: PT012  # somewhere in the middle
            async for piece in answer.aiter_raw():
                came += piece
    assert came == CONTENT[: len(came)], "nothing but the file's own bytes"


@ON_SQLITE
@pytest.mark.expects_errors
async def test_a_full_disk_is_said_and_the_file_goes_on_when_there_is_room(
    ana: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    address, total = f"/uploads/{'0' * 64}", {"total": 10}

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Uploads, "append", full)
        answer = await ana.put(address, params=total, content=b"12345")
    assert (answer.status_code, answer.json()["key"]) == (507, "no_room")
    assert "the disk is full" in caplog.text
    caplog.clear()
    assert (await ana.put(address, params=total, content=b"12345")).json()["size_bytes"] == 5


@pytest.mark.expects_errors
def test_sqlite_without_room_and_sqlite_that_has_rotted_are_told_apart(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path}/some.db")
    with contextlib.closing(engine.connect()) as connection:
        connection.execute(text("CREATE TABLE some (content TEXT)"))
        connection.execute(text("INSERT INTO some VALUES ('kept')"))
        connection.commit()
        connection.execute(text("PRAGMA max_page_count = 3"))
        with pytest.raises(NoRoom), reachable():
            connection.execute(text("INSERT INTO some VALUES (:long)"), {"long": "x" * 100_000})
    engine.dispose()
    (tmp_path / "some.db").write_bytes(os.urandom(8192))
    with pytest.raises(DatabaseDamaged), reachable(), engine.connect() as connection:
        connection.execute(text("SELECT * FROM some"))
    engine.dispose()
    assert issubclass(NoRoom, DatabaseAway), "whoever waits for a database that is away waits for these too"
    assert issubclass(DatabaseDamaged, DatabaseAway)


@ON_SQLITE
@pytest.mark.parametrize("where", [0, 4096 * 3, -20_000], ids=["head", "beginning", "end"])
def test_the_doctor_names_a_file_that_has_rotted(
    place: Place, database: Database, where: int, capsys: pytest.CaptureFixture[str]
) -> None:
    open_vault(place.key_file)
    file = place.tenant_file(database.people.acme)
    content = bytearray(file.read_bytes())
    begin = where % len(content)
    content[begin : begin + 12_000] = os.urandom(12_000)
    file.write_bytes(content)
    assert main(["doctor", "--database", place.url, "--folder", str(place.folder)]) == 1
    said = capsys.readouterr().out
    assert any(line.startswith("WRONG") and file.name in line and "damaged" in line for line in said.splitlines()), said


@ON_SQLITE
@pytest.mark.expects_errors
def test_a_workspace_whose_file_has_rotted_stops_no_other(place: Place, database: Database) -> None:
    with place.tenant_file(database.people.acme).open("r+b") as file:
        file.write(os.urandom(12_000))
    stores = Stores(place)
    try:
        others = {each.id for each in stores.directory.all()} - {database.people.acme}
        assert others
        assert {each.tenant_id for each in stores.readable()} == others
        with pytest.raises(DatabaseDamaged):
            stores.of(database.people.acme)
    finally:
        stores.close()
