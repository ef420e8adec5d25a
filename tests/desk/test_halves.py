"""A list that is written into a file when the program is killed: nothing half stays beside what the person chose."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.desk.exporting import write_out
from app.desk.halves import Halves, half_of
from tests.desk.test_files import Kept


async def test_half_an_export_goes_at_the_next_start(tmp_path: Path) -> None:
    killed, path = Kept(), tmp_path / "people.csv"
    half_of(tmp_path / "other.csv").write_bytes(b"somebody else's")

    async def pieces() -> AsyncIterator[bytes]:
        yield b"id,name\n"
        killed.values |= store.values  # all that a program would leave that is killed here
        await halves.drop_left()
        assert half_of(path).exists(), "its own program goes on with it"

    store = Kept()
    halves = Halves(store)
    assert await write_out(pieces(), path, lambda _: None, halves) == "1 lines in people.csv."
    assert (path.read_bytes(), half_of(path).exists(), list(store.values.values())) == (b"id,name\n", False, [None])
    half_of(path).write_bytes(b"id,na")
    await Halves(killed).drop_left()
    assert sorted(each.name for each in tmp_path.iterdir()) == [".other.csv.part", "people.csv"]
    assert list(killed.values.values()) == [None]


async def test_an_export_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"id,name\n"
        raise ConnectionResetError

    store = Kept()
    with pytest.raises(Exception, match="can't be written"):
        await write_out(pieces(), tmp_path / "people.csv", lambda _: None, Halves(store))
    assert (list(tmp_path.iterdir()), list(store.values.values())) == ([], [None])
