"""What goes out over live sockets: whole frames, and none to a console that does not read."""

import asyncio
import subprocess
import sys
from pathlib import Path
from unittest.mock import patch
from uuid import UUID

import pytest
from aiohttp import web
from aiohttp.helpers import calculate_timeout_when

from app.protocol.codec import pack, unpack
from app.protocol.cursor import Cursor
from app.protocol.live import Hello, News, Poke, Presence
from app.protocol.sight import Sight
from bench.sockets import BINARY, UPGRADE, frame_at, masked
from server.database.batch import Row
from server.sync import sending
from server.sync.changes import Glass, newest
from server.sync.endpoints import HEARTBEAT_S, LIVES, live_of
from server.sync.hub import Hub, Line
from server.sync.news import columns_of
from server.web.patience import PATIENCE, Patience, PatientRunner
from tests.sync.service import Service, console, service, until
from tests.sync.world import user_id


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65_535, 65_536, 300_000])
def test_a_frame_is_read_as_it_was_written(size: int) -> None:
    message = bytes(size)
    written = sending.frame(message)
    assert frame_at(written + b"next", 0) == (2, message, len(written))
    assert frame_at(written[:-1], 0) is None


def application(served: Service) -> web.Application:
    assert served._runner is not None
    assert served._runner.app is not None
    return served._runner.app


async def test_a_console_that_does_not_read_is_cut_off_and_the_others_hear_on(tmp_path: Path) -> None:
    async with service(tmp_path) as served, console(0, tmp_path, served.url) as ann:
        await ann.is_live()
        app = application(served)
        port = int(served.url.rpartition(":")[2])
        _reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
        writer.write(UPGRADE.format(token="1:fresh", key="AAAAAAAAAAAAAAAAAAAAAA==").encode())
        writer.write(masked(BINARY, pack(Hello(cursor=Cursor()))))
        await until(lambda: len(live_of(app, served.store).hub.lines) == 2)
        long = pack(Presence(doing="x" * 200_000, user_id=user_id(1)))
        with patch.object(sending, "MOST_UNSENT_BYTES", 1 << 20):
            async with asyncio.timeout(60):
                while len(app[LIVES].sockets) == 2:
                    for line in list(live_of(app, served.store).hub.lines):
                        if line.user_id == user_id(1):
                            line.send(long)
                    await asyncio.sleep(0)
        writer.close()
        heard: list[str] = []
        ann.syncer.on_presence(lambda told: heard.append(told.doing))
        for line in live_of(app, served.store).hub.lines:
            line.send(pack(Presence(doing="still here", user_id=user_id(1))))
        await until(lambda: heard == ["still here"])


async def test_very_many_who_come_at_once_are_all_let_in(tmp_path: Path) -> None:
    """`live_fanout` measures thousands; here none may be turned away."""
    async with service(tmp_path) as served:
        port = int(served.url.rpartition(":")[2])

        async def come(number: int) -> asyncio.StreamWriter:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(UPGRADE.format(token=f"{number % 2}:fresh", key="AAAAAAAAAAAAAAAAAAAAAA==").encode())
            writer.write(masked(BINARY, pack(Hello(cursor=Cursor()))))
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101")
            assert await reader.read(2), "it is welcomed"
            return writer

        async with asyncio.timeout(60):
            writers = await asyncio.gather(*(come(number) for number in range(300)))
        assert len(live_of(application(served), served.store).hub.lines) == 300
        own = {socket._heartbeat for socket in application(served)[LIVES].sockets}
        assert len(own) > 290, "they came together, and are not asked together whether they are still there"
        for writer in writers:
            writer.close()


async def test_what_is_due_in_the_same_second_is_not_put_off_to_its_end() -> None:
    runner = PatientRunner(web.Application())
    runner.app[PATIENCE] = Patience()
    await runner.setup()
    threshold_s = runner.server()._timeout_ceil_threshold
    assert calculate_timeout_when(100.25, HEARTBEAT_S, threshold_s) == 100.25 + HEARTBEAT_S
    await runner.cleanup()


async def test_who_has_just_pulled_what_others_committed_is_not_sent_to_pull_it() -> None:
    """The first look at the change number comes while consoles come in: those that stand there hear the next change itself."""
    hub, told = Hub(), {place: list[bytes]() for place in ("here", "behind")}
    lines = {place: Line(user_id(1), place, Glass(Sight()), to.append, is_asked=False) for place, to in told.items()}
    for line in lines.values():
        hub.join(line)
    hub.standing(lines["here"], Cursor(version=7))
    hub.standing(lines["behind"], Cursor(version=6))
    hub.noticed(7)
    assert told == {"here": [], "behind": [pack(Poke(version=7))]}
    assert (lines["here"].is_current, lines["behind"].is_current) == (True, False)


def test_each_is_told_only_what_is_newer_than_what_it_has() -> None:
    """Who has pulled meanwhile has a later state of a row than the one that came along with an earlier commit."""
    told, glass = {place: list[bytes]() for place in (5, 6)}, Glass(Sight(keys=frozenset({user_id(0)})))
    lines = [Line(user_id(1), "d", glass, to.append, version=place, is_current=True) for place, to in told.items()]
    Hub().tell(lines, [wire_row(6), wire_row(7)], 7, 0)
    said = {place: unpack(to[0], News) for place, to in told.items()}
    assert {place: [len(each.rows) for each in news.blocks] for place, news in said.items()} == {5: [2], 6: [1]}
    assert {place: (news.start, news.end) for place, news in said.items()} == {5: (5, 7), 6: (6, 7)}


def test_of_a_record_that_changed_twice_the_last_row_is_told() -> None:
    one, other, later = wire_row(1), wire_row(2), wire_row(3, of=1)
    assert newest([one, other, later]) == [later, other]


def wire_row(version: int, of: int | None = None) -> Row:
    """A team, which all see."""
    record_id = UUID(int=of or version).bytes
    values = [
        {"id": record_id, "version": version}.get(name, 0) for name in columns_of("team")
    ]  # fmt: skip
    return Row("team", values, frozenset({user_id(0).bytes}), record_id, version)


def test_a_server_asks_for_as_many_files_as_it_may_have() -> None:
    said = subprocess.run(
        [sys.executable, "-c", FEW_FILES], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2]
    )
    assert said.stdout.split() == ["256", "3000"]


FEW_FILES = """
import resource
from server.commands.serving import allow_many_sockets
resource.setrlimit(resource.RLIMIT_NOFILE, (256, 3000))
print(resource.getrlimit(resource.RLIMIT_NOFILE)[0])
allow_many_sockets()
print(resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""
